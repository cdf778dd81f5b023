"""Punctuality of the distributor itself: counted once a day from append-only rows, and verified (adr/0169).

Every count of a month is made from the rows written before one moment, ``counted_until``, so that counting them
again as of that moment gives the same figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.domain.cases import EntryKind, answer_due, extended_due, lapses_at
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.punctuality import (
    MONTHS_SHOWN,
    CutCounts,
    MonthCounts,
    authorised_by,
    list_shown_months,
    measured_by,
    sum_months,
)
from portal.domain.readings import ReadingState
from portal.models import (
    Authorisation,
    Case,
    CaseEntry,
    DeliveryPoint,
    LateCorrection,
    LateHeatingValue,
    Nomination,
    PunctualityCut,
    PunctualityMonth,
    Reading,
)
from portal.services.store import duty_runs
from portal.services.store.acts import Act
from portal.services.store.transactions import one_moment, transaction
from portal.services.timetable import holidays

# After midnight, before the day is counted: what was written before it is committed by then.
SETTLED = timedelta(minutes=10)
_PointDay = tuple[int, GasDay]
_ENDS = (EntryKind.ANSWERED, EntryKind.PASSED_ON, EntryKind.LAPSED)
Progress = Callable[[int, int], None]


class ShownMonth(NamedTuple):
    """Month of the board; it may be in course."""

    month: Month
    counts: MonthCounts


class Board(NamedTuple):
    """Board as the public sees it: months, the newest first, their sum, and the cuts of all of them by reason.

    ``counted_until`` is the moment (aware, UTC) before which everything is counted; None before the first count, when
    there is no month.
    """

    counted_until: datetime | None
    months: Sequence[ShownMonth]
    total: MonthCounts
    cuts: Mapping[CutReason, CutCounts]


def load_board(session: Session) -> Board:
    """Return the counted months that are shown; two queries."""
    rows = session.scalars(select(PunctualityMonth).order_by(PunctualityMonth.month.desc()).limit(MONTHS_SHOWN)).all()
    if not rows:
        return Board(None, (), MonthCounts(), {})
    months = [ShownMonth(Month.of(GasDay(row.month)), _counts_of(row)) for row in rows]
    newest = rows[0]
    return Board(
        newest.counted_until,
        months,
        sum_months([each.counts for each in months]),
        _load_cuts(session, newest),
    )


def count_due(act: Act) -> int:
    """Count the months that are shown, once a Colombian day; commits. Return how many months were counted.

    The month in course and the one before it are counted anew, any other month that has no row yet.
    """
    session, today = act.session, GasDay.of(act.now)
    name = f"punctuality:{today.isoformat()}"
    if act.now < today.start + SETTLED or duty_runs.is_done(session, name=name):
        session.rollback()
        return 0
    counted = _count_shown(session, today)
    try:
        with transaction(session):
            duty_runs.take(act, name=name)
            _write(session, counted, shown=list_shown_months(today))
    except duty_runs.Taken:
        return 0
    return len(counted)


def rebuild(act: Act, *, progress: Progress | None = None) -> int:
    """Count every month that is shown anew, up to the last midnight; commits. Return how many there are."""
    session, today = act.session, GasDay.of(act.now)
    shown = list_shown_months(today)
    counted = {}
    with one_moment(session):
        for done, month in enumerate(shown, start=1):
            counted[month] = _count(session, month, today.start)
            if progress is not None:
                progress(done, len(shown))
    with transaction(session):
        _write(session, counted, shown=shown)
    return len(shown)


def verify(session: Session) -> str | None:
    """Count every stored month again as of its moment; return None if all agree, else the first difference."""
    with one_moment(session):
        for row in session.scalars(select(PunctualityMonth).order_by(PunctualityMonth.month)).all():
            month = Month.of(GasDay(row.month))
            right = _count(session, month, row.counted_until)
            kept = _Counted(row.counted_until, _counts_of(row), _load_cuts(session, row))
            difference = next(_differences(kept, right), None)
            if difference is not None:
                return f"the punctuality of {month}, {difference}"
        return None


class _Counted(NamedTuple):
    """Counts of a month, and the cuts of the twelve months that end with it."""

    until: datetime
    counts: MonthCounts
    cuts: Mapping[CutReason, CutCounts]


def _count_shown(session: Session, today: GasDay) -> dict[Month, _Counted]:
    with one_moment(session):
        known = set(session.scalars(select(PunctualityMonth.month)))
        shown = list_shown_months(today)
        wanted = [month for place, month in enumerate(shown) if place < 2 or month.first.date not in known]
        return {month: _count(session, month, today.start) for month in wanted}


def _write(session: Session, counted: Mapping[Month, _Counted], *, shown: Collection[Month]) -> None:
    """Replace the rows of the counted months, and drop those that are shown no longer."""
    gone = [month.first.date for month in counted]
    oldest = min(shown).first.date
    for model in (PunctualityMonth, PunctualityCut):
        session.execute(delete(model).where(model.month.in_(gone) | (model.month < oldest)))
    session.execute(
        insert(PunctualityMonth),
        [
            {"month": month.first.date, "counted_until": each.until, **each.counts._asdict()}
            for month, each in counted.items()
        ],
    )
    cuts = [
        {"month": month.first.date, "cut_reason": reason, **cut._asdict()}
        for month, each in counted.items()
        for reason, cut in each.cuts.items()
    ]
    if cuts:
        session.execute(insert(PunctualityCut), cuts)


def _count(session: Session, month: Month, until: datetime) -> _Counted:
    asked = _list_asked(session, month, until)
    authorised = _find_first(session, Authorisation, month, until)
    measured = _find_first(session, Reading, month, until, Reading.state != ReadingState.ESTIMATED)
    days: dict[GasDay, bool] = defaultdict(lambda: True)
    for point, day in asked:
        days[day] &= _in_time(authorised.get((point, day)), authorised_by(day))
    due = [key for key in asked if measured_by(key[1]) <= until]
    terms = list(_list_terms(session, month, until))
    counts = MonthCounts(
        days=len(days),
        days_kept=sum(days.values()),
        requests=len(asked),
        points=len({point for point, _ in asked}),
        readings=len(due),
        readings_kept=sum(_in_time(measured.get(key), measured_by(key[1])) for key in due),
        corrections=_count_corrections(session, month, until),
        terms=len(terms),
        terms_kept=sum(terms),
    )
    return _Counted(until, counts, _count_cuts(session, month, until))


def _in_time(moment: datetime | None, deadline: datetime) -> bool:
    return moment is not None and moment <= deadline


def _of_month(model: type[Nomination] | type[Authorisation] | type[Reading], month: Month) -> ColumnElement[bool]:
    # The points come first: every index of these tables begins with the point.
    return model.delivery_point_id.in_(select(DeliveryPoint.id)) & model.gas_day.between(month.first, month.last)


def _list_asked(session: Session, month: Month, until: datetime) -> list[_PointDay]:
    """Return the points that had asked for gas when their quantity was to be authorised, day by day.

    By the last revision before the deadline; late ones and cancellations ask for nothing.
    """
    rows = session.execute(
        select(Nomination.delivery_point_id, Nomination.gas_day, Nomination.received_at, Nomination.cancels)
        .where(_of_month(Nomination, month), Nomination.received_at < until, ~Nomination.is_late)
        .order_by(Nomination.delivery_point_id, Nomination.gas_day, Nomination.revision)
    )
    found: dict[_PointDay, bool] = {}
    for row in rows:
        deadline = authorised_by(row.gas_day)
        if row.received_at <= deadline <= until:
            found[row.delivery_point_id, row.gas_day] = not row.cancels
    return [key for key, asks in found.items() if asks]


def _find_first(
    session: Session,
    model: type[Authorisation] | type[Reading],
    month: Month,
    until: datetime,
    *conditions: ColumnElement[bool],
) -> dict[_PointDay, datetime]:
    """Return when each point's day got its first row."""
    rows = session.execute(
        select(model.delivery_point_id, model.gas_day, func.min(model.recorded_at).label("first_at"))
        .where(_of_month(model, month), model.recorded_at < until, *conditions)
        .group_by(model.delivery_point_id, model.gas_day)
    )
    return {(row.delivery_point_id, row.gas_day): row.first_at for row in rows}


