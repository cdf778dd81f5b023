"""Month's tariffs as exact decimals, and their general formula (Resolución CREG 137 of 2013)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from portal.domain.gas_day import Month

_CENT = Decimal("0.01")


class Basis(StrEnum):
    """Distribution charge that a market's variable charge contains."""

    FULL = "pleno"
    SUBSIDISED = "subsidiario"


@dataclass(frozen=True, slots=True)
class Range:
    """Band of monthly consumption in whole m³, both ends included; ``last`` None is without end.

    ``variable`` is the price of a m³ in it and ``distribution`` its network part, in Colombian pesos.
    """

    first: int
    last: int | None
    variable: Decimal
    distribution: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Market with its charges: ``fixed`` in pesos an invoice, ``gas`` and ``transport`` in pesos per m³.

    ``losses`` is p of the formula in per cent. The publication does not print it; it follows from its other figures.
    """

    name: str
    towns: str
    basis: Basis
    fixed: Decimal
    gas: Decimal
    transport: Decimal
    losses: Decimal
    ranges: tuple[Range, ...]

    def by_formula(self, band: Range) -> Decimal:
        """Return the variable charge by CUv = (Gm + Tm) / (1 − p) + Dm, in pesos per m³, half-up to the cent.

        Trade and reliability (Cv, Cc) were zero and the factor of the charge for distribution one.
        """
        bought = (self.gas + self.transport) / (1 - self.losses / 100)
        return (bought + band.distribution).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffSheet:
    """Tariffs that a distributor, known by its NIT, published for a month."""

    month: Month
    published_by: str
    source: str
    vehicular_distribution: Decimal
    markets: tuple[Market, ...]


def market(
    name: str,
    basis: Basis,
    *,
    bands: Sequence[int],
    variable: str,
    distribution: str,
    fixed: str,
    gas: str,
    transport: str,
    losses: str,
    towns: str = "",
) -> Market:
    """Return a market from the figures as printed: ``bands`` are the last m³ of each range but the open one.

    ``variable`` and ``distribution`` hold one figure per range, separated by spaces. Raises ``ValueError`` when the
    numbers of figures differ.
    """
    firsts = (0, *(last + 1 for last in bands))
    lasts = (*bands, None)
    figures = zip(firsts, lasts, variable.split(), distribution.split(), strict=True)
    return Market(
        name=name,
        towns=towns or name,
        basis=basis,
        fixed=Decimal(fixed),
        gas=Decimal(gas),
        transport=Decimal(transport),
        losses=Decimal(losses),
        ranges=tuple(Range(first, last, Decimal(cost), Decimal(part)) for first, last, cost, part in figures),
    )
