"""History: the revisions of each day that this session may see, with their states and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import NominationState, Standing, state_of
from portal.domain.modalities import Modality
from portal.domain.quantities import Gas, Quantity
from portal.domain.readings import ReadingState
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.models import (
    Authorisation,
    DailyBalance,
    DeliveryPoint,
    LateDecision,
    Nomination,
    NominationHead,
    ShiftNote,
)
from portal.services import timetable
from portal.services.keys import grants
from portal.services.store.acts import Act

PointDay = tuple[int, GasDay]


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision, its state, the one whose quantity it changed, and the operator's decision if it came late.

    ``given`` is the authorised quantity, in its unit, where it is less than asked and has a reason.
    """

    nomination: Nomination
    state: NominationState
    before: Nomination | None
    decision: LateDecision | None
    given: Quantity | None


@dataclass(frozen=True, slots=True)
class DayHistory:
    """Every revision of a point and gas day, newest first, and the notes for the shift."""

    gas_day: GasDay
    point: DeliveryPoint
    revisions: list[Revision]
    notes: list[ShiftNote]


@dataclass(frozen=True, slots=True)
class MonthHistory:
    """Days of the month with revisions, newest first; and the points whose days need their key to be shown."""

    month: Month
    days: list[DayHistory]
    closed_points: list[DeliveryPoint]


def load_month_history(act: Act, *, modality: Modality, month: Month) -> MonthHistory:
    """Return the revisions of a month under the contracts this session holds open, by at most twelve queries.

    All revisions of the points opened with their numeric key, and those this person signed where the key was given
    before and still opens.
    """
    contracts = grants.list_opened_contracts(act, modality=modality)
    points = {point.id: point for point in grants.list_points(act.session, contracts=contracts)}
    opened = grants.list_opened_point_ids(act) & points.keys()
    proved = (opened | grants.list_proved_before(act)) & points.keys()
    rows = (
        act.session.scalars(
            select(Nomination)
            .where(
                or_(
                    Nomination.delivery_point_id.in_(opened),
                    and_(Nomination.delivery_point_id.in_(proved), Nomination.signed_by_id == act.actor.user_id),
                ),
                Nomination.gas_day.between(month.first, month.last),
            )
            .order_by(Nomination.gas_day.desc(), Nomination.delivery_point_id, Nomination.revision)
        )
        .unique()
        .all()
    )
    by_day: dict[PointDay, list[Nomination]] = {}
    for row in rows:
        by_day.setdefault((row.delivery_point_id, row.gas_day), []).append(row)
    known = _known(act, points=list(points), month=month, rows=rows, modality=modality)
    days = [
        DayHistory(
            day,
            points[point_id],
            [_revision(revisions, place, known) for place in reversed(range(len(revisions)))],
            known.notes.get((point_id, day), []) if point_id in opened else [],
        )
        for (point_id, day), revisions in by_day.items()
    ]
    return MonthHistory(month, days, [point for point in points.values() if point.id not in opened])


@dataclass(frozen=True, slots=True)
class _Known:
    heads: dict[PointDay, int]
    last: dict[PointDay, int]
    accounts: dict[PointDay, DailyBalance]
    authorised: dict[PointDay, Gas]
    decisions: dict[int, LateDecision]
    notes: dict[PointDay, list[ShiftNote]]
    windows: Sequence[Window]
    modality: Modality
    now: datetime


def _known(act: Act, *, points: list[int], month: Month, rows: Sequence[Nomination], modality: Modality) -> _Known:
    session = act.session
    heads = session.execute(
        select(NominationHead.delivery_point_id, NominationHead.gas_day, NominationHead.revision).where(
            NominationHead.delivery_point_id.in_(points), NominationHead.gas_day.between(month.first, month.last)
        )
    )
    accounts = session.scalars(
        select(DailyBalance).where(
            DailyBalance.delivery_point_id.in_(points), DailyBalance.gas_day.between(month.first, month.last)
        )
    )
    # Of several versions the newest comes last and replaces earlier ones.
    authorised = session.scalars(
        select(Authorisation)
        .where(Authorisation.delivery_point_id.in_(points), Authorisation.gas_day.between(month.first, month.last))
        .order_by(Authorisation.version)
    )
    late = [row.id for row in rows if row.is_late]
    decisions = session.scalars(select(LateDecision).where(LateDecision.nomination_id.in_(late))).all() if late else []
    notes: dict[PointDay, list[ShiftNote]] = {}
    for note in session.scalars(
        select(ShiftNote)
        .where(ShiftNote.delivery_point_id.in_(points), ShiftNote.gas_day.between(month.first, month.last))
        .order_by(ShiftNote.id)
    ):
        notes.setdefault((note.delivery_point_id, note.gas_day), []).append(note)
    last: dict[PointDay, int] = {}
    for row in rows:
        key = (row.delivery_point_id, row.gas_day)
        last[key] = max(last.get(key, 0), row.revision)
    return _Known(
        heads={(row.delivery_point_id, row.gas_day): row.revision for row in heads},
        last=last,
        accounts={(row.delivery_point_id, row.gas_day): row for row in accounts},
        authorised={(row.delivery_point_id, row.gas_day): row.gas for row in authorised},
        decisions={decision.nomination_id: decision for decision in decisions},
        notes=notes,
        windows=timetable.list_windows(session),
        modality=modality,
        now=act.now,
    )


def _revision(revisions: Sequence[Nomination], place: int, known: _Known) -> Revision:
    nomination = revisions[place]
    day, key = nomination.gas_day, (nomination.delivery_point_id, nomination.gas_day)
    decision = known.decisions.get(nomination.id)
    account = known.accounts.get(key)
    authorised = None
    # The account's authorised quantity is set only where an authorisation answers the revision in force; it is of the
    # unit of the point, and its other unit of the heating value of now. What was authorised is recorded in both.
    if account is not None and account.authorised_m3 is not None and key in known.authorised:
        authorised = known.authorised[key].in_unit(nomination.unit)
    in_force = known.heads.get(key) == nomination.revision
    standing = Standing(
        nominated=nomination.quantity,
        in_force=in_force,
        cancelled=_is_cancelled(revisions, place),
        is_late=nomination.is_late,
        accepted=None if decision is None else decision.accepted,
        superseded=nomination.revision < known.last[key],
        closed=_has_closed(known, day),
        authorised=authorised,
        cut_reason=None if account is None else account.cut_reason,
        day_begun=known.now >= day.start,
        measured=account is not None and account.reading_state is not None and known.now >= day.end,
        adjusted=account is not None and account.reading_state is ReadingState.CORRECTED,
    )
    before = revisions[place - 1] if place else None
    is_cut = in_force and authorised is not None and authorised < nomination.quantity
    given = authorised if is_cut and standing.cut_reason is not None else None
    return Revision(nomination, state_of(standing), before, decision, given)


def _is_cancelled(revisions: Sequence[Nomination], place: int) -> bool:
    """Tell whether the next revision withdrew this one; a cancellation itself is one."""
    return revisions[place].cancels or (place + 1 < len(revisions) and revisions[place + 1].cancels)


def _has_closed(known: _Known, day: GasDay) -> bool:
    try:
        window = find_window(known.windows, known.modality, RequestKind.NOMINATION, day)
    except NoWindow:
        return True
    return known.now > window.closes_at(day)
