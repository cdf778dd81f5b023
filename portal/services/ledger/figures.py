"""Figures of a day and a month of the projection, computed from the append-only rows.

All amounts are whole millionths, as the columns store them: an account is made of thousands of days.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add, sub
from typing import Any, NamedTuple

from portal.domain.quantities import Unit, micro_m3, micro_mbtu


class Sources(NamedTuple):
    """Newest append-only row of each kind for a point and gas day; None without one.

    ``nominated`` is (unit it was signed in, amount, revision), ``authorised`` (amount in the unit of the point, cut
    reason), ``measured`` (m³, state): these are authoritative, the other unit follows from the heating value of the
    day. ``moved`` is (m³, MBTU), the sum of the day's adjustments, recorded in both. Enumerated values are as stored.
    """

    nominated: tuple[str, int, int] | None = None
    authorised: tuple[int, str | None] | None = None
    measured: tuple[int, str] | None = None
    moved: tuple[int, int] | None = None

    @property
    def is_empty(self) -> bool:
        """True if the day has no source and therefore no row."""
        return self == _NOTHING


_NOTHING = Sources()


class DayFigures(NamedTuple):
    """A row of ``daily_balances`` without its key, column by column; the heating value in thousandths of BTU/ft³."""

    nominated_m3: int | None
    nominated_mbtu: int | None
    nomination_revision: int | None
    authorised_m3: int | None
    authorised_mbtu: int | None
    cut_reason: str | None
    consumed_m3: int | None
    consumed_mbtu: int | None
    reading_state: str | None
    heating_value: int | None
    heating_value_provisional: bool
    adjustment_m3: int
    adjustment_mbtu: int

    @classmethod
    def of(cls, sources: Sources, *, unit: Unit, heating_value: int, provisional: bool) -> DayFigures:
        """Return the figures of a day with this heating value, at a point of this unit."""
        nominated_m3 = nominated_mbtu = revision = authorised_m3 = authorised_mbtu = cut = None
        consumed_m3 = consumed_mbtu = state = None
        if sources.nominated is not None:
            signed_in, amount, revision = sources.nominated
            nominated_m3, nominated_mbtu = _both(amount, signed_in, heating_value)
        if sources.authorised is not None:
            amount, cut = sources.authorised
            authorised_m3, authorised_mbtu = _both(amount, unit, heating_value)
        if sources.measured is not None:
            consumed_m3, state = sources.measured
            consumed_mbtu = micro_mbtu(consumed_m3, heating_value)
        moved_m3, moved_mbtu = sources.moved or (0, 0)
        return cls(
            nominated_m3,
            nominated_mbtu,
            revision,
            authorised_m3,
            authorised_mbtu,
            cut,
            consumed_m3,
            consumed_mbtu,
            state,
            heating_value,
            provisional,
            moved_m3,
            moved_mbtu,
        )

    def columns(self) -> dict[str, Any]:
        """Return the stored values of the row's columns."""
        return self._asdict()


class Totals(NamedTuple):
    """Sums of a month, or their change; ``measured_days`` are those with a consumption."""

    nominated_m3: int = 0
    nominated_mbtu: int = 0
    authorised_m3: int = 0
    authorised_mbtu: int = 0
    consumed_m3: int = 0
    consumed_mbtu: int = 0
    imbalance_m3: int = 0
    imbalance_mbtu: int = 0
    adjustment_m3: int = 0
    adjustment_mbtu: int = 0
    measured_days: int = 0

    @classmethod
    def of(cls, day: DayFigures | None) -> Totals:
        """Return the amounts that one day adds; zero without a row. D = A − C in each unit from its own figures."""
        if day is None:
            return _NO_TOTALS
        asked_m3, asked_mbtu, _, allowed_m3, allowed_mbtu, _, taken_m3, taken_mbtu, *_, moved_m3, moved_mbtu = day
        imbalance_m3 = imbalance_mbtu = measured = 0
        if taken_m3 is not None and taken_mbtu is not None:
            due_m3 = asked_m3 if allowed_m3 is None else allowed_m3
            due_mbtu = asked_mbtu if allowed_mbtu is None else allowed_mbtu
            imbalance_m3, imbalance_mbtu, measured = (due_m3 or 0) - taken_m3, (due_mbtu or 0) - taken_mbtu, 1
        return cls(
            asked_m3 or 0,
            asked_mbtu or 0,
            allowed_m3 or 0,
            allowed_mbtu or 0,
            taken_m3 or 0,
            taken_mbtu or 0,
            imbalance_m3,
            imbalance_mbtu,
            moved_m3,
            moved_mbtu,
            measured,
        )

    @classmethod
    def sum_of(cls, days: Sequence[DayFigures]) -> Totals:
        """Return the sum of several days."""
        return cls(*map(sum, zip(*map(cls.of, days), strict=True))) if days else _NO_TOTALS

    @property
    def movement(self) -> tuple[int, int]:
        """The change of the account, m³ and MBTU: imbalances and adjustments."""
        return self.imbalance_m3 + self.adjustment_m3, self.imbalance_mbtu + self.adjustment_mbtu

    def plus(self, other: Totals) -> Totals:
        """Return the sum of both."""
        return Totals(*map(add, self, other))

    def minus(self, other: Totals) -> Totals:
        """Return the difference: this minus the other."""
        return Totals(*map(sub, self, other))


_NO_TOTALS = Totals()


class MonthFigures(NamedTuple):
    """A row of ``monthly_balances`` without key and revision."""

    totals: Totals
    opening_m3: int = 0
    opening_mbtu: int = 0
    measured_before: int = 0

    @property
    def closing(self) -> tuple[int, int]:
        """The account after the last day of the month, m³ and MBTU."""
        moved_m3, moved_mbtu = self.totals.movement
        return self.opening_m3 + moved_m3, self.opening_mbtu + moved_mbtu

    def following(self, totals: Totals) -> MonthFigures:
        """Return the next month with figures, with the sums ``totals``."""
        return MonthFigures(totals, *self.closing, self.measured_before + self.totals.measured_days)

    def columns(self) -> dict[str, Any]:
        """Return the stored values of the row's columns."""
        closing_m3, closing_mbtu = self.closing
        return {
            **self.totals._asdict(),
            "opening_m3": self.opening_m3,
            "opening_mbtu": self.opening_mbtu,
            "closing_m3": closing_m3,
            "closing_mbtu": closing_mbtu,
            "measured_before": self.measured_before,
        }


# Month before the first: empty, so that the account begins at zero.
BEGINNING = MonthFigures(_NO_TOTALS)


def _both(amount: int, unit: str, heating_value: int) -> tuple[int, int]:
    if unit == Unit.M3:
        return amount, micro_mbtu(amount, heating_value)
    return micro_m3(amount, heating_value), amount
