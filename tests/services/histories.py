"""Sheets of the former system: the same account of two points in the layouts that spreadsheets give it.

HIS-01 ("EDS La Grama") and HIS-02 ("Planta El Samán"), both in m³, on four days of November 2026. Of HIS-02 the second
day was cut and the last has no reading.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import openpyxl

from portal.domain.quantities import CUBIC_METRES_PER_KPC
from portal.services.ops.history.parts import File
from tests.services.messy_workbooks import saved, workbook

ONE, OTHER = "HIS-01", "HIS-02"
NAMES = {ONE: "EDS La Grama", OTHER: "Planta El Samán"}
DAYS = [dt.date(2026, 11, number) for number in (12, 13, 14, 15)]
OPENINGS = {ONE: "1250.5", OTHER: "-300"}
# Nominated, authorised, consumed, imbalance, accumulated, accumulated of the month.
ROWS: dict[tuple[str, dt.date], tuple[str, str, str, str, str, str]] = {
    (ONE, DAYS[0]): ("5000", "5000", "5320", "-320", "930.5", "-320"),
    (ONE, DAYS[1]): ("5000", "5000", "4900", "100", "1030.5", "-220"),
    (ONE, DAYS[2]): ("0", "0", "0", "0", "1030.5", "-220"),
    (ONE, DAYS[3]): ("0", "0", "50", "-50", "980.5", "-270"),
    (OTHER, DAYS[0]): ("8000", "8000", "8094.08", "-94.08", "-394.08", "-94.08"),
    (OTHER, DAYS[1]): ("8000", "7500", "7950", "-450", "-844.08", "-544.08"),
    (OTHER, DAYS[2]): ("8000", "8000", "8000", "0", "-844.08", "-544.08"),
    (OTHER, DAYS[3]): ("8000", "8000", "", "", "-844.08", "-544.08"),
}
# What the account has after it: by point the opening balance and the total, by day the three figures.
RIGHT = {key: row[:3] for key, row in ROWS.items()}
CLOSING = {ONE: "980.5", OTHER: "-844.08"}
TITLES = ("Nominación", "Autorizada", "Consumo", "Desbalance diario", "Acumulado", "Acumulado del mes")
SHEETS = ("Nominaciones", "Autorizadas", "Consumos", "Desbalances", "Acumulados", "Acumulados del mes")


@dataclass(frozen=True)
class History:
    """Files in one layout; ``closing`` and ``openings`` where they are not those of the sheets."""

    name: str
    files: list[File]
    openings: dict[str, str]
    opposite_sign: bool = False


def _comma(figure: str) -> str:
    """A figure as it is written in Colombia: 8.094,08."""
    if not figure:
        return ""
    sign, digits = ("-", figure[1:]) if figure.startswith("-") else ("", figure)
    whole, _, decimals = digits.partition(".")
    return sign + f"{int(whole):,}".replace(",", ".") + (f",{decimals.ljust(2, '0')}" if decimals else "")


def _number(figure: str) -> float | None:
    return float(figure) if figure else None


def _minus_behind(figure: str) -> str:
    return f"{_comma(figure[1:])}-" if figure.startswith("-") else _comma(figure)


def _in_brackets(figure: str) -> str:
    return f"({_comma(figure[1:])})" if figure.startswith("-") else _comma(figure)


def _book(*sheets: tuple[str, list[tuple[Any, ...]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def _guide(point: str, *, opening: bool = True) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("Fecha", *TITLES[:5])]
    if opening:
        rows.append(("Saldo inicial", None, None, None, None, _number(OPENINGS[point])))
    rows += [(day, *map(_number, ROWS[point, day][:5])) for day in DAYS]
    return rows


def long_text(
    delimiter: str = ";", day: str = "%d/%m/%Y", spell: Any = _comma, columns: int = 5, *, opening: bool = True
) -> str:
    """A row a point and day, with the accumulated total."""
    said = delimiter.join(("Punto", "Fecha", *TITLES[:columns])) + "\n"
    for point in (ONE, OTHER):
        if opening:
            blank = [""] * (columns - 1)
            said += delimiter.join([point, "Saldo inicial", *blank, spell(OPENINGS[point])]) + "\n"
        for each in DAYS:
            said += delimiter.join([point, f"{each:{day}}", *map(spell, ROWS[point, each][:columns])]) + "\n"
    return said


def _text(name: str, content: str, encoding: str = "utf-8") -> File:
    return File(name, content.encode(encoding))


def _wide(place: int, *, opening: bool = False, points: Any = (ONE, OTHER)) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("Fecha", *points)]
    if opening:
        rows.append(("Saldo inicial", *[_number(OPENINGS[point]) for point in (ONE, OTHER)]))
    return rows + [(day, *[_number(ROWS[point, day][place]) for point in (ONE, OTHER)]) for day in DAYS]


def _across(place: int) -> str:
    said = ";".join(("Punto", *[f"{day:%d/%m/%Y}" for day in DAYS])) + "\n"
    return said + "".join(
        ";".join([NAMES[point], *[_comma(ROWS[point, day][place]) for day in DAYS]]) + "\n" for point in (ONE, OTHER)
    )


def _grouped() -> bytes:
    of_group = ("Nominación", "Autorizada", "Consumo", "Acumulado")
    rows: list[tuple[Any, ...]] = [
        ("Cuenta de balance de los puntos",),
        ("Fecha", ONE, None, None, None, OTHER),
        (None, *of_group, *of_group),
        ("Saldo inicial", None, None, None, float(OPENINGS[ONE]), None, None, None, float(OPENINGS[OTHER])),
    ]
    for day in DAYS:
        row: list[Any] = [day]
        for point in (ONE, OTHER):
            said = ROWS[point, day]
            row += [_number(said[place]) for place in (0, 1, 2, 4)]
        rows.append(tuple(row))
    return workbook(*rows)


def _page(point: str, label: str) -> str:
    lines = [label, ";".join(("Fecha", *TITLES[:5])), f"Saldo inicial;;;;;{_comma(OPENINGS[point])}"]
    return "\n".join([*lines, *[";".join([f"{d:%d/%m/%Y}", *map(_comma, ROWS[point, d][:5])]) for d in DAYS]]) + "\n"


def _report() -> str:
    lines = ["Llanogas;;;;;;", "Cuenta de balance, exportada el 30/11/2026;;;;;;", ""]
    lines += ["EDS;Fecha;Cantidad nominada;Nominación autorizada;Consumo;Desbalance;Saldo", ";;m3;m3;m3;m3;m3"]
    for point in (ONE, OTHER):
        lines += [f"{NAMES[point]};Saldo inicial;;;;;{_comma(OPENINGS[point])}"]
        for day in DAYS:
            lines += [";".join([NAMES[point], f"{day:%d/%m/%Y}", *map(_comma, ROWS[point, day][:5])])]
        lines += [f"Subtotal;;;;;;{_comma(CLOSING[point])}"]
    return "\n".join([*lines, "Fin del reporte"]) + "\n"


def _with_opening_column() -> str:
    said = "Punto;Fecha;Saldo inicial;Nominación;Autorizada;Consumo;Saldo final\n"
    for point in (ONE, OTHER):
        before = OPENINGS[point]
        for day in DAYS:
            row = ROWS[point, day]
            said += ";".join([point, f"{day:%d/%m/%Y}", *map(_comma, (before, *row[:3], row[4]))]) + "\n"
            before = row[4]
    return said


def _labelled(point: str) -> str:
    head = f"Empresa;Gas del Llano\nPunto:;{NAMES[point]}\nSaldo inicial:;{_comma(OPENINGS[point])}\n\n"
    rows = [";".join([f"{day:%Y-%m-%d}", *map(_comma, ROWS[point, day][:5])]) for day in DAYS]
    return head + "\n".join([";".join(("Fecha", *TITLES[:5])), *rows]) + "\n"


def _spoken(day: dt.date) -> str:
    return f"{day.day}-nov-26"


def _kpc() -> str:
    """HIS-02 alone, its figures in thousands of cubic feet; so that the account is a whole number of them."""
    said = "Punto;Fecha;Nominación (KPC);Consumo (KPC);Acumulado (KPC)\n"
    total = 0
    for day, (asked, taken) in zip(DAYS, ((300, 310), (300, 290), (300, 305), (300, 300)), strict=True):
        total += asked - taken
        said += f"{OTHER};{day:%d/%m/%Y};{asked};{taken};{total}\n"
    return said


def opposite(figure: str) -> str:
    """A figure counted the other way round."""
    return figure.removeprefix("-") if figure.startswith("-") else f"-{figure}" if figure not in ("", "0") else figure


def _consumed_minus_due() -> str:
    said = "Punto;Fecha;Nominación;Autorizada;Consumo;Acumulado\n"
    for point in (ONE, OTHER):
        said += f"{point};Saldo inicial;;;;{_comma(opposite(OPENINGS[point]))}\n"
        for day in DAYS:
            row = ROWS[point, day]
            said += ";".join([point, f"{day:%d/%m/%Y}", *map(_comma, (*row[:3], opposite(row[4])))]) + "\n"
    return said


_NO_OPENINGS: dict[str, str] = {}
_OF_FILES = [_text(f"{name.lower()}.csv", _across(place)) for place, name in enumerate(SHEETS[:5])]
_BALANCES = _text("apertura.csv", "Punto;Saldo inicial\n" + "".join(f"{p};{_comma(OPENINGS[p])}\n" for p in OPENINGS))
HISTORIES = [
    History(
        "the guide's sheet of each point",
        [File("balance.xlsx", _book(*[(NAMES[point], _guide(point)) for point in (ONE, OTHER)]))],
        OPENINGS,
    ),
    History(
        "the guide's sheets, the opening said by the first total",
        [File("balance.xlsx", _book(*[(point, _guide(point, opening=False)) for point in (ONE, OTHER)]))],
        OPENINGS,
    ),
    History("a row a point and day", [_text("historia.csv", long_text())], OPENINGS),
    History(
        "a page a point, labelled right above its titles",
        [_text("historia.csv", "\n".join(_page(point, f"Punto: {point}") for point in (ONE, OTHER)))],
        OPENINGS,
    ),
    History(
        "a page a point, the name beside its label or alone",
        [_text("historia.csv", _page(ONE, f"Punto;{NAMES[ONE]}") + _page(OTHER, NAMES[OTHER]))],
        OPENINGS,
    ),
    History(
        "tabs, UTF-16, days with a name for the month",
        [_text("historia.txt", long_text("\t").replace("/11/2026", "-nov-26"), "utf-16")],
        OPENINGS,
    ),
    History("commas and points", [_text("historia.csv", long_text(",", "%Y-%m-%d", str), "utf-8-sig")], OPENINGS),
    History("minus behind", [_text("historia.csv", long_text(spell=_minus_behind), "cp1252")], OPENINGS),
    History("negative in brackets", [_text("historia.csv", long_text(spell=_in_brackets))], OPENINGS),
    History(
        "a sheet of each figure, points across",
        [
            File(
                "historia.xlsx",
                _book(
                    ("Portada", [("Historia de la cuenta de balance",), ("Llanogas",)]),
                    *[(SHEETS[place], _wide(place, opening=place == 4)) for place in (0, 1, 2, 4)],
                ),
            )
        ],
        OPENINGS,
    ),
    History("a file of each figure, days across, and one of openings", [*_OF_FILES, _BALANCES], OPENINGS),
    History("groups of columns for each point", [File("grupos.xlsx", _grouped())], OPENINGS),
    History("a report with titles, units and subtotals", [_text("reporte.csv", _report())], OPENINGS),
    History("a column of openings and one of closings", [_text("saldos.csv", _with_opening_column())], OPENINGS),
    History(
        "a text of each point, its name and opening above",
        [_text(f"{point}.csv", _labelled(point)) for point in (ONE, OTHER)],
        OPENINGS,
    ),
    History(
        "a total that begins anew each month, and no opening",
        [_text("mes.csv", long_text(columns=6, opening=False).replace("Acumulado;", "Otro;"))],
        _NO_OPENINGS,
    ),
    History(
        "a month's total under the title of a total",
        [
            _text(
                "mes.csv",
                "Punto;Fecha;Nominación;Autorizada;Consumo;Acumulado\n"
                + "".join(
                    ";".join([point, f"{day:%d/%m/%Y}", *map(_comma, (*row[:3], row[5]))]) + "\n"
                    for (point, day), row in ROWS.items()
                ),
            )
        ],
        _NO_OPENINGS,
    ),
    History("daily imbalances alone", [_text("diario.csv", long_text(columns=4, opening=False))], _NO_OPENINGS),
    History("consumed minus due", [_text("signo.csv", _consumed_minus_due())], OPENINGS, opposite_sign=True),
]
KPC = _text("kpc.csv", _kpc())
M3_PER_KPC = CUBIC_METRES_PER_KPC
