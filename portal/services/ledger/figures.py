"""What a day and a month of the projection say, worked out from what the append-only tables say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.domain.balance import imbalance
from portal.domain.quantities import Gas, Quantity, Unit
from portal.services.heating_values import HeatingValueInForce

_NOTHING = Gas.zero()


@dataclass(slots=True)
class Sources:
    """The newest of each kind of append-only row of a point and gas day; None where there is none.

    ``nominated`` is in the unit it was signed in, ``authorised`` in the unit of the point, ``consumed`` in m³: these
    are authoritative, the other unit follows from the heating value of the day. ``adjustment`` is the sum of the
    day's movements, recorded in both units. Words (``cut_reason``, ``reading_state``) are as stored.
    """

    nominated: Quantity | None = None
    nomination_revision: int | None = None
    authorised: Quantity | None = None
    cut_reason: str | None = None
    consumed: Quantity | None = None
    reading_state: str | None = None
    adjustment: Gas | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is known of the day: it has no row."""
        return self.nominated is None and self.authorised is None and self.consumed is None and self.adjustment is None


class DayFigures(NamedTuple):
    """A row of ``daily_balances`` without its key; the heating value in thousandths of BTU/ft³."""

    nominated: Gas | None
    nomination_revision: int | None
    authorised: Gas | None
    cut_reason: str | None
    consumed: Gas | None
    reading_state: str | None
    heating_value: int | None
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
            heating_value=heating_value.value.milli,
            heating_value_provisional=heating_value.provisional,
            adjustment=_NOTHING if sources.adjustment is None else sources.adjustment,
        )

    @property
    def imbalance(self) -> Gas | None:
        """D in both units, each from its own figures; None without consumption."""
        m3, mbtu = (
            imbalance(_in(self.authorised, unit), _in(self.nominated, unit), _in(self.consumed, unit)) for unit in Unit
        )
        return None if m3 is None or mbtu is None else Gas(m3, mbtu)

    def columns(self) -> dict[str, Any]:
        """Return the values of the row's columns as they are kept."""
        return {
            **_kept("nominated", self.nominated),
            "nomination_revision": self.nomination_revision,
            **_kept("authorised", self.authorised),
            "cut_reason": self.cut_reason,
            **_kept("consumed", self.consumed),
            "reading_state": self.reading_state,
            "heating_value": self.heating_value,
            "heating_value_provisional": self.heating_value_provisional,
            **_kept("adjustment", self.adjustment),
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
        return cls(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, 0)

    @classmethod
    def of(cls, day: DayFigures | None) -> Totals:
        """Return what one day adds; nothing when it has no row."""
        if day is None:
            return cls.zero()
        return cls(
            day.nominated or _NOTHING,
            day.authorised or _NOTHING,
            day.consumed or _NOTHING,
            day.imbalance or _NOTHING,
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
        """Return the values of the row's columns as they are kept."""
        return {
            **_kept("nominated", self.totals.nominated),
            **_kept("authorised", self.totals.authorised),
            **_kept("consumed", self.totals.consumed),
            **_kept("imbalance", self.totals.imbalance),
            **_kept("adjustment", self.totals.adjustment),
            **_kept("opening", self.opening),
            **_kept("closing", self.closing),
            "measured_days": self.totals.measured_days,
            "measured_before": self.measured_before,
        }


def gas_of(m3: int | None, mbtu: int | None) -> Gas | None:
    """Return the gas that two columns of millionths keep; None when there is nothing in them."""
    if m3 is None or mbtu is None:
        return None
    # A sum over a BIGINT column comes back from PostgreSQL as a NUMERIC.
    return Gas(Quantity(int(m3), Unit.M3), Quantity(int(mbtu), Unit.MBTU))


def _in(gas: Gas | None, unit: Unit) -> Quantity | None:
    return None if gas is None else gas.in_unit(unit)


def _kept(name: str, gas: Gas | None) -> dict[str, int | None]:
    if gas is None:
        return {f"{name}_m3": None, f"{name}_mbtu": None}
    return {f"{name}_m3": gas.m3.micro, f"{name}_mbtu": gas.mbtu.micro}