def _count_corrections(session: Session, month: Month, until: datetime) -> int:
    """Return how many readings and heating values of closed months were corrected in ``month``."""
    models: tuple[type[LateCorrection] | type[LateHeatingValue], ...] = (LateCorrection, LateHeatingValue)
    return sum(
        session.scalar(select(func.count()).where(model.approved.is_(True), _decided(model.decided_at, month, until)))
        or 0
        for model in models
    )


def _decided(
    moment: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime], month: Month, until: datetime
) -> ColumnElement[bool]:
    return (moment >= month.first.start) & (moment < min(month.last.end, until))


def _list_terms(session: Session, month: Month, until: datetime) -> Iterator[bool]:
    """Yield of each term of a case that ended in ``month`` whether it was kept: answered, or passed on, within it.

    From the record alone, which nothing changes; the last day of a term is counted from its beginning.
    """
    known = holidays.read(session)
    ended = select(CaseEntry.case_id).where(CaseEntry.kind.in_(_ENDS), _decided(CaseEntry.written_at, month, until))
    rows = session.execute(
        select(CaseEntry.case_id, CaseEntry.kind, CaseEntry.written_at, Case.filed_at)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(CaseEntry.case_id.in_(ended), CaseEntry.written_at < until)
        .order_by(CaseEntry.case_id, CaseEntry.id)
    )
    due: dict[int, date] = {}
    for row in rows:
        if row.kind in (EntryKind.FILED, EntryKind.REOPENED):
            due[row.case_id] = answer_due(row.filed_at if row.kind is EntryKind.FILED else row.written_at, known)
        elif row.case_id in due and row.kind is EntryKind.EXTENDED:
            due[row.case_id] = extended_due(due[row.case_id], known)
        elif row.case_id in due and row.kind in _ENDS:
            last = due.pop(row.case_id)
            if month.first.start <= row.written_at < month.last.end:
                yield row.kind is not EntryKind.LAPSED and row.written_at < lapses_at(last)


