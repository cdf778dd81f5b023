"""Figures of a day and a month of the projection, computed from the append-only rows.

All amounts are whole millionths, as the columns store them: an account is made of thousands of days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import add, itemgetter, sub
from typing import Any, NamedTuple

from portal.domain.balance import compute_strain
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


class Coming(NamedTuple):
    """Revision that the transaction puts in force: its unit as stored, amount in it, number, and since when."""

    unit: str
    amount: int
    revision: int
    since: datetime


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


class Judge(NamedTuple):
    """Unit of a point and the tolerance of its contract in a month, in hundredths of a percent."""

    unit: Unit
    tolerance_basis_points: int

    def is_out(self, due_m3: int, taken_m3: int, due_mbtu: int, taken_mbtu: int) -> bool:
        """Tell whether a measured day is out of tolerance, judged in the unit of the point.

        As ``domain.balance.is_out_of_tolerance``, in whole millionths: an account is made of thousands of days.
        """
        due, taken = (due_m3, taken_m3) if self.unit is Unit.M3 else (due_mbtu, taken_mbtu)
        return due > 0 and abs(taken - due) * _BASIS_POINTS > self.tolerance_basis_points * due

    def strain_of(self, totals: Totals) -> int:
        """Return the strain of a month: its imbalance against the tolerance of the sum due (adr/0129)."""
        if self.unit is Unit.M3:
            consumed, imbalance = totals.consumed_m3, totals.imbalance_m3
        else:
            consumed, imbalance = totals.consumed_mbtu, totals.imbalance_mbtu
        return compute_strain(consumed + imbalance, imbalance, self.tolerance_basis_points)


_BASIS_POINTS = 10_000


class LastMeasured(NamedTuple):
    """Last measured day of a month, and its imbalance."""

    on: date
    imbalance_m3: int
    imbalance_mbtu: int


def find_last_measured(days: Iterable[tuple[date, DayFigures]], judge: Judge) -> LastMeasured | None:
    """Return the last of these days that has a consumption, with its imbalance; None without one."""
    on, figures = max(
        ((day, each) for day, each in days if each.consumed_m3 is not None), default=(None, None), key=itemgetter(0)
    )
    if on is None or figures is None:
        return None
    totals = Totals.of(figures, judge)
    return LastMeasured(on, totals.imbalance_m3, totals.imbalance_mbtu)


class Totals(NamedTuple):
    """Sums of a month, or their change; ``measured_days`` are those with a consumption, ``days_out`` those of them
    that are out of tolerance.
    """

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
    days_out: int = 0
    measured_days: int = 0

    @classmethod
    def of(cls, day: DayFigures | None, judge: Judge) -> Totals:
        """Return the amounts that one day adds; zero without a row. D = A − C in each unit from its own figures."""
        if day is None:
            return _NO_TOTALS
        asked_m3, asked_mbtu, _, allowed_m3, allowed_mbtu, _, taken_m3, taken_mbtu, *_, moved_m3, moved_mbtu = day
        imbalance_m3 = imbalance_mbtu = days_out = measured = 0
        if taken_m3 is not None and taken_mbtu is not None:
            due_m3 = asked_m3 if allowed_m3 is None else allowed_m3
            due_mbtu = asked_mbtu if allowed_mbtu is None else allowed_mbtu
            imbalance_m3, imbalance_mbtu, measured = (due_m3 or 0) - taken_m3, (due_mbtu or 0) - taken_mbtu, 1
            days_out = judge.is_out(due_m3 or 0, taken_m3, due_mbtu or 0, taken_mbtu)
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
            days_out,
            measured,
        )

    @classmethod
    def sum_of(cls, days: Sequence[DayFigures], judge: Judge) -> Totals:
        """Return the sum of several days of one month."""
        return cls(*map(sum, zip(*[cls.of(day, judge) for day in days], strict=True))) if days else _NO_TOTALS

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


class MonthChange(NamedTuple):
    """Change of a month: the difference of its sums, and the last of the changed days that is measured.

    ``judge`` is that of the month.
    """

    by: Totals
    last: LastMeasured | None
    judge: Judge


class MonthFigures(NamedTuple):
    """A row of ``monthly_balances`` without key and revision."""

    totals: Totals
    opening_m3: int = 0
    opening_mbtu: int = 0
    measured_before: int = 0
    last: LastMeasured | None = None
    strain: int = 0

    @property
    def closing(self) -> tuple[int, int]:
        """The account after the last day of the month, m³ and MBTU."""
        moved_m3, moved_mbtu = self.totals.movement
        return self.opening_m3 + moved_m3, self.opening_mbtu + moved_mbtu

    def following(self, totals: Totals, last: LastMeasured | None = None, strain: int = 0) -> MonthFigures:
        """Return the next month with figures, with the sums ``totals``."""
        return MonthFigures(totals, *self.closing, self.measured_before + self.totals.measured_days, last, strain)

    def changed(self, change: MonthChange) -> MonthFigures:
        """Return the month after a change of some of its days; a measured day never becomes one without reading."""
        totals, last = self.totals.plus(change.by), self.last
        if change.last is not None and (last is None or change.last.on >= last.on):
            last = change.last
        return self._replace(totals=totals, last=last, strain=change.judge.strain_of(totals))

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
            "strain": self.strain,
            "last_measured_on": None if self.last is None else self.last.on,
            "last_imbalance_m3": None if self.last is None else self.last.imbalance_m3,
            "last_imbalance_mbtu": None if self.last is None else self.last.imbalance_mbtu,
        }


# Month before the first: empty, so that the account begins at zero.
BEGINNING = MonthFigures(_NO_TOTALS)


def _both(amount: int, unit: str, heating_value: int) -> tuple[int, int]:
    if unit == Unit.M3:
        return amount, micro_mbtu(amount, heating_value)
    return micro_m3(amount, heating_value), amount
