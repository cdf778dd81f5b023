"""Rows of a file of tariffs: the columns that it may have, and the figure of each row (adr/0120)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from portal.domain.calendar import MONTHS
from portal.domain.gas_day import Month
from portal.domain.searched import comparable
from portal.domain.tariffs import TEXTS, UNITS, Concept, Figure, Rule
from portal.services.files.cells import BadCell, has_no_value, parse_figure, rearm, strip_key
from portal.services.files.problems import Problem
from portal.services.files.problems import Rule as FileRule
from portal.services.files.sheet_tables import Column, Holds, Row, Table, spell_titles

from .tariffs import FIELDS

MARKET, CONCEPT, RULE, STRATUM, FIRST, LAST, VALUE, TEXT, UNIT, SOURCE = FIELDS
MONTH = "mes"
COLUMNS = (
    Column(MARKET, spell_titles("mercado", "mercado relevante", "market"), required=True),
    Column(CONCEPT, spell_titles("concepto", "cargo", "componente", "código", "concept"), required=True),
    Column(RULE, spell_titles("norma", "resolución", "resolución creg", "norma o resolución")),
    Column(STRATUM, spell_titles("estrato", "stratum")),
    Column(FIRST, spell_titles("desde", "desde m3", "desde (m3)", "rango desde", "from")),
    Column(LAST, spell_titles("hasta", "hasta m3", "hasta (m3)", "rango hasta", "to")),
    Column(VALUE, spell_titles("valor", "cifra", "tarifa", "value"), required=True, holds=Holds.FIGURE),
    Column(TEXT, spell_titles("texto", "descripción", "text")),
    Column(UNIT, spell_titles("unidad", "unidades", "unit")),
    Column(SOURCE, spell_titles("fuente", "dónde se lee", "source"), required=True),
    Column(MONTH, spell_titles("mes", "período", "month")),
)
# Besides its code, what a file may call a concept; brackets do not count.
_NAMES: Mapping[Concept, tuple[str, ...]] = {
    Concept.TITLE: ("nombre de la publicación", "título"),
    Concept.NIT: ("nit del distribuidor",),
    Concept.GAS: ("compra de gas", "gas", "costo de compra de gas"),
    Concept.COMPRESSION: ("compresión del gas que va por carretera",),
    Concept.STORAGE: ("almacenamiento del gas que va por carretera",),
    Concept.RELIABILITY: ("cc", "cargo de confiabilidad"),
    Concept.VEHICULAR: (
        "distribución para comercializadores de gas natural comprimido vehicular",
        "distribución vehicular",
    ),
    Concept.EXCHANGE_RATE: ("trm del último día del mes anterior",),
    Concept.SUSPENSION: ("suspensión y reconexión",),
    Concept.CONNECTION: ("cargo por conexión",),
    Concept.REINSTALLATION: ("corte y reinstalación de la acometida", "corte y reinstalación"),
    Concept.RESIDENTIAL_CONTRIBUTION: ("contribución de los estratos 5 y 6",),
    Concept.OTHER_CONTRIBUTION: ("contribución de comercio e industria",),
    Concept.SUBSIDISED_CONSUMPTION: ("consumo con subsidio, al mes", "consumo con subsidio"),
    Concept.TOWN: ("población", "centro poblado"),
    Concept.RESOLUTION: ("resolución que aprueba los cargos",),
    Concept.DISTRIBUTION: ("cargo promedio de distribución", "distribución"),
    Concept.SUBSIDISED_DISTRIBUTION: ("cargo de distribución subsidiado", "dm subsidiario"),
    Concept.TRADE: ("comercialización",),
    Concept.TRANSPORT: ("transporte en total", "transporte"),
    Concept.ROAD: ("transporte por carretera",),
    Concept.LOSSES: ("pérdidas reconocidas", "pérdidas"),
    Concept.COST: ("costo de prestación", "costo de prestación del servicio"),
    Concept.SUBSIDY: ("porcentaje de subsidio",),
    Concept.OPTION: ("cargo variable de la opción tarifaria",),
    Concept.FIXED: ("cf",),
    Concept.VARIABLE: ("cuv", "costo unitario variable"),
    Concept.FULL_DISTRIBUTION: ("cargo de distribución pleno",),
    Concept.VARIABLE_TRADE: ("comercialización variable",),
}
# The numbers of the resolutions.
_RULES = {"137": Rule.GENERAL, "048": Rule.OPTION, "48": Rule.OPTION}
_RULE_NAMES = {"formula general": Rule.GENERAL, "opcion tarifaria": Rule.OPTION}
_OPEN = frozenset({"en adelante", "o mas", "y mas", "sin limite", "sin fin", "infinito", "∞"})
_WHOLE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:[.,' ][0-9]{3}){1,2}")
_LONGEST = {MARKET: 80, TEXT: 200, SOURCE: 200}
_MOST_DECIMALS = 4
_MONTH_NUMBER = re.compile(r"(?<![0-9])(20[0-9]{2})[-_/. ]?(0[1-9]|1[0-2])(?![0-9])")
_NUMBER_MONTH = re.compile(r"(?<![0-9])(0?[1-9]|1[0-2])[-_/.](20[0-9]{2})(?![0-9])")
_MONTH_WORDS = re.compile(rf"({'|'.join(MONTHS)}|setiembre)[^a-z0-9]*(?:del? )?[^a-z0-9]*(20[0-9]{{2}})(?![0-9])")


class Said(NamedTuple):
    """A row and its figure."""

    row: Row
    figure: Figure
    month: str


@dataclass
class Parsed:
    """Figures of the rows, and what cannot be read."""

    table: Table
    said: list[Said] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    # What is known of a row that has no figure, for its problems.
    partly: dict[int, Figure] = field(default_factory=dict)


def parse_rows(table: Table) -> Parsed:
    """Return the figures of the rows, each value read on its own."""
    parsed = Parsed(table)
    for row in table.rows:
        _Reading(parsed, row).take()
    return parsed


def parse_month(text: str) -> Month | None:
    """Return the month that a cell, a field or the name of a file says; None for none.

    ``2024-06``, ``202406``, ``06/2024``, ``junio de 2024``, and a day of it.
    """
    said = comparable(text).replace("_", " ")
    if found := _MONTH_NUMBER.search(said):
        return Month(int(found[1]), int(found[2]))
    if found := _NUMBER_MONTH.search(said):
        return Month(int(found[2]), int(found[1]))
    if found := _MONTH_WORDS.search(said):
        return Month(int(found[2]), MONTHS.index(found[1].replace("setiembre", "septiembre")) + 1)
    return None


class _Reading:
    """Read one row: its figure, or its problems."""

    def __init__(self, parsed: Parsed, row: Row) -> None:
        self._parsed, self._row = parsed, row
        self._before = len(parsed.problems)

    def take(self) -> None:
        """Add the figure of the row, or what is wrong with it."""
        concept, market = self._concept(), self._text(MARKET)
        figure = Figure(
            concept or Concept.TITLE,
            market,
            self._rule(),
            self._whole(STRATUM),
            self._whole(FIRST),
            self._whole(LAST),
            source=self._text(SOURCE, required=True),
        )
        if concept is None:
            return
        figure = self._with_value(figure)
        self._check_unit(concept)
        if len(self._parsed.problems) == self._before:
            self._parsed.said.append(Said(self._row, figure, self._row.text(MONTH)))
        else:
            self._parsed.partly[self._row.line] = figure

    def _concept(self) -> Concept | None:
        text = self._row.text(CONCEPT)
        found = CONCEPTS.get(_concept_key(text))
        if found is None:
            rule = FileRule.UNKNOWN_CHOICE if text.strip() else FileRule.EMPTY
            self._problem(rule, CONCEPT, ", ".join(each.value for each in Concept))
        return found

    def _with_value(self, figure: Figure) -> Figure:
        if figure.concept not in TEXTS:
            return figure._replace(value=self._value(figure.concept))
        text = self._text(TEXT) or self._text(VALUE)
        if not text:
            self._problem(FileRule.EMPTY, TEXT)
        return figure._replace(text=text)

    def _text(self, column: str, *, required: bool = False) -> str:
        text, most = " ".join(rearm(self._row.text(column)).split()), _LONGEST.get(column, _LONGEST[TEXT])
        if len(text) > most:
            self._problem(FileRule.CELL_TOO_LONG, column, str(most))
        elif required and not text:
            self._problem(FileRule.EMPTY, column)
        return text[:most]

    def _rule(self) -> Rule | None:
        text = comparable(self._row.text(RULE))
        if has_no_value(text):
            return None
        numbers = {_RULES[number] for number in re.findall(r"[0-9]+", text) if number in _RULES}
        found = _RULE_NAMES.get(text) or (numbers.pop() if len(numbers) == 1 else None)
        if found is None:
            self._problem(FileRule.UNKNOWN_CHOICE, RULE, ", ".join(each.value for each in Rule))
        return found

    def _whole(self, column: str) -> int | None:
        text = strip_key(self._row.text(column))
        if has_no_value(text) or (column == LAST and comparable(text) in _OPEN):
            return None
        if _WHOLE.fullmatch(text):
            return int(re.sub(r"[^0-9]", "", text))
        self._problem(FileRule.NOT_A_WHOLE, column)
        return None

    def _value(self, concept: Concept) -> Decimal | None:
        text = strip_key(self._row.text(VALUE)).removeprefix("$").removesuffix("%").strip()
        negative = concept is Concept.LOSSES and text.startswith(("-", "−"))
        try:
            figure = parse_figure(text[1:] if negative else text, reading=self._parsed.table.figures)
        except BadCell as error:
            self._problem(error.rule, VALUE, error.fact)
            return None
        if figure != round(figure, _MOST_DECIMALS):
            self._problem(FileRule.TOO_MANY_DECIMALS, VALUE, str(_MOST_DECIMALS))
        # Written as the database gives it back, so that the digest of the figures stays.
        stored = round(figure, 2 if figure == round(figure, 2) else _MOST_DECIMALS)
        return -stored if negative else stored

    def _check_unit(self, concept: Concept) -> None:
        said = _unit_key(self._row.text(UNIT))
        unit = UNITS.get(concept, "")
        if said and said != _unit_key(unit):
            self._problem(FileRule.WRONG_UNIT, UNIT, unit or "ninguna unidad")

    def _problem(self, rule: FileRule, column: str, fact: str | None = None) -> None:
        self._parsed.problems.append(self._parsed.table.problem(rule, self._row, column, fact))


def _concept_key(text: str) -> str:
    return " ".join(re.sub(r"\([^)]*\)", " ", comparable(text).replace("_", " ")).split())


def _unit_key(text: str) -> str:
    said = "".join(comparable(text).split()).replace("cop", "$").replace("pesos", "$").replace("m^3", "m3")
    return "" if has_no_value(said) else said


CONCEPTS: Mapping[str, Concept] = {
    _concept_key(name): concept for concept in Concept for name in (concept.value, *_NAMES[concept])
}
