"""Recomputation of a point's projection from the append-only tables, without reading the stored one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, func, select, text
from sqlalchemy.orm import Session

from portal.domain.authorisations import answers
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY
from portal.models import Adjustment, Authorisation, DeliveryPoint, LateDecision, Nomination, NominationHead, Reading
from portal.services.ledger.heating_values import History
from portal.services.store.statements import Statement, day_of

from .figures import BEGINNING, DayFigures, MonthFigures, Sources, Totals
from .queries import authoritative
from .tables import POINT

FIRST: BindParameter[date] = bindparam("first")
LAST: BindParameter[date] = bindparam("last")
_NOMINATIONS = Statement(
    select(
        NominationHead.gas_day,
        Nomination.unit,
        Nomination.quantity_m3,
        Nomination.quantity_mbtu,
        Nomination.revision,
        Nomination.received_at,
    )
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .where(NominationHead.delivery_point_id == POINT, NominationHead.gas_day.between(FIRST, LAST))
)
_CANCELLED = Statement(
    select(Nomination.gas_day, func.max(Nomination.received_at))
    .where(
        # Same predicate as the partial index; otherwise SQLite scans the table.
        Nomination.delivery_point_id == POINT,
        Nomination.gas_day.between(FIRST, LAST),
        text("nominations.cancels"),
    )
    .group_by(Nomination.gas_day)
)
_ACCEPTED_LATE = Statement(
    select(Nomination.gas_day, Nomination.revision, LateDecision.decided_at)
    .join(LateDecision, LateDecision.nomination_id == Nomination.id)
    .where(Nomination.delivery_point_id == POINT, Nomination.gas_day.between(FIRST, LAST), text("nominations.is_late"))
)
_AUTHORISATIONS = Statement(
    select(
        Authorisation.gas_day,
        Authorisation.quantity_m3,
        Authorisation.quantity_mbtu,
        Authorisation.cut_reason,
        Authorisation.revision,
        Authorisation.recorded_at,
    )
    .where(Authorisation.delivery_point_id == POINT, Authorisation.gas_day.between(FIRST, LAST))
    .order_by(Authorisation.gas_day, Authorisation.version)
)
_READINGS = Statement(
    select(Reading.gas_day, Reading.volume_m3, Reading.state)
    .where(Reading.delivery_point_id == POINT, Reading.gas_day.between(FIRST, LAST))
    .order_by(Reading.gas_day, Reading.version)
)
_ADJUSTMENTS = Statement(
    select(Adjustment.gas_day, Adjustment.quantity_m3, Adjustment.quantity_mbtu).where(
        Adjustment.delivery_point_id == POINT, Adjustment.gas_day.between(FIRST, LAST)
    )
)


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
        return Projection(days, dict(_months(days)))

    def days(self, point: DeliveryPoint, *, first: date, last: date) -> dict[date, DayFigures]:
        """Return the rows that ``daily_balances`` should hold for the days from ``first`` to ``last``, in order."""
        history = self._heating_values.get(point.exit_point_id)
        if history is None:
            history = History(self._session, exit_point_id=point.exit_point_id)
            self._heating_values[point.exit_point_id] = history
        found: dict[date, DayFigures] = {}
        for day, sources in _sources(self._session, point, first, last):
            value, provisional = history.at(day, delivery_point_id=point.id)
            found[day] = DayFigures.of(sources, unit=point.unit, heating_value=value, provisional=provisional)
        return found


def movement_with(
    session: Session, point: DeliveryPoint, *, values: Mapping[date, int], consumed: Mapping[date, int]
) -> tuple[int, int]:
    """Return the imbalance, m³ and MBTU, of the days of ``values``, each converted with its thousandths of BTU/ft³.

    ``consumed`` replaces the reading of a day, in millionths of m³.
    """
    days: list[DayFigures] = []
    for day, sources in _sources(session, point, min(values), max(values)) if values else ():
        if day in values:
            told = sources
            if day in consumed and sources.measured is not None:
                told = sources._replace(measured=(consumed[day], sources.measured[1]))
            days.append(DayFigures.of(told, unit=point.unit, heating_value=values[day], provisional=False))
    totals = Totals.sum_of(days)
    return totals.imbalance_m3, totals.imbalance_mbtu


def _sources(session: Session, point: DeliveryPoint, first: date, last: date) -> Iterator[tuple[date, Sources]]:
    between = {"point": point.id, "first": first, "last": last}
    unit = point.unit
    nominated: dict[date, tuple[str, int, int]] = {}
    since: dict[date, Any] = {}
    # Days with a cancelled nomination: their rows stay, with empty figures.
    cancelled = {day_of(day): at for day, at in _CANCELLED.tuples(session, **between)}
    since.update(cancelled)
    for at_day, signed_in, m3, mbtu, revision, received in _NOMINATIONS.tuples(session, **between):
        day = day_of(at_day)
        nominated[day] = (signed_in, authoritative(m3, mbtu, signed_in), revision)
        since[day] = received
    for at_day, revision, decided in _ACCEPTED_LATE.tuples(session, **between):
        day = day_of(at_day)
        if day in nominated and nominated[day][2] == revision:
            since[day] = decided
    authorised: dict[date, tuple[int, str | None]] = {}
    for at_day, m3, mbtu, cut, given_for, recorded in _AUTHORISATIONS.tuples(session, **between):
        day = day_of(at_day)
        # Of several versions the newest comes last: keep it only if it answers the nomination in force.
        authorised.pop(day, None)
        in_force = nominated[day][2] if day in nominated else None
        if answers(given_for, recorded, revision=in_force, since=since.get(day)):
            authorised[day] = (authoritative(m3, mbtu, unit), cut)
    measured = {day_of(day): (volume, state) for day, volume, state in _READINGS.tuples(session, **between)}
    moved: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for day, m3, mbtu in _ADJUSTMENTS.tuples(session, **between):
        so_far = moved[day_of(day)]
        moved[day_of(day)] = (so_far[0] + m3, so_far[1] + mbtu)
    for day in sorted({*nominated, *authorised, *measured, *moved, *cancelled}):
        yield day, Sources(nominated.get(day), authorised.get(day), measured.get(day), moved.get(day))


def _months(days: dict[date, DayFigures]) -> Iterator[tuple[date, MonthFigures]]:
    before = BEGINNING
    for (year, month), of_month in groupby(days.items(), lambda item: (item[0].year, item[0].month)):
        before = before.following(Totals.sum_of([figures for _, figures in of_month]))
        yield date(year, month, 1), before
