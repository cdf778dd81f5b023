"""Figures of the public pages as they are written in Colombia."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.tariffs import Range, TariffSheet
from portal.web.filters import grouped


@dataclass(frozen=True, slots=True)
class BandRow:
    """Range of a market for display: m³ a month, pesos per m³."""

    words: str
    variable: str
    distribution: str


@dataclass(frozen=True, slots=True)
class MarketRow:
    """Market for display, with an id for links."""

    name: str
    towns: str
    anchor: str
    fixed: str
    basis: str
    bands: tuple[BandRow, ...]


def tariff_rows(sheet: TariffSheet) -> list[MarketRow]:
    """Return the markets in the order of the publication."""
    return [
        MarketRow(
            name=market.name,
            towns=market.towns,
            anchor=f"mercado-{number}",
            fixed=grouped(market.fixed, 2),
            basis=market.basis.value,
            bands=tuple(
                BandRow(
                    words=_words(band), variable=grouped(band.variable, 2), distribution=grouped(band.distribution, 2)
                )
                for band in market.ranges
            ),
        )
        for number, market in enumerate(sheet.markets, 1)
    ]


def _words(band: Range) -> str:
    first = f"{band.first:,}".replace(",", ".")
    return f"{first} o más" if band.last is None else f"{first} a {band.last:,}".replace(",", ".")
