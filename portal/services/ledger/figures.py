"""What a day and a month of the projection say, worked out from what the append-only tables say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.domain.balance import imbalance
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity
from portal.domain.readings import ReadingState
from portal.services.heating_values import HeatingValueInForce


@dataclass(slots=True)
class Sources:
    """The newest of each kind of append-only row of a point and gas day; None where there is none.

    ``nominated`` is in the unit it was signed in, ``authorised`` in the unit of the point, ``consumed`` in m³:
    these are authoritative, the other unit follows from the heating value of the day. ``adjustment`` is the sum of
    the day's movements, recorded in both units.
    """

    nominated: Quantity | None = None
    nomination_revision: int | None = None
    authorised: Quantity | None = None
    cut_reason: CutReason | None = None
    consumed: Quantity | None = None
    reading_state: ReadingState | None = None
    adjustment: Gas | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is known of the day: it has no row."""
        return self.nominated is None and self.authorised is None and self.consumed is None and self.adjustment is None


class DayFigures(NamedTuple):
    """A row of ``daily_balances`` without its key."""

    nominated: Gas | None
    nomination_revision: int | None
    authorised: Gas | None
    cut_reason: CutReason | None
    consumed: Gas | None
    reading_state: ReadingState | None
    heating_value: HeatingValue
    heating_value_provisional: bool
    adjustment: Gas

    @classmethod
    def of(cls, sources: Sources, heating_value: HeatingValueInForce) -> DayFigures:
        """Return the figures of a day whose gas has this heating value."""

        def both(quantity: Quantity | None) -> Gas | None:
            return None if quantity is None else Gas.of(quantity, heating_value.value)

        return cls(
            nominated=both(sources.nominated),
            nomination_revision=sources.nomination_revision,
            authorised=both(sources.authorised),
            cut_reason=sources.cut_reason,
            consumed=both(sources.consumed),
            reading_state=sources.reading_state,
            heating_value=heating_value.value,
            heating_value_provisional=heating_value.provisional,
            adjustment=Gas.zero() if sources.adjustment is None else sources.adjustment,
        )

    @property
    def imbalance(self) -> Gas | None:
        """D in both units, each from its own figures; None without consumption."""
        if self.consumed is None:
            return None
        m3 = imbalance(_m3(self.authorised), _m3(self.nominated), self.consumed.m3)
        mbtu = imbalance(_mbtu(self.authorised), _mbtu(self.nominated), self.consumed.mbtu)
        return Gas(m3, mbtu) if m3 is not None and mbtu is not None else None

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        return {
            "nominated_m3": _m3(self.nominated),
            "nominated_mbtu": _mbtu(self.nominated),
            "nomination_revision": self.nomination_revision,
            "authorised_m3": _m3(self.authorised),
            "authorised_mbtu": _mbtu(self.authorised),
            "cut_reason": self.cut_reason,
            "consumed_m3": _m3(self.consumed),
            "consumed_mbtu": _mbtu(self.consumed),
            "reading_state": self.reading_state,
            "heating_value": self.heating_value,
            "heating_value_provisional": self.heating_value_provisional,
            "adjustment_m3": self.adjustment.m3,
            "adjustment_mbtu": self.adjustment.mbtu,
        }


class Totals(NamedTuple):
    """What a month adds up, or by how much it changes; ``measured_days`` are those with a consumption."""

    nominated: Gas
    authorised: Gas
    consumed: Gas
    imbalance: Gas
    adjustment: Gas
    measured_days: int

    @classmethod
    def zero(cls) -> Totals:
        """Return the totals of nothing."""
        none = Gas.zero()
        return cls(none, none, none, none, none, 0)

    @classmethod
    def of(cls, day: DayFigures | None) -> Totals:
        """Return what one day adds; nothing when it has no row."""
        if day is None:
            return cls.zero()
        none = Gas.zero()
        return cls(
            day.nominated or none,
            day.authorised or none,
            day.consumed or none,
            day.imbalance or none,
            day.adjustment,
            int(day.consumed is not None),
        )

    @property
    def movement(self) -> Gas:
        """By how much the account grows: imbalances and adjustments."""
        return self.imbalance + self.adjustment

    def plus(self, other: Totals) -> Totals:
        """Return both together."""
        return Totals(
            self.nominated + other.nominated,
            self.authorised + other.authorised,
            self.consumed + other.consumed,
            self.imbalance + other.imbalance,
            self.adjustment + other.adjustment,
            self.measured_days + other.measured_days,
        )

    def minus(self, other: Totals) -> Totals:
        """Return what this is above the other."""
        return Totals(
            self.nominated - other.nominated,
            self.authorised - other.authorised,
            self.consumed - other.consumed,
            self.imbalance - other.imbalance,
            self.adjustment - other.adjustment,
            self.measured_days - other.measured_days,
        )


class MonthFigures(NamedTuple):
    """A row of ``monthly_balances`` without key and revision."""

    totals: Totals
    opening: Gas
    measured_before: int

    @property
    def closing(self) -> Gas:
        """The account after the last day of the month."""
        return self.opening + self.totals.movement

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns."""
        gases = {
            "nominated": self.totals.nominated,
            "authorised": self.totals.authorised,
            "consumed": self.totals.consumed,
            "imbalance": self.totals.imbalance,
            "adjustment": self.totals.adjustment,
            "opening": self.opening,
            "closing": self.closing,
        }
        values: dict[str, Any] = {
            "measured_days": self.totals.measured_days,
            "measured_before": self.measured_before,
        }
        for name, gas in gases.items():
            values[f"{name}_m3"], values[f"{name}_mbtu"] = gas.m3, gas.mbtu
        return values


def gas_of(m3: Quantity | None, mbtu: Quantity | None) -> Gas | None:
    """Return the pair that two columns keep; None when there is nothing in them."""
    return None if m3 is None or mbtu is None else Gas(m3, mbtu)


def _m3(gas: Gas | None) -> Quantity | None:
    return None if gas is None else gas.m3


def _mbtu(gas: Gas | None) -> Quantity | None:
    return None if gas is None else gas.mbtu
