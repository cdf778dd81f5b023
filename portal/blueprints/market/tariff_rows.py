"""Tariffs for display: figures as written in Colombia, and the formula of each charge with its values."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.counts import join_words
from portal.domain.tariffs import UNITS, Concept, Market, Range, Rule, TariffSheet
from portal.web.filters import bare_figure, grouped
from portal.words.tariffs import CONCEPT_WORDS, RULE_WORDS, begin, range_words


class BandRow(NamedTuple):
    """Range of a market: m³ a month, pesos an invoice, pesos per m³; its formula, and how far that is from it."""

    words: str
    first: int
    fixed: str
    variable: str
    value: Decimal
    full: str
    subsidised: str
    distribution: str
    formula: str
    published_otherwise: str


class StratumRow(NamedTuple):
    """Cost of service of a stratum under a rule: pesos an invoice, pesos per m³, per cent."""

    stratum: int
    rule: str
    fixed: str
    cost: str
    subsidy: str
    to_pay: str
    option: str
    applies: bool


class PartRow(NamedTuple):
    """Component of a market: its name, figure and unit."""

    words: str
    value: str
    unit: str


class MarketRow(NamedTuple):
    """Market for display."""

    name: str
    slug: str
    towns: str
    resolution: str
    fixed: str
    basis: str
    road: str
    parts: list[PartRow]
    bands: list[BandRow]
    strata: list[StratumRow]


class ChargeRow(NamedTuple):
    """Figure of the whole month: its name, figure and unit."""

    concept: str
    words: str
    value: Decimal
    figure: str
    unit: str


def list_markets(sheet: TariffSheet) -> list[MarketRow]:
    """Return the markets in the order of the publication."""
    return [market_row(sheet, market) for market in sheet.markets]


def market_row(sheet: TariffSheet, market: Market) -> MarketRow:
    """Return a market with every figure of it."""
    return MarketRow(
        name=market.name,
        slug=market.slug,
        towns=join_words(market.towns),
        resolution=market.resolution,
        fixed=grouped(market.fixed, 2),
        basis=market.basis.value,
        road=road_words(sheet, market),
        parts=list_parts(market),
        bands=[band_row(market, band) for band in market.ranges],
        strata=[
            StratumRow(
                each.stratum,
                RULE_WORDS[each.rule],
                grouped(each.fixed, 2),
                grouped(each.cost, 2),
                f"{grouped(each.subsidy, 2)} %",
                grouped(each.to_pay, 2),
                "" if each.option is None else grouped(each.option, 2),
                each.applies,
            )
            for each in sorted(market.strata, key=lambda each: (list(Rule).index(each.rule), each.stratum))
        ],
    )


def list_parts(market: Market) -> list[PartRow]:
    """Return the components of a market in the order of the formula."""
    concepts = (
        (Concept.GAS, market.gas),
        (Concept.TRANSPORT, market.transport),
        (Concept.ROAD, market.road),
        (Concept.LOSSES, market.losses),
        (Concept.DISTRIBUTION, market.distribution),
        (Concept.SUBSIDISED_DISTRIBUTION, market.subsidised_distribution),
        (Concept.TRADE, market.trade),
    )
    return [
        PartRow(begin(CONCEPT_WORDS[concept]), grouped(value, 2), UNITS[concept])
        for concept, value in concepts
        if value is not None
    ]


def band_row(market: Market, band: Range) -> BandRow:
    """Return a range with its formula."""
    expected = market.compute_variable(band)
    return BandRow(
        words=range_words(band.first, band.last),
        first=band.first,
        fixed=grouped(band.fixed, 2),
        variable=grouped(band.variable, 2),
        value=band.variable,
        full=grouped(band.full, 2),
        subsidised="" if band.subsidised is None else grouped(band.subsidised, 2),
        distribution=grouped(band.distribution, 2),
        formula=formula_words(market, band),
        published_otherwise="" if expected == band.variable else grouped(band.variable, 2),
    )


def formula_words(market: Market, band: Range) -> str:
    """Return the formula with its values: ``(1.102,52 + 249,10)/(1 + 0,0065) + 509,32 = 1.852,21``."""
    fraction = market.losses / 100
    sign = "+" if fraction < 0 else "−"
    summands = [band.distribution, *(part for part in (band.trade, market.reliability) if part)]
    added = " + ".join(grouped(part, 2) for part in summands)
    bought = f"({grouped(market.gas, 2)} + {grouped(market.transport, 2)})/(1 {sign} {grouped(abs(fraction), 4)})"
    return f"{bought} + {added} = {grouped(market.compute_variable(band), 2)}"


def road_words(sheet: TariffSheet, market: Market) -> str:
    """Return how the transport by road adds up, empty where it does not, or the gas comes by pipe."""
    if market.road is None:
        return ""
    compression, storage = sheet.charges[Concept.COMPRESSION], sheet.charges[Concept.STORAGE]
    left = market.transport - market.road - compression - storage
    source = next((each for each in sheet.markets if each.road is None and each.transport == left), None)
    from_where = f"por tubería hasta {source.name}" if source else "hasta donde se comprime"
    return (
        f"{grouped(left, 2)} {from_where} + {grouped(compression, 2)} de compresión + {grouped(storage, 2)} de "
        f"almacenamiento + {grouped(market.road, 2)} por carretera = {grouped(market.transport, 2)}"
    )


def list_charges(sheet: TariffSheet, concepts: tuple[Concept, ...]) -> list[ChargeRow]:
    """Return figures of the whole month."""
    found = []
    for concept in concepts:
        value = sheet.charges[concept]
        found.append(ChargeRow(concept.value, begin(CONCEPT_WORDS[concept]), value, grouped(value, 2), UNITS[concept]))
    return found


def contribution_words(sheet: TariffSheet) -> str:
    """Return who pays which contribution on top: ``la contribución de solidaridad: 20 % en los estratos 5 y 6 …``."""
    dwellings, others = (
        bare_figure(sheet.charges[concept])
        for concept in (Concept.RESIDENTIAL_CONTRIBUTION, Concept.OTHER_CONTRIBUTION)
    )
    return f"la contribución de solidaridad: {dwellings} % en los estratos 5 y 6, {others} % en comercio e industria"
