"""Recomputation of a point's projection from the append-only tables, without reading the stored one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal.domain.authorisations import answers
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY
from portal.models import DeliveryPoint
from portal.services.ledger.heating_values import History
from portal.services.store.statements import day_of

from . import hot
from .figures import BEGINNING, DayFigures, Judge, MonthFigures, Sources, Totals, find_last_measured
from .judges import JudgeOfMonth, list_judges
from .queries import choose_authoritative


class Projection(NamedTuple):
    """Rows that ``daily_balances`` and ``monthly_balances`` should hold for a point, in order."""

    days: dict[date, DayFigures]
    months: dict[date, MonthFigures]


class Recomputer:
    """Computes one point after the other; reads the heating values of an exit point once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._heating_values: dict[int, History] = {}

    def of(self, point: DeliveryPoint) -> Projection:
        """Return the rows that the projection of ``point`` should hold."""
        days = self.days(point, first=FIRST_GAS_DAY.date, last=LAST_GAS_DAY.date)
        return Projection(days, dict(_months(days, list_judges(self._session, point))))

    def days(self, point: DeliveryPoint, *, first: date, last: date) -> dict[date, DayFigures]:
        """Return the rows that ``daily_balances`` should hold for the days from ``first`` to ``last``, in order."""
        history = self.history_of(point)
        found: dict[date, DayFigures] = {}
        for day, sources in list_sources(self._session, point, first, last):
            value, provisional = history.at(day, delivery_point_id=point.id)
            found[day] = DayFigures.of(sources, unit=point.unit, heating_value=value, provisional=provisional)
        return found

    def forecast(self, point: DeliveryPoint, *, added: Mapping[date, Sources]) -> Iterator[ExpectedDay]:
        """Yield the account of each day, in order, that follows once these rows are added to those that are there.

        Of a kind that the day has already the stored row counts; adjustments are added up.
        """
        history = self.history_of(point)
        stored = dict(list_sources(self._session, point, FIRST_GAS_DAY.date, LAST_GAS_DAY.date))
        judge = Judge(point.unit, 0)
        month, month_m3, month_mbtu, total_m3, total_mbtu = (0, 0), 0, 0, 0, 0
        for day in sorted(stored.keys() | added.keys()):
            sources = _merge(stored.get(day), added.get(day))
            value, provisional = history.at(day, delivery_point_id=point.id)
            figures = DayFigures.of(sources, unit=point.unit, heating_value=value, provisional=provisional)
            by = Totals.of(figures, judge)
            if month != (day.year, day.month):
                month, month_m3, month_mbtu = (day.year, day.month), 0, 0
            month_m3, month_mbtu = month_m3 + by.imbalance_m3, month_mbtu + by.imbalance_mbtu
            moved_m3, moved_mbtu = by.movement
            total_m3, total_mbtu = total_m3 + moved_m3, total_mbtu + moved_mbtu
            yield ExpectedDay(
                day, by.imbalance_m3, by.imbalance_mbtu, month_m3, month_mbtu, total_m3, total_mbtu, figures
            )

    def history_of(self, point: DeliveryPoint) -> History:
        """Return the heating values of a point's gate, read once."""
        history = self._heating_values.get(point.exit_point_id)
        if history is None:
            history = History(self._session, exit_point_id=point.exit_point_id)
            self._heating_values[point.exit_point_id] = history
        return history


class ExpectedDay(NamedTuple):
    """Account of a day in millionths of m³ and MBTU: its imbalance, the month's up to it, and the account after it."""

    day: date
    imbalance_m3: int
    imbalance_mbtu: int
    month_m3: int
    month_mbtu: int
    total_m3: int
    total_mbtu: int
    figures: DayFigures


def _merge(stored: Sources | None, added: Sources | None) -> Sources:
    if stored is None or added is None:
        return stored or added or Sources()
    moved = stored.moved or added.moved
    if stored.moved is not None and added.moved is not None:
        moved = stored.moved[0] + added.moved[0], stored.moved[1] + added.moved[1]
    return Sources(
        stored.nominated or added.nominated,
        stored.authorised or added.authorised,
        stored.measured or added.measured,
        moved,
    )