def _count_cuts(session: Session, month: Month, until: datetime) -> dict[CutReason, CutCounts]:
    """Return the cuts of the twelve months that end with ``month``, by the quantities in force at ``until``."""
    first = list_shown_months(month.last)[-1].first
    later = aliased(Authorisation)
    replaced = exists().where(
        later.delivery_point_id == Authorisation.delivery_point_id,
        later.gas_day == Authorisation.gas_day,
        later.version > Authorisation.version,
        later.recorded_at < until,
    )
    rows = session.execute(
        select(Authorisation.cut_reason, Authorisation.delivery_point_id, Authorisation.gas_day).where(
            Authorisation.cut_reason.is_not(None),
            Authorisation.gas_day.between(first, month.last),
            Authorisation.recorded_at < until,
            ~replaced,
        )
    ).all()
    found: dict[CutReason, list[_PointDay]] = defaultdict(list)
    for row in rows:
        found[row.cut_reason].append((row.delivery_point_id, row.gas_day))
    return {
        reason: CutCounts(
            days=len({day for _, day in keys}), requests=len(keys), points=len({point for point, _ in keys})
        )
        for reason, keys in found.items()
    }


def _counts_of(row: PunctualityMonth) -> MonthCounts:
    return MonthCounts(**{name: getattr(row, name) for name in MonthCounts._fields})


def _load_cuts(session: Session, row: PunctualityMonth) -> dict[CutReason, CutCounts]:
    """Return the cuts that were stored with a month, the most frequent reason first."""
    cuts = session.scalars(
        select(PunctualityCut)
        .where(PunctualityCut.month == row.month)
        .order_by(PunctualityCut.requests.desc(), PunctualityCut.cut_reason)
    )
    return {each.cut_reason: CutCounts(each.days, each.requests, each.points) for each in cuts}


def _differences(kept: _Counted, right: _Counted) -> Iterator[str]:
    for name, have, want in zip(MonthCounts._fields, kept.counts, right.counts, strict=True):
        if have != want:
            yield f"{name}: {have} is stored, {want} is right"
    for reason in CutReason:
        if kept.cuts.get(reason) != right.cuts.get(reason):
            have_words, want_words = (_cut_words(each.cuts.get(reason)) for each in (kept, right))
            yield f"cuts {reason.value}: {have_words} is stored, {want_words} is right"


def _cut_words(cut: CutCounts | None) -> str:
    return "nothing" if cut is None else f"{cut.days} days, {cut.requests} requests, {cut.points} points"
