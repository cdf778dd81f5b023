"""Figures of a month's tariffs, one by one, as a file of them gives them (docs/rules.md, "Tariffs")."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Concept(StrEnum):
    """Meaning of a figure; the value is its code in a file."""

    # Of the whole month.
    TITLE = "publicacion"
    NIT = "nit"
    GAS = "gm"
    COMPRESSION = "compresion"
    STORAGE = "almacenamiento"
    RELIABILITY = "confiabilidad"
    VEHICULAR = "distribucion_gnv"
    EXCHANGE_RATE = "trm"
    SUSPENSION = "suspension_reconexion"
    CONNECTION = "conexion"
    REINSTALLATION = "corte_reinstalacion"
    RESIDENTIAL_CONTRIBUTION = "contribucion_residencial"
    OTHER_CONTRIBUTION = "contribucion_no_residencial"
    SUBSIDISED_CONSUMPTION = "consumo_subsidiado"
    # Of a market.
    TOWN = "municipio"
    RESOLUTION = "resolucion"
    DISTRIBUTION = "dm"
    SUBSIDISED_DISTRIBUTION = "dm_subsidiado"
    TRADE = "cm"
    TRANSPORT = "tm"
    ROAD = "tvm"
    LOSSES = "p"
    # Of a stratum of a market, under a resolution.
    COST = "costo_prestacion"
    SUBSIDY = "subsidio"
    OPTION = "opcion_tarifaria"
    # Of a range of a market; the fixed charge is also one of a stratum, the subsidised distribution one of a market.
    FIXED = "cargo_fijo"
    VARIABLE = "cargo_variable"
    FULL_DISTRIBUTION = "dm_pleno"
    VARIABLE_TRADE = "cv"


OF_THE_MONTH = frozenset(
    {
        Concept.TITLE,
        Concept.NIT,
        Concept.GAS,
        Concept.COMPRESSION,
        Concept.STORAGE,
        Concept.RELIABILITY,
        Concept.VEHICULAR,
        Concept.EXCHANGE_RATE,
        Concept.SUSPENSION,
        Concept.CONNECTION,
        Concept.REINSTALLATION,
        Concept.RESIDENTIAL_CONTRIBUTION,
        Concept.OTHER_CONTRIBUTION,
        Concept.SUBSIDISED_CONSUMPTION,
    }
)
# Their cell is a text, not a number.
TEXTS = frozenset({Concept.TITLE, Concept.NIT, Concept.TOWN, Concept.RESOLUTION})
REPEATED = frozenset({Concept.TOWN})
_PER_M3 = "$/m³"
UNITS = {
    Concept.GAS: _PER_M3,
    Concept.COMPRESSION: _PER_M3,
    Concept.STORAGE: _PER_M3,
    Concept.RELIABILITY: _PER_M3,
    Concept.VEHICULAR: _PER_M3,
    Concept.EXCHANGE_RATE: "$/USD",
    Concept.SUSPENSION: "$",
    Concept.CONNECTION: "$",
    Concept.REINSTALLATION: "$",
    Concept.RESIDENTIAL_CONTRIBUTION: "%",
    Concept.OTHER_CONTRIBUTION: "%",
    Concept.SUBSIDISED_CONSUMPTION: "m³",
    Concept.DISTRIBUTION: _PER_M3,
    Concept.SUBSIDISED_DISTRIBUTION: _PER_M3,
    Concept.TRADE: "$/factura",
    Concept.TRANSPORT: _PER_M3,
    Concept.ROAD: _PER_M3,
    Concept.LOSSES: "%",
    Concept.COST: _PER_M3,
    Concept.SUBSIDY: "%",
    Concept.OPTION: _PER_M3,
    Concept.FIXED: "$/factura",
    Concept.VARIABLE: _PER_M3,
    Concept.FULL_DISTRIBUTION: _PER_M3,
    Concept.VARIABLE_TRADE: _PER_M3,
}


class Level(StrEnum):
    """Owner of a figure: the whole month, a market, a stratum of it under a resolution, or a range of it."""

    MONTH = "month"
    MARKET = "market"
    STRATUM = "stratum"
    RANGE = "range"


# The levels at which each concept stands.
LEVELS = {
    **{concept: frozenset({Level.MONTH}) for concept in OF_THE_MONTH},
    **{concept: frozenset({Level.MARKET}) for concept in (Concept.TOWN, Concept.RESOLUTION, Concept.DISTRIBUTION)},
    **{concept: frozenset({Level.MARKET}) for concept in (Concept.TRADE, Concept.TRANSPORT, Concept.ROAD)},
    Concept.LOSSES: frozenset({Level.MARKET}),
    Concept.SUBSIDISED_DISTRIBUTION: frozenset({Level.MARKET, Level.RANGE}),
    **{concept: frozenset({Level.STRATUM}) for concept in (Concept.COST, Concept.SUBSIDY, Concept.OPTION)},
    Concept.FIXED: frozenset({Level.STRATUM, Level.RANGE}),
    **{concept: frozenset({Level.RANGE}) for concept in (Concept.VARIABLE, Concept.FULL_DISTRIBUTION)},
    Concept.VARIABLE_TRADE: frozenset({Level.RANGE}),
}
# Those that have a subsidy.
STRATA = (1, 2)


class Rule(StrEnum):
    """Resolution under which the cost and subsidy of a stratum are given: the general formula, or the tariff option."""

    GENERAL = "CREG 137 de 2013"
    OPTION = "CREG 048 de 2020"


class Figure(NamedTuple):
    """One figure: of the month (no market), of a market, of a stratum of it under a rule, or of a range of it.

    ``first`` and ``last`` are the whole m³ a month of the range, both included, ``last`` None without end. ``value``
    is in the unit of its concept: pesos, pesos per m³, pesos an invoice, pesos per dollar, per cent, m³. ``source``
    says where it is read.
    """

    concept: Concept
    market: str = ""
    rule: Rule | None = None
    stratum: int | None = None
    first: int | None = None
    last: int | None = None
    value: Decimal | None = None
    text: str = ""
    source: str = ""

    @property
    def place(self) -> tuple[str, Concept, Rule | None, int | None, int | None]:
        """The place of the figure: two figures of one place contradict one another, or repeat it."""
        return self.market, self.concept, self.rule, self.stratum, self.first

    @property
    def level(self) -> Level | None:
        """The owner of the figure; None where market, resolution, stratum and range fit together in no way."""
        in_stratum = (self.rule is not None, self.stratum is not None)
        in_range = (self.first is not None, self.last is not None)
        if not self.market:
            return None if any(in_stratum + in_range) else Level.MONTH
        if not any(in_stratum):
            return Level.RANGE if in_range[0] else None if in_range[1] else Level.MARKET
        return Level.STRATUM if all(in_stratum) and self.stratum in STRATA and not any(in_range) else None


Figures = Sequence[Figure]
