"""Month's tariffs as exact decimals, made of their figures, and the general formula (Resolución CREG 137 de 2013)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from portal.domain.gas_day import Month
from portal.domain.searched import comparable

from .figures import LEVELS, OF_THE_MONTH, REPEATED, STRATA, TEXTS, Concept, Figure, Rule

CENT = Decimal("0.01")
ZERO = Decimal(0)
# Furthest that a published variable charge may be from the formula, pesos per m³: its parts are rounded to the cent.
TOLERANCE = Decimal("0.02")


class Basis(StrEnum):
    """Distribution charge that a market's variable charge contains."""

    FULL = "pleno"
    SUBSIDISED = "subsidiario"


@dataclass(frozen=True, slots=True)
class Range:
    """Band of monthly consumption in whole m³, both ends included; ``last`` None is without end.

    ``fixed`` is in pesos an invoice, the others in pesos per m³: ``variable`` is the price of a m³ in it,
    ``distribution`` and ``trade`` its parts. ``full`` and ``subsidised`` are the two charges of distribution, of which
    ``distribution`` is one; ``subsidised`` is None where the market has only one.
    """

    first: int
    last: int | None
    fixed: Decimal
    variable: Decimal
    full: Decimal
    subsidised: Decimal | None
    trade: Decimal

    @property
    def distribution(self) -> Decimal:
        """The charge of distribution that is part of ``variable``."""
        return self.full if self.subsidised is None else self.subsidised


