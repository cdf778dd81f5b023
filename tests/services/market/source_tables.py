"""Second reading of the tables of the publication of May 2024, as its text has them, out of line columns and all.

It shares nothing with the file that the program brings along: that file was read column by column and line by line,
this one takes the figures in the order in which they stand.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

TEXT = (Path(__file__).parent / "tables_2024_05.txt").read_text(encoding="utf-8")
GAS = "1.102,52"
# As the program writes them: two names are misprinted in the publication, two lack their accents.
SPELT = {"Cárquez": "Cáqueza", "Uña": "Une", "Acacias": "Acacías", "Barranca de Upiá": "Barranca de Upía"}
Found = dict[tuple[str, str, str], Decimal]


def amount(text: str) -> Decimal:
    """Return a figure as printed: dots group, a comma begins the decimals."""
    return Decimal(text.removesuffix("%").replace(".", "").replace(",", "."))


def blocks() -> list[list[list[str]]]:
    """Return the tables as rows of cells, a blank line between them."""
    return [
        [[cell.strip() for cell in line.split("\t")] for line in block.split("\n")]
        for block in TEXT.rstrip("\n").split("\n\n")
    ]


def short(name: str) -> str:
    """Return the name of a market without its further towns."""
    name = name.split(",", maxsplit=1)[0]
    return SPELT.get(name, name)


def read_tables() -> Found:
    """Return every figure of the publication by market, concept and stratum or first m³ of the range."""
    upper, *lower = blocks()
    found: Found = {}
    names = _read_strata(upper[2:], found)
    ranged = [
        name
        for table in lower
        if any(row[0] == "Rango Consumo m3" for row in table)
        for name in _read_ranges(table, found)
    ]
    assert ranged == names
    _read_parts(upper[2:], names, found)
    _read_charges(lower, found)
    return found


def _read_strata(rows: list[list[str]], found: Found) -> list[str]:
    names = [short(row[0]) for row in rows if row[0]]
    for number, row in enumerate(rows):
        name, stratum = names[number // 2], row[1]
        for concept, cell in zip(
            ("fixed137", "cost137", "subsidy137", "fixed048", "cost048", "subsidy048", "option"), row[2:9], strict=True
        ):
            found[name, concept, stratum] = amount(cell)
    return names


def _read_parts(rows: list[list[str]], names: list[str], found: Found) -> None:
    """Take the right block in reading order: each market's figures begin two before its price of the gas."""
    figures = [cell for row in rows for cell in row[9:] if cell and cell != "Valor"]
    starts = [place - 2 for place, cell in enumerate(figures) if cell == GAS]
    assert len(starts) == len(names)
    for name, start, end in zip(names, starts, [*starts[1:], len(figures)], strict=True):
        distribution, trade, gas, transport, *rest = map(amount, figures[start:end])
        found |= {
            (name, "dm", ""): distribution,
            (name, "cm", ""): trade,
            (name, "gm", ""): gas,
            (name, "tm", ""): transport,
        }
        subsidised = any(key[:2] == (name, "dm_subsidiado") for key in found)
        if subsidised:
            found[name, "dm_subsidiado", ""] = rest.pop()
        if rest:
            found[name, "tvm", ""] = rest.pop()
        assert not rest, name


def _read_ranges(table: list[list[str]], found: Found) -> list[str]:
    # A head stands over the first of its ranges, or one column left of it: their order is what counts.
    names = [short(cell) for cell in table[0][1:] if cell]
    rows = {row[0]: [cell for cell in row[1:] if cell] for row in table[1:]}
    numbers = [cell for cell in table[1] if cell.startswith("Rango")]
    at = -1
    for place, number in enumerate(numbers):
        at += number == "Rango 1"
        name, span = names[at], rows["Rango Consumo m3"][place]
        first = span.removeprefix("≥ ").split(" - ")[0]
        variable = rows.get("Cargo Variable Total") or rows["Cargo Variable Subsidiario"]
        found[name, "fixed", first] = amount(rows["Cargo Fijo Total"][place])
        found[name, "variable", first] = amount(variable[place])
        found[name, "dm_pleno", first] = amount(rows["Dmij Pleno"][place])
        found[name, "cv", first] = amount(rows["Cvmij"][place])
        if "Dmij Subsidiario" in rows:
            found[name, "dm_subsidiado", first] = amount(rows["Dmij Subsidiario"][place])
        if " - " in span:
            found[name, "last", first] = amount(span.split(" - ")[1])
    return names


def _read_charges(tables: list[list[list[str]]], found: Found) -> None:
    for row in (row for table in tables for row in table):
        if row[0].startswith("Comercializadores"):
            found["", "vehicular", ""] = amount(row[1])
        for begins, concept in (
            ("TRM", "trm"),
            ("Suspensión", "suspension"),
            ("Cargo por conexión", "connection"),
            ("Corte", "reinstallation"),
        ):
            if row[0].startswith(begins):
                found["", concept, ""] = amount(row[2])
