"""Spanish words of tariffs: their figures, rules, states, and the flaws of a file of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from portal.domain.counts import digits
from portal.domain.tariffs import LEVELS, UNITS, Change, Concept, Figure, Flaw, Level, Problem, Rule
from portal.services.market import BadTariffFile
from portal.web.filters import grouped

from .files import problem_words

CONCEPT_WORDS = {
    Concept.TITLE: "nombre de la publicación",
    Concept.NIT: "NIT del distribuidor",
    Concept.GAS: "compra de gas (Gm)",
    Concept.COMPRESSION: "compresión del gas que va por carretera",
    Concept.STORAGE: "almacenamiento del gas que va por carretera",
    Concept.RELIABILITY: "confiabilidad (Cc)",
    Concept.VEHICULAR: "distribución para comercializadores de gas natural comprimido vehicular",
    Concept.EXCHANGE_RATE: "TRM del último día del mes anterior",
    Concept.SUSPENSION: "suspensión y reconexión",
    Concept.CONNECTION: "conexión",
    Concept.REINSTALLATION: "corte y reinstalación de la acometida",
    Concept.RESIDENTIAL_CONTRIBUTION: "contribución de los estratos 5 y 6",
    Concept.OTHER_CONTRIBUTION: "contribución de comercio e industria",
    Concept.SUBSIDISED_CONSUMPTION: "consumo con subsidio, al mes",
    Concept.TOWN: "municipio",
    Concept.RESOLUTION: "resolución que aprueba los cargos",
    Concept.DISTRIBUTION: "cargo promedio de distribución (Dm)",
    Concept.SUBSIDISED_DISTRIBUTION: "cargo de distribución subsidiado (Dm subsidiado)",
    Concept.TRADE: "comercialización (Cm)",
    Concept.TRANSPORT: "transporte en total (Tm)",
    Concept.ROAD: "transporte por carretera (TVm)",
    Concept.LOSSES: "pérdidas reconocidas (p)",
    Concept.COST: "costo de prestación",
    Concept.SUBSIDY: "subsidio",
    Concept.OPTION: "cargo variable de la opción tarifaria",
    Concept.FIXED: "cargo fijo",
    Concept.VARIABLE: "cargo variable (CUv)",
    Concept.FULL_DISTRIBUTION: "cargo de distribución pleno (Dm pleno)",
    Concept.VARIABLE_TRADE: "comercialización variable (Cv)",
}
RULE_WORDS = {
    Rule.GENERAL: "fórmula general (Resolución CREG 137 de 2013)",
    Rule.OPTION: "opción tarifaria (Resolución CREG 048 de 2020)",
}
# After the name of the figure; with the values that were expected and found, as written in Colombia.
FLAW_WORDS = {
    Flaw.MISPLACED: "va {expected}",
    Flaw.OTHER_DISTRIBUTOR: "es {found} y el del distribuidor de este portal es {expected}",
    Flaw.OTHER_MONTH: "la fila dice el mes «{found}» y el archivo es de {expected}",
    Flaw.TWICE: "está dos veces",
    Flaw.MISSING: "falta",
    Flaw.NO_RANGE: "falta en todos los rangos",
    Flaw.GAP: "el rango empieza en {found} m³ y el anterior llega hasta antes de {expected} m³: queda un hueco",
    Flaw.OVERLAP: "el rango empieza en {found} m³, que ya están en el rango anterior",
    Flaw.OPEN_END: "el último rango termina en {found} m³: debe quedar abierto, sin «hasta»",
    Flaw.STRAY_RANGE: "el cargo variable del mercado no tiene un rango que empiece en {found} m³",
    Flaw.OTHER_END: "su rango termina en {found} m³ y el del cargo variable en {expected} m³",
    Flaw.FORMULA: "dice {found} y la fórmula da {expected}",
    Flaw.FIXED_DIFFERS: "dice {found} y la comercialización (Cm) del mercado es {expected}",
    Flaw.NEGATIVE: "dice {found}, menos que cero",
    Flaw.PER_CENT: "dice {found} %, que no puede ser",
}
LEVEL_WORDS = {
    Level.MONTH: "sin mercado, norma, estrato ni rango",
    Level.MARKET: "con su mercado, sin norma, estrato ni rango",
    Level.STRATUM: "con su mercado, su norma y el estrato 1 o 2, sin rango",
    Level.RANGE: "con su mercado y su rango, sin norma ni estrato",
}
CHANGE_WORDS = {Change.CHANGED: "cambia", Change.ADDED: "nueva", Change.GONE: "ya no está"}
ALL_MONTH = "Todo el mes"
_OPEN_END = "sin fin"


def begin(words: str) -> str:
    """Return words with a capital letter at their beginning; the others stay ("TRM")."""
    return words[:1].upper() + words[1:]


def place_words(figure: Figure) -> str:
    """Return stratum and resolution, or the range, of a figure; empty for one of a market or of the month."""
    if figure.stratum is not None:
        return f"estrato {figure.stratum}{f' ({figure.rule.value})' if figure.rule else ''}"
    return "" if figure.first is None else f"rango {range_words(figure.first, figure.last)}"


def range_words(first: int, last: int | None) -> str:
    """Return the m³ of a range: ``201 a 500``, ``60.001 o más``."""
    return f"{digits(first)} {'o más' if last is None else f'a {digits(last)}'}"


def figure_name(figure: Figure) -> str:
    """Return concept and place of a figure: ``cargo variable (CUv), rango 201 a 500``."""
    return ", ".join(part for part in (CONCEPT_WORDS[figure.concept], place_words(figure)) if part)


def figure_words(figure: Figure | None) -> str:
    """Return the value of a figure with its unit, or its text; a dash for none."""
    if figure is None:
        return "–"
    if figure.value is None:
        return figure.text or "–"
    return f"{number_words(figure.value)} {UNITS.get(figure.concept, '')}".rstrip()


def number_words(value: Decimal) -> str:
    """Return a figure of a tariff with two decimals, four where it has more."""
    return grouped(value, 2 if value == round(value, 2) else 4)


def bad_file_words(bad: BadTariffFile) -> list[str]:
    """Return everything that is wrong with a file, in its order: row, market, concept, found, expected."""
    told = [(problem.line or 0, _named(problem_words(problem), problem.line, bad.rows)) for problem in bad.problems]
    for line, fault in bad.flawed:
        where = [fault.figure.market, figure_name(fault.figure)]
        said = ", ".join(part for part in where if part)
        words = f"Fila {line}, {said}" if line is not None else begin(said)
        told.append((line or _LAST, f"{words}: {_flaw(fault)}."))
    return [words for _, words in sorted(told, key=lambda each: each[0])]


# What stands in no row comes after all rows.
_LAST = 10**9


def _named(words: str, line: int | None, rows: Mapping[int, Figure]) -> str:
    """Put market and concept of a row after its number."""
    figure = None if line is None else rows.get(line)
    if figure is None:
        return words
    said = ", ".join(part for part in (figure.market, figure_name(figure)) if part)
    return words.replace(f"Fila {line},", f"Fila {line}, {said},", 1)


def _flaw(fault: Problem) -> str:
    expected, found = _said(fault.expected), _said(fault.found)
    if fault.flaw is Flaw.MISPLACED:
        expected = ", o ".join([LEVEL_WORDS[level] for level in Level if level in LEVELS[fault.figure.concept]])
    return FLAW_WORDS[fault.flaw].format(expected=expected, found=found)


def _said(value: Decimal | int | str | None) -> str:
    if value is None:
        return _OPEN_END
    if isinstance(value, int):
        return digits(value)
    return value if isinstance(value, str) else number_words(value)
