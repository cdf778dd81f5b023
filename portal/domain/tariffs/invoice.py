"""Charge of a month's consumption by published tariffs, line by line (docs/rules.md, "Tariffs")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from .figures import Concept, Rule
from .sheet import CENT, ZERO, Market, Range, StratumCost, TariffSheet


class Use(StrEnum):
    """Use of the gas, which decides subsidy and contribution."""

    STRATUM_1 = "estrato-1"
    STRATUM_2 = "estrato-2"
    STRATUM_3 = "estrato-3"
    STRATUM_4 = "estrato-4"
    STRATUM_5 = "estrato-5"
    STRATUM_6 = "estrato-6"
    COMMERCIAL = "comercial"
    INDUSTRIAL = "industrial"
    VEHICULAR = "vehicular"

    @property
    def stratum(self) -> int | None:
        """The stratum, None for what is no dwelling."""
        return int(self.value[-1]) if self.value.startswith("estrato-") else None


SUBSIDISED = frozenset({Use.STRATUM_1, Use.STRATUM_2})
CONTRIBUTION = {
    Use.STRATUM_5: Concept.RESIDENTIAL_CONTRIBUTION,
    Use.STRATUM_6: Concept.RESIDENTIAL_CONTRIBUTION,
    Use.COMMERCIAL: Concept.OTHER_CONTRIBUTION,
    Use.INDUSTRIAL: Concept.OTHER_CONTRIBUTION,
}


class LineKind(StrEnum):
    """Line of a charge."""

    FIXED = "fixed"
    # At the price of a range.
    CONSUMED = "consumed"
    # Of strata 1 and 2: the m³ that have a subsidy, at their cost of service.
    SUBSIDISED = "subsidised"
    SUBSIDY = "subsidy"
    FIXED_CONTRIBUTION = "fixed-contribution"
    VARIABLE_CONTRIBUTION = "variable-contribution"
    # Of a seller of gas for vehicles: the network alone.
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a charge: ``factor`` × ``rate`` = ``amount`` in pesos, half-up to the cent.

    ``factor`` is in m³ for gas, in pesos for a per cent, None for the fixed charge; ``rate`` in pesos per m³ or per
    cent. A subsidy is negative.
    """

    kind: LineKind
    factor: Decimal | None
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """Charge of a month: its lines, and their sums in pesos; ``subsidy`` is what is taken off.

    ``band`` is the range of the consumption, None for gas for vehicles; ``cost`` the cost and subsidy of strata 1 and
    2, None for the others.
    """

    use: Use
    consumption: Decimal
    band: Range | None
    cost: StratumCost | None
    lines: tuple[Line, ...]

    @property
    def fixed(self) -> Decimal:
        """The fixed charge."""
        return self._sum(LineKind.FIXED)

    @property
    def variable(self) -> Decimal:
        """The charge of the m³, before subsidy and contribution."""
        return self._sum(LineKind.CONSUMED, LineKind.SUBSIDISED, LineKind.NETWORK)

    @property
    def subsidy(self) -> Decimal:
        """The subsidy, positive."""
        return -self._sum(LineKind.SUBSIDY)

    @property
    def contribution(self) -> Decimal:
        """The contribution of solidarity."""
        return self._sum(LineKind.FIXED_CONTRIBUTION, LineKind.VARIABLE_CONTRIBUTION)

    @property
    def total(self) -> Decimal:
        """The sum to pay."""
        return sum((line.amount for line in self.lines), ZERO)

    def _sum(self, *kinds: LineKind) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind in kinds), ZERO)


def compute_charge(
    sheet: TariffSheet, market: Market, use: Use, consumption: Decimal, *, rule: Rule = Rule.GENERAL
) -> Charge:
    """Return the charge of a month's consumption in m³, zero or more.

    The whole consumption is paid at the price of its range (adr/0120). In strata 1 and 2 the first m³ are paid at the
    cost of service under ``rule`` less the subsidy, and those above ``consumo_subsidiado`` at the price of range 1.
    Where the rule does not apply to the market, the general formula does.
    """
    if use is Use.VEHICULAR:
        rate = sheet.vehicular_distribution
        line = Line(LineKind.NETWORK, consumption, rate, _cents(consumption * rate))
        return Charge(use, consumption, None, None, (line,))
    band = market.find_range(consumption)
    cost = None
    if use in SUBSIDISED and use.stratum is not None:
        cost = market.find_cost(use.stratum, rule) or market.find_cost(use.stratum, Rule.GENERAL)
    lines = tuple(
        _plain_lines(sheet, band, use, consumption)
        if cost is None
        else _subsidised_lines(sheet, market, cost, consumption)
    )
    return Charge(use, consumption, band, cost, lines)


def _plain_lines(sheet: TariffSheet, band: Range, use: Use, consumption: Decimal) -> Iterator[Line]:
    fixed = Line(LineKind.FIXED, None, band.fixed, band.fixed)
    variable = Line(LineKind.CONSUMED, consumption, band.variable, _cents(consumption * band.variable))
    yield fixed
    yield variable
    if use in CONTRIBUTION:
        rate = sheet.charges[CONTRIBUTION[use]]
        for kind, line in (
            (LineKind.FIXED_CONTRIBUTION, fixed),
            (LineKind.VARIABLE_CONTRIBUTION, variable),
        ):
            yield Line(kind, line.amount, rate, _cents(line.amount * rate / 100))


def _subsidised_lines(sheet: TariffSheet, market: Market, cost: StratumCost, consumption: Decimal) -> Iterator[Line]:
    most = sheet.charges[Concept.SUBSIDISED_CONSUMPTION]
    below, above = min(consumption, most), max(consumption - most, ZERO)
    yield Line(LineKind.FIXED, None, cost.fixed, cost.fixed)
    subsidised = _cents(below * cost.cost)
    yield Line(LineKind.SUBSIDISED, below, cost.cost, subsidised)
    if above:
        price = market.ranges[0].variable
        yield Line(LineKind.CONSUMED, above, price, _cents(above * price))
    yield Line(LineKind.SUBSIDY, subsidised, cost.subsidy, -_cents(subsidised * cost.subsidy / 100))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
