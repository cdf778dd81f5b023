"""News of an account: old value, new value, and the effect of each change on the accumulated balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.domain.balance import ChangeKind, find_reading_change
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import AccountVisit, Adjustment, Authorisation, DailyBalance, MonthClosing, Reading
from portal.services.keys.visits import FIRST_LOOK_BACK
from portal.services.ledger.heating_values import REFERENCE
from portal.services.points import service_days

from . import hot


class Metered(Protocol):
    """A delivery point, by row id and unit."""

    @property
    def id(self) -> int:
        """The row id."""

    @property
    def unit(self) -> Unit:
        """The unit of its account."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change, in the unit of the point; ``effect`` is its effect on the accumulated balance.

    ``old`` and ``new`` are the day's figures before and after; an adjustment has only ``effect``, a closed
    month only ``new``, its closing balance. ``effect`` is None where it does not touch the account, or not yet: a
    cut counts once the day is measured. ``gas_day`` of a month is its last day.
    """

    kind: ChangeKind
    gas_day: GasDay
    at: datetime
    old: Quantity | None
    new: Quantity | None
    effect: Quantity | None
    words: str | None = None
    reason: AdjustmentReason | CutReason | None = None


@dataclass(frozen=True, slots=True)
class PointNews:
    """Unread changes of a point's account, newest day first, and their total effect on the balance.

    ``first_visit`` is true when nothing was marked as read yet: ``since`` then only limits the look-back.
    """

    since: datetime
    first_visit: bool
    changes: tuple[Change, ...]
    effect: Quantity


def has_news(session: Session, *, user_id: int, delivery_point_id: int) -> bool:
    """Tell whether ``load_news`` may have something to report, by one cheap query, made with every sheet."""
    return hot.ANYTHING.first(session, user=user_id, point=delivery_point_id) is not None


def load_news(session: Session, *, user_id: int, points: Sequence[Metered]) -> dict[int, PointNews]:
    """Return the unread changes of these points' accounts, by point id.

    One query while nothing changed, five more for any number of points. Points without a change are left out.
    """
    rows = hot.ANYWHERE.listed(session, hot.UnreadRow, [point.id for point in points], user=user_id)
    of_points = [row.delivery_point_id for row in rows]
    if not of_points:
        return {}
    visits = {
        visit.delivery_point_id: visit
        for visit in session.scalars(
            select(AccountVisit).where(AccountVisit.user_id == user_id, AccountVisit.delivery_point_id.in_(of_points))
        )
    }
    units = {point.id: point.unit for point in points}
    found: dict[int, list[Change]] = defaultdict(list)
    seen = [visit.seen_until for visit in visits.values()]
    if not seen:
        return {}
    asked = {"user": user_id, "points": list(visits)}
    for read in (_readings, _adjustments, _cuts, _closings):
        for point_id, change in read(session, asked, visits, units):
            found[point_id].append(change)
    return {
        point_id: _told(visits[point_id], units[point_id], changes) for point_id, changes in found.items() if changes
    }


def _told(visit: AccountVisit, unit: Unit, changes: list[Change]) -> PointNews:
    effect = sum([change.effect.micro for change in changes if change.effect is not None])
    ordered = sorted(changes, key=lambda change: (change.gas_day, change.at), reverse=True)
    never_read = visit.seen_until == visit.opened_at - FIRST_LOOK_BACK
    return PointNews(visit.seen_until, never_read, tuple(ordered), Quantity(effect, unit))


def _same_day(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.delivery_point_id == other.delivery_point_id, one.gas_day == other.gas_day)


_Asked = dict[str, Any]
_Visits = dict[int, AccountVisit]
_Units = dict[int, Unit]
_Found = Iterator[tuple[int, Change]]


def _unread(model: Any, moment: Any) -> ColumnElement[bool]:
    """Join a row to the visit that has not seen it."""
    return and_(
        AccountVisit.delivery_point_id == model.delivery_point_id,
        AccountVisit.user_id == bindparam("user"),
        moment > AccountVisit.seen_until,
    )


_OF_POINTS = AccountVisit.delivery_point_id.in_(bindparam("points", expanding=True))
_FRESH = (
    select(Reading.delivery_point_id, Reading.gas_day)
    .join(AccountVisit, _unread(Reading, Reading.recorded_at))
    .where(hot.REPLACES, _OF_POINTS, ~service_days.is_handed_on(Reading))
    .distinct()
    .subquery()
)
_READINGS = (
    select(Reading, DailyBalance.heating_value)
    .join(_FRESH, and_(_FRESH.c.delivery_point_id == Reading.delivery_point_id, _FRESH.c.gas_day == Reading.gas_day))
    .outerjoin(DailyBalance, _same_day(DailyBalance, Reading))
    .order_by(Reading.delivery_point_id, Reading.gas_day, Reading.version)
)
_CUTS = (
    select(Authorisation, DailyBalance)
    .join(AccountVisit, _unread(Authorisation, Authorisation.recorded_at))
    .outerjoin(DailyBalance, _same_day(DailyBalance, Authorisation))
    .where(hot.IS_CUT, _OF_POINTS, ~service_days.is_handed_on(Authorisation))
    .order_by(Authorisation.delivery_point_id, Authorisation.gas_day, Authorisation.version)
)
_ADJUSTMENTS = select(Adjustment).join(AccountVisit, _unread(Adjustment, Adjustment.recorded_at)).where(_OF_POINTS)
_Before = aliased(MonthClosing, name="before")
_CLOSINGS = (
    select(MonthClosing, _Before)
    .join(AccountVisit, _unread(MonthClosing, MonthClosing.closed_at))
    .outerjoin(
        _Before,
        and_(
            _Before.delivery_point_id == MonthClosing.delivery_point_id,
            _Before.month == MonthClosing.month,
            _Before.version == MonthClosing.version - 1,
        ),
    )
    .where(_OF_POINTS)
)


def _readings(session: Session, asked: _Asked, visits: _Visits, units: _Units) -> _Found:
    rows = session.execute(_READINGS, asked).all()
    for (point_id, day), versions in groupby(rows, lambda row: (row.Reading.delivery_point_id, row.Reading.gas_day)):
        of_day = list(versions)
        known = [row for row in of_day if row.Reading.recorded_at <= visits[point_id].seen_until]
        if not known:
            # No figure of that day was visible before: the new one replaces nothing.
            continue
        before, after = known[-1].Reading, of_day[-1].Reading
        kind = find_reading_change((before.state, before.volume_m3), (after.state, after.volume_m3))
        if kind is None:
            continue
        value = of_day[-1].heating_value or REFERENCE
        old, new = (Gas.of(each.volume_m3, value).in_unit(units[point_id]) for each in (before, after))
        yield point_id, Change(kind, day, after.recorded_at, old, new, old - new, after.reason)


def _cuts(session: Session, asked: _Asked, _visits: _Visits, units: _Units) -> _Found:
    rows = session.execute(_CUTS, asked).all()
    for (point_id, day), versions in groupby(
        rows, lambda row: (row.Authorisation.delivery_point_id, row.Authorisation.gas_day)
    ):
        newest = list(versions)[-1]
        unit, of_day = units[point_id], newest.DailyBalance
        if of_day is None or of_day.authorised_m3 is None or of_day.cut_reason is None:
            # A later authorisation without a cut has replaced it.
            continue
        asked_for, given = _nominated(of_day, unit), _authorised(of_day, unit)
        effect = given - asked_for if of_day.consumed_m3 is not None else None
        cut = newest.Authorisation
        yield point_id, Change(ChangeKind.CUT, day, cut.recorded_at, asked_for, given, effect, None, cut.cut_reason)


def _adjustments(session: Session, asked: _Asked, _visits: _Visits, units: _Units) -> _Found:
    for moved in session.scalars(_ADJUSTMENTS, asked):
        effect = Gas(moved.quantity_m3, moved.quantity_mbtu).in_unit(units[moved.delivery_point_id])
        yield (
            moved.delivery_point_id,
            Change(ChangeKind.ADJUSTED, moved.gas_day, moved.recorded_at, None, None, effect, moved.note, moved.reason),
        )


def _closings(session: Session, asked: _Asked, _visits: _Visits, units: _Units) -> _Found:
    for row in session.execute(_CLOSINGS, asked):
        closing: MonthClosing = row.MonthClosing
        before: MonthClosing | None = row.before
        unit = units[closing.delivery_point_id]
        last = Month.of(GasDay(closing.month)).last
        # The effect of a restated month is reported with the readings that caused it.
        old = None if before is None else Gas(before.closing_m3, before.closing_mbtu).in_unit(unit)
        new = Gas(closing.closing_m3, closing.closing_mbtu).in_unit(unit)
        kind = ChangeKind.CLOSED if before is None else ChangeKind.RESTATED
        yield closing.delivery_point_id, Change(kind, last, closing.closed_at, old, new, None, closing.statement_number)


def _nominated(of_day: DailyBalance, unit: Unit) -> Quantity:
    if of_day.nominated_m3 is None or of_day.nominated_mbtu is None:
        return Quantity.zero(unit)
    return Gas(of_day.nominated_m3, of_day.nominated_mbtu).in_unit(unit)


def _authorised(of_day: DailyBalance, unit: Unit) -> Quantity:
    if of_day.authorised_m3 is None or of_day.authorised_mbtu is None:
        return Quantity.zero(unit)
    return Gas(of_day.authorised_m3, of_day.authorised_mbtu).in_unit(unit)