@dataclass(frozen=True, slots=True)
class StratumCost:
    """Cost of service and subsidy of a stratum under a rule: pesos an invoice, pesos per m³, per cent.

    ``option`` is the variable charge of the tariff option, pesos per m³, None under the general formula. A rule whose
    figures are all zero does not apply to the market.
    """

    rule: Rule
    stratum: int
    fixed: Decimal
    cost: Decimal
    subsidy: Decimal
    option: Decimal | None = None

    @property
    def applies(self) -> bool:
        """True when the market has this rule."""
        return self.cost != 0

    @property
    def to_pay(self) -> Decimal:
        """The price of a subsidised m³ for its user, half-up to the cent."""
        return (self.cost * (100 - self.subsidy) / 100).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Market with its charges: ``gas``, ``transport``, ``road``, distribution in pesos per m³, trade an invoice.

    ``losses`` is p of the formula in per cent. The publication does not print it; it follows from its other figures.
    ``road`` is None where the gas comes by pipe alone.
    """

    name: str
    towns: tuple[str, ...]
    resolution: str
    gas: Decimal
    transport: Decimal
    road: Decimal | None
    distribution: Decimal
    subsidised_distribution: Decimal | None
    trade: Decimal
    losses: Decimal
    reliability: Decimal
    ranges: tuple[Range, ...]
    strata: tuple[StratumCost, ...]

    @property
    def slug(self) -> str:
        """The name for addresses."""
        return slug_of(self.name)

    @property
    def basis(self) -> Basis:
        """The charge of distribution in the variable charges."""
        return Basis.FULL if self.ranges[0].subsidised is None else Basis.SUBSIDISED

    @property
    def fixed(self) -> Decimal:
        """The fixed charge, pesos an invoice; it is the same in every range."""
        return self.ranges[0].fixed

    def compute_variable(self, band: Range) -> Decimal:
        """Return the variable charge by CUv = (Gm + Tm) / (1 − p) + Dm + Cv + Cc, pesos per m³, half-up to the cent."""
        bought = (self.gas + self.transport) / (1 - self.losses / 100)
        return (bought + band.distribution + band.trade + self.reliability).quantize(CENT, ROUND_HALF_UP)

    def find_range(self, consumption: Decimal) -> Range:
        """Return the range of a month's consumption in m³: what is more than the last m³ of one is in the next."""
        return next(band for band in self.ranges if band.last is None or consumption <= band.last)

    def find_cost(self, stratum: int, rule: Rule) -> StratumCost | None:
        """Return the cost and subsidy of a stratum, None where the rule does not apply."""
        return next(
            (each for each in self.strata if (each.stratum, each.rule) == (stratum, rule) and each.applies), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffSheet:
    """Tariffs that a distributor, known by its NIT, published for a month.

    ``charges`` are the figures of the month by their concept: pesos, pesos per m³, pesos per dollar, per cent or m³.
    """

    month: Month
    published_by: str
    source: str
    charges: Mapping[Concept, Decimal]
    markets: tuple[Market, ...]

    @property
    def gas(self) -> Decimal:
        """The price of the gas, pesos per m³, one for all markets."""
        return self.charges[Concept.GAS]

    @property
    def vehicular_distribution(self) -> Decimal:
        """The charge of distribution of sellers of compressed gas for vehicles, pesos per m³."""
        return self.charges[Concept.VEHICULAR]

    @property
    def furthest(self) -> Decimal:
        """The greatest difference of a variable charge from the formula, pesos per m³."""
        return max(
            abs(market.compute_variable(band) - band.variable) for market in self.markets for band in market.ranges
        )

    def find_market(self, name: str) -> Market | None:
        """Return the market of a slug, a name or one of its towns, however it is written; None for none."""
        wanted = slug_of(name)
        if not wanted:
            return None
        by_name = next((market for market in self.markets if market.slug == wanted), None)
        return by_name or next(
            (market for market in self.markets if wanted in {slug_of(town) for town in market.towns}), None
        )


def slug_of(name: str) -> str:
    """Return a name for addresses: small letters and digits without accents, parted by hyphens."""
    return "-".join(comparable(name.replace("-", " ")).split())


class Flaw(StrEnum):
    """Reason why figures make no sheet."""

    MISPLACED = "misplaced"
    OTHER_DISTRIBUTOR = "other-distributor"
    OTHER_MONTH = "other-month"
    TWICE = "twice"
    MISSING = "missing"
    NO_RANGE = "no-range"
    GAP = "gap"
    OVERLAP = "overlap"
    OPEN_END = "open-end"
    STRAY_RANGE = "stray-range"
    OTHER_END = "other-end"
    FORMULA = "formula"
    FIXED_DIFFERS = "fixed-differs"
    NEGATIVE = "negative"
    PER_CENT = "per-cent"


class Problem(NamedTuple):
    """Flaw of a sheet: the figure (or the place of a missing one), and what was expected and found, if it is that.

    The end of a range that is open is None.
    """

    flaw: Flaw
    figure: Figure
    expected: Decimal | int | str | None = None
    found: Decimal | int | str | None = None


class BadTariffs(ValueError):
    """Figures that make no sheet; ``problems`` says all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems, first: {problems[0]}")
        self.problems = problems


_NEEDED_OF_MARKET = (Concept.DISTRIBUTION, Concept.TRADE, Concept.TRANSPORT, Concept.LOSSES)
_NEEDED_OF_RANGE = (Concept.FIXED, Concept.VARIABLE, Concept.FULL_DISTRIBUTION, Concept.VARIABLE_TRADE)
_NEEDED_OF_STRATUM = (Concept.FIXED, Concept.COST, Concept.SUBSIDY)
_MAY_BE_NEGATIVE = frozenset({Concept.LOSSES})
_PER_CENT = frozenset({Concept.SUBSIDY, Concept.RESIDENTIAL_CONTRIBUTION, Concept.OTHER_CONTRIBUTION, Concept.LOSSES})


def build_sheet(month: Month, figures: Iterable[Figure]) -> TariffSheet:
    """Return the tariffs of a month; raises ``BadTariffs`` with every flaw of the figures.

    Each figure stands once and where its concept belongs; ranges of a market follow one another from 0 to an open end,
    and every figure of a range has that of a variable charge; the fixed charges of both tables are equal; every
    variable charge agrees with the formula within ``TOLERANCE``.
    """
    return _Builder(month, figures).build()


class _Builder:
    def __init__(self, month: Month, figures: Iterable[Figure]) -> None:
        self._month = month
        self._problems: list[Problem] = []
        self._found: dict[tuple[object, ...], Figure] = {}
        self._towns: dict[str, list[str]] = defaultdict(list)
        self._markets: dict[str, None] = {}
        self._ranges: dict[str, dict[int, Figure]] = defaultdict(dict)
        self._in_ranges: dict[str, list[Figure]] = defaultdict(list)
        for figure in figures:
            self._take(figure)

    def _take(self, figure: Figure) -> None:
        if figure.level not in LEVELS[figure.concept]:
            self._problems.append(Problem(Flaw.MISPLACED, figure))
            return
        if figure.market:
            self._markets.setdefault(figure.market)
        if figure.concept in REPEATED:
            if figure.text in self._towns[figure.market]:
                self._problems.append(Problem(Flaw.TWICE, figure))
            self._towns[figure.market].append(figure.text)
            return
        if figure.place in self._found:
            self._problems.append(Problem(Flaw.TWICE, figure))
            return
        self._found[figure.place] = figure
        if figure.first is not None and figure.concept is Concept.VARIABLE:
            self._ranges[figure.market][figure.first] = figure
        elif figure.first is not None:
            self._in_ranges[figure.market].append(figure)
        self._judge(figure)

    def _judge(self, figure: Figure) -> None:
        if figure.value is None:
            return
        if figure.value < 0 and figure.concept not in _MAY_BE_NEGATIVE:
            self._problems.append(Problem(Flaw.NEGATIVE, figure, found=figure.value))
        if figure.concept in _PER_CENT and abs(figure.value) >= 100:
            self._problems.append(Problem(Flaw.PER_CENT, figure, found=figure.value))

    def build(self) -> TariffSheet:
        charges = {concept: self._value(Figure(concept)) for concept in sorted(OF_THE_MONTH - TEXTS)}
        title, nit = self._text(Figure(Concept.TITLE)), self._text(Figure(Concept.NIT))
        markets = [self._market(name, charges) for name in self._markets]
        if not markets:
            self._problems.append(Problem(Flaw.MISSING, Figure(Concept.TOWN)))
        if self._problems:
            raise BadTariffs(self._problems)
        return TariffSheet(
            month=self._month,
            published_by=nit,
            source=title,
            charges=charges,
            markets=tuple(market for market in markets if market),
        )

    def _market(self, name: str, charges: Mapping[Concept, Decimal]) -> Market | None:
        before = len(self._problems)
        ranges = tuple(self._ranges_of(name))
        parts = {concept: self._value(Figure(concept, name)) for concept in _NEEDED_OF_MARKET}
        strata = tuple(self._strata_of(name))
        if not ranges or len(self._problems) > before:
            return None
        market = Market(
            name=name,
            towns=tuple(self._towns[name]) or (name,),
            resolution=self._text(Figure(Concept.RESOLUTION, name)),
            gas=charges[Concept.GAS],
            transport=parts[Concept.TRANSPORT],
            road=self._maybe(Figure(Concept.ROAD, name)),
            distribution=parts[Concept.DISTRIBUTION],
            subsidised_distribution=self._maybe(Figure(Concept.SUBSIDISED_DISTRIBUTION, name)),
            trade=parts[Concept.TRADE],
            losses=parts[Concept.LOSSES],
            reliability=charges[Concept.RELIABILITY],
            ranges=ranges,
            strata=strata,
        )
        self._prove(market)
        return market

    def _prove(self, market: Market) -> None:
        """Hold every range against the formula, and its fixed charge against that of the market."""
        for band in market.ranges:
            at = self._ranges[market.name][band.first]
            expected = market.compute_variable(band)
            if abs(expected - band.variable) > TOLERANCE:
                self._problems.append(Problem(Flaw.FORMULA, at, expected, band.variable))
            if band.fixed != market.trade:
                fixed = self._found[market.name, Concept.FIXED, None, None, band.first]
                self._problems.append(Problem(Flaw.FIXED_DIFFERS, fixed, market.trade, band.fixed))

    def _ranges_of(self, name: str) -> Iterator[Range]:
        found = [self._ranges[name][first] for first in sorted(self._ranges[name])]
        if not found:
            self._problems.append(Problem(Flaw.NO_RANGE, Figure(Concept.VARIABLE, name)))
            return
        expected: int | None = 0
        for figure in found:
            first = figure.first or 0
            if expected is None or first < expected:
                self._problems.append(Problem(Flaw.OVERLAP, figure, expected, first))
            elif first > expected:
                self._problems.append(Problem(Flaw.GAP, figure, expected, first))
            expected = None if figure.last is None else figure.last + 1
            yield self._range(figure)
        if found[-1].last is not None:
            self._problems.append(Problem(Flaw.OPEN_END, found[-1], found=found[-1].last))
        for figure in self._in_ranges[name]:
            at = self._ranges[name].get(figure.first or 0)
            if at is None:
                self._problems.append(Problem(Flaw.STRAY_RANGE, figure, found=figure.first))
            elif at.last != figure.last:
                self._problems.append(Problem(Flaw.OTHER_END, figure, at.last, figure.last))

    def _range(self, at: Figure) -> Range:
        parts = {
            concept: self._value(Figure(concept, at.market, first=at.first, last=at.last))
            for concept in _NEEDED_OF_RANGE
        }
        subsidised = self._maybe(Figure(Concept.SUBSIDISED_DISTRIBUTION, at.market, first=at.first))
        return Range(
            at.first or 0,
            at.last,
            parts[Concept.FIXED],
            parts[Concept.VARIABLE],
            parts[Concept.FULL_DISTRIBUTION],
            subsidised,
            parts[Concept.VARIABLE_TRADE],
        )

    def _strata_of(self, name: str) -> Iterator[StratumCost]:
        for stratum in STRATA:
            for rule in Rule:
                at = Figure(Concept.COST, name, rule, stratum)
                fixed, cost, subsidy = (self._value(at._replace(concept=each)) for each in _NEEDED_OF_STRATUM)
                option = self._maybe(at._replace(concept=Concept.OPTION))
                yield StratumCost(rule, stratum, fixed, cost, subsidy, option)

    def _value(self, at: Figure) -> Decimal:
        found = self._maybe(at)
        if found is None:
            self._problems.append(Problem(Flaw.MISSING, at))
            return ZERO
        return found

    def _maybe(self, at: Figure) -> Decimal | None:
        found = self._found.get(at.place)
        return None if found is None else found.value

    def _text(self, at: Figure) -> str:
        found = self._found.get(at.place)
        if found is None or not found.text:
            self._problems.append(Problem(Flaw.MISSING, at))
            return ""
        return found.text