def compute_movement(
    session: Session, point: DeliveryPoint, *, values: Mapping[date, int], consumed: Mapping[date, int]
) -> tuple[int, int]:
    """Return the imbalance, m³ and MBTU, of the days of ``values``, each converted with its thousandths of BTU/ft³.

    ``consumed`` replaces the reading of a day, in millionths of m³.
    """
    days: list[DayFigures] = []
    for day, sources in list_sources(session, point, min(values), max(values)) if values else ():
        if day in values:
            told = sources
            if day in consumed and sources.measured is not None:
                told = sources._replace(measured=(consumed[day], sources.measured[1]))
            days.append(DayFigures.of(told, unit=point.unit, heating_value=values[day], provisional=False))
    totals = Totals.sum_of(days, Judge(point.unit, 0))
    return totals.imbalance_m3, totals.imbalance_mbtu


def list_sources(session: Session, point: DeliveryPoint, first: date, last: date) -> Iterator[tuple[date, Sources]]:
    """Yield the days from ``first`` to ``last`` with a row of any kind, and what counts of it, in order."""
    between = {"point": point.id, "first": first, "last": last}
    unit = point.unit
    nominated: dict[date, tuple[str, int, int]] = {}
    since: dict[date, Any] = {}
    # Days with a cancelled nomination: their rows stay, with empty figures.
    cancelled = {day_of(row.gas_day): row.at for row in hot.CANCELLED.named(session, hot.CancelledRow, **between)}
    since.update(cancelled)
    for row in hot.NOMINATIONS.named(session, hot.NominationRow, **between):
        day = day_of(row.gas_day)
        nominated[day] = (row.unit, choose_authoritative(row.quantity_m3, row.quantity_mbtu, row.unit), row.revision)
        since[day] = row.received_at
    for late in hot.ACCEPTED_LATE.named(session, hot.AcceptedLateRow, **between):
        day = day_of(late.gas_day)
        if day in nominated and nominated[day][2] == late.revision:
            since[day] = late.decided_at
    authorised: dict[date, tuple[int, str | None]] = {}
    for given in hot.AUTHORISATIONS.named(session, hot.AuthorisationRow, **between):
        day = day_of(given.gas_day)
        # Of several versions the newest comes last: keep it only if it answers the nomination in force.
        authorised.pop(day, None)
        in_force = nominated[day][2] if day in nominated else None
        if answers(given.revision, given.recorded_at, revision=in_force, since=since.get(day)):
            authorised[day] = (choose_authoritative(given.quantity_m3, given.quantity_mbtu, unit), given.cut_reason)
    measured = {
        day_of(read.gas_day): (read.volume_m3, read.state)
        for read in hot.READINGS.named(session, hot.ReadingRow, **between)
        if point.handed_on is None or day_of(read.gas_day) < point.handed_on.date
    }
    moved: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for by in hot.ADJUSTMENTS.named(session, hot.AdjustmentRow, **between):
        m3, mbtu = moved[day_of(by.gas_day)]
        moved[day_of(by.gas_day)] = (m3 + by.quantity_m3, mbtu + by.quantity_mbtu)
    for day in sorted({*nominated, *authorised, *measured, *moved, *cancelled}):
        yield day, Sources(nominated.get(day), authorised.get(day), measured.get(day), moved.get(day))


def _months(days: dict[date, DayFigures], judges: JudgeOfMonth) -> Iterator[tuple[date, MonthFigures]]:
    before = BEGINNING
    for (year, month), of_month in groupby(days.items(), lambda item: (item[0].year, item[0].month)):
        first = date(year, month, 1)
        judge, listed = judges(first), list(of_month)
        totals = Totals.sum_of([figures for _, figures in listed], judge)
        before = before.following(totals, find_last_measured(listed, judge), judge.strain_of(totals))
        yield first, before
