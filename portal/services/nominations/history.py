"""History: the revisions of each day that this session may see, with their states and changes, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.filing_numbers import TypedNumber, read_filing_number
from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import NominationState, Standing, state_of
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, Quantity
from portal.domain.readings import ReadingState
from portal.domain.searched import comparable
from portal.domain.timetable import NoWindow, RequestKind, Window, find_window
from portal.models import (
    Authorisation,
    Contract,
    DailyBalance,
    DeliveryPoint,
    LateDecision,
    Nomination,
    NominationHead,
    ShiftNote,
)
from portal.services import timetable
from portal.services.keys import grants
from portal.services.store import point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import Place, take_page

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


class Content(StrEnum):
    """Versions by which days of the history are sought."""

    NOMINATION = "nominacion"
    RENOMINATION = "renominacion"
    CANCELLATION = "anulacion"
    LATE = "tardia"
    NOBODY = "sin-nominar"


class Sought(StrEnum):
    """Matter of a search: radicados of every month, the point of just this name, or all words of points."""

    NUMBER = "radicado"
    POINT = "punto"
    WORDS = "palabras"


class AskedDays(NamedTuple):
    """Days that are asked for: by a text, with such a version, one day alone; after a place.

    ``among`` says what the text is sought among; None finds that by itself, in the order of ``Sought``.
    """

    text: str = ""
    content: Content | None = None
    gas_day: GasDay | None = None
    after: Place | None = None
    among: Sought | None = None


WHOLE = AskedDays()
# Days of a page, and points of those whose key is missing that are named.
DAYS, MOST_CLOSED = 25, 10


class ClosedPoint(NamedTuple):
    """A point whose days need its key to be shown."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class MonthHistory:
    """A page of the days of a month with revisions, newest first; ``next`` is the place of the page after it.

    ``closed_points`` are the first ten points whose days need their key to be shown, of ``closed`` of them.
    ``sought`` says what a text was sought among, None without one, and ``others`` how many points more all of its words
    find. By a radicado the days may be of any month, and ``month`` is that of the newest one.
    """

    month: Month
    days: list[DayHistory]
    next: Place | None
    closed_points: list[ClosedPoint]
    closed: int
    sought: Sought | None = None
    others: int = 0


def load_month_history(
    act: Act, *, modality: Modality, month: Month, asked: AskedDays = WHOLE, length: int = DAYS
) -> MonthHistory:
    """Return a page of the days of a month under the contracts this session holds open, by at most fourteen queries.

    Each with all its revisions: of the points opened with their numeric key, and those this person signed where the key
    was given before and still opens.
    """
    session = act.session
    contracts = grants.list_opened_contracts(act, modality=modality)
    points = _list_points(session, contracts=contracts, text="")
    opened, proved = grants.list_opened_point_ids(act), grants.list_proved_before(act)

    def visible(among: Collection[int]) -> ColumnElement[bool]:
        signed = Nomination.signed_by_id == act.actor.user_id
        own = and_(Nomination.delivery_point_id.in_((proved - opened) & set(among)), signed)
        return or_(Nomination.delivery_point_id.in_(opened & set(among)), own)

    found = _seek(session, contracts, points, asked, visible(points))
    seen = visible(found.points)
    shown = take_page(
        session.execute(_select_days(month, seen, asked, found.number).limit(length + 1)).all(),
        length=length,
        place=lambda row: (row.gas_day.date.toordinal(), row.delivery_point_id),
    )
    loaded = _load_points(session, {row.delivery_point_id for row in shown.rows})
    days = _load_days(act, modality, [(row.delivery_point_id, row.gas_day) for row in shown.rows], seen, opened)
    closed = [point for point_id, point in found.points.items() if point_id not in opened]
    by_number = found.number is not None and shown.rows
    return MonthHistory(
        Month.of(shown.rows[0].gas_day) if by_number else month,
        [DayHistory(day, loaded[point_id], *of_day) for (point_id, day), of_day in days.items()],
        shown.next,
        closed[:MOST_CLOSED],
        len(closed),
        found.sought,
        found.others,
    )


class _Found(NamedTuple):
    points: dict[int, ClosedPoint]
    sought: Sought | None = None
    number: TypedNumber | None = None
    others: int = 0


def _seek(
    session: Session,
    contracts: Sequence[Contract],
    points: dict[int, ClosedPoint],
    asked: AskedDays,
    visible: ColumnElement[bool],
) -> _Found:
    """Return the points that a text leads to: as a radicado of a visible revision, as just their name, by its words."""
    if not asked.text.strip():
        return _Found(points)
    by_words = _list_points(session, contracts=contracts, text=asked.text)
    number = read_filing_number(asked.text)
    if number is not None and asked.among in (None, Sought.NUMBER):
        # A whole number is nothing else, whether there is such a row or not.
        one = select(Nomination.id).where(visible, _ends_as(number)).limit(1)
        if number.whole or asked.among is Sought.NUMBER or session.execute(one).first() is not None:
            return _Found(points, Sought.NUMBER, number, len(by_words))
    called = comparable(asked.text)
    exact = {point_id: point for point_id, point in by_words.items() if comparable(point.name) == called}
    if exact and asked.among in (None, Sought.POINT):
        return _Found(exact, Sought.POINT, None, len(by_words) - len(exact))
    return _Found(by_words, Sought.WORDS)


def _ends_as(number: TypedNumber) -> ColumnElement[bool]:
    if number.whole:
        return Nomination.filing_number == number.whole
    return Nomination.filing_number.endswith(number.tail, autoescape=True)


def _list_points(session: Session, *, contracts: Sequence[Contract], text: str) -> dict[int, ClosedPoint]:
    """Return the points of these contracts with these words, by row id and in the order of their names."""
    rows = (
        point_search.select_joined(select(DeliveryPoint.id, DeliveryPoint.public_id, DeliveryPoint.name), text)
        .where(DeliveryPoint.contract_id.in_([contract.id for contract in contracts]))
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    return {row.id: ClosedPoint(row.public_id, row.name) for row in session.execute(rows)}


def _select_days(
    month: Month, visible: ColumnElement[bool], asked: AskedDays, number: TypedNumber | None
) -> Select[GasDay, int]:
    """Select the days and points of the visible revisions, the newest day first; by a radicado those of every month."""
    within = Nomination.gas_day.between(month.first, month.last) if number is None else _ends_as(number)
    if asked.gas_day is not None:
        within = and_(within, Nomination.gas_day == asked.gas_day)
    rows = (
        select(Nomination.gas_day, Nomination.delivery_point_id)
        .where(visible, within)
        .group_by(Nomination.gas_day, Nomination.delivery_point_id)
        .order_by(Nomination.gas_day.desc(), Nomination.delivery_point_id)
    )
    if asked.content is not None:
        rows = rows.where(_has(asked.content))
    place = read_place(asked.after)
    if place is not None:
        day, point_id = place
        same_day = and_(Nomination.gas_day == day, Nomination.delivery_point_id > point_id)
        rows = rows.where(or_(Nomination.gas_day < day, same_day))
    return rows


def read_place(place: Place | None) -> PlaceOfDay | None:
    """Return the day and the row id of the point of a place; None for one that is no day."""
    if place is None:
        return None
    try:
        return PlaceOfDay(GasDay(date.fromordinal(place[0])), place[1])
    except (ValueError, OverflowError):
        return None


class PlaceOfDay(NamedTuple):
    """Place of a day of a point in the history."""

    gas_day: GasDay
    point_id: int


def _has(content: Content) -> ColumnElement[bool]:
    in_time, by_rule = and_(~Nomination.cancels, ~Nomination.is_late), Nomination.channel == Channel.POLICY
    conditions = {
        Content.NOMINATION: and_(in_time, ~by_rule, Nomination.kind == RequestKind.NOMINATION),
        Content.RENOMINATION: and_(in_time, Nomination.kind == RequestKind.RENOMINATION),
        Content.CANCELLATION: and_(Nomination.cancels),
        Content.LATE: and_(Nomination.is_late),
        Content.NOBODY: by_rule,
    }
    return conditions[content]


def _load_points(session: Session, point_ids: Collection[int]) -> dict[int, DeliveryPoint]:
    rows = session.scalars(select(DeliveryPoint).where(DeliveryPoint.id.in_(point_ids))).unique()
    return {point.id: point for point in rows}


def _load_days(
    act: Act, modality: Modality, shown: Sequence[PointDay], visible: ColumnElement[bool], opened: Collection[int]
) -> dict[PointDay, tuple[list[Revision], list[ShiftNote]]]:
    """Return the revisions and the notes of each of these days, in their order."""
    if not shown:
        return {}
    points, dates = sorted({point_id for point_id, _ in shown}), sorted({day for _, day in shown})
    rows = act.session.scalars(
        select(Nomination)
        .where(visible, Nomination.delivery_point_id.in_(points), Nomination.gas_day.in_(dates))
        .order_by(Nomination.revision)
        .options(joinedload(Nomination.signed_by), joinedload(Nomination.call))
    )
    by_day: dict[PointDay, list[Nomination]] = {key: [] for key in shown}
    for row in rows:
        # Of a day some points may be on another page.
        if (row.delivery_point_id, row.gas_day) in by_day:
            by_day[row.delivery_point_id, row.gas_day].append(row)
    known = _known(act, points, dates, [row for each in by_day.values() for row in each], modality)
    return {
        key: (
            [_revision(revisions, place, known) for place in reversed(range(len(revisions)))],
            known.notes.get(key, []) if key[0] in opened else [],
        )
        for key, revisions in by_day.items()
    }


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


def _known(act: Act, points: list[int], dates: list[GasDay], rows: Sequence[Nomination], modality: Modality) -> _Known:
    session = act.session
    heads = session.execute(
        select(NominationHead.delivery_point_id, NominationHead.gas_day, NominationHead.revision).where(
            NominationHead.delivery_point_id.in_(points), NominationHead.gas_day.in_(dates)
        )
    )
    accounts = session.scalars(
        select(DailyBalance).where(DailyBalance.delivery_point_id.in_(points), DailyBalance.gas_day.in_(dates))
    )
    # Of several versions the newest comes last and replaces earlier ones.
    authorised = session.scalars(
        select(Authorisation)
        .where(Authorisation.delivery_point_id.in_(points), Authorisation.gas_day.in_(dates))
        .order_by(Authorisation.version)
    )
    late = [row.id for row in rows if row.is_late]
    decisions = session.scalars(select(LateDecision).where(LateDecision.nomination_id.in_(late))).all() if late else []
    notes: dict[PointDay, list[ShiftNote]] = {}
    for note in session.scalars(
        select(ShiftNote)
        .where(ShiftNote.delivery_point_id.in_(points), ShiftNote.gas_day.in_(dates))
        .order_by(ShiftNote.id)
    ):
        notes.setdefault((note.delivery_point_id, note.gas_day), []).append(note)
    newest: dict[PointDay, int] = {}
    for row in rows:
        key = (row.delivery_point_id, row.gas_day)
        newest[key] = max(newest.get(key, 0), row.revision)
    return _Known(
        heads={(row.delivery_point_id, row.gas_day): row.revision for row in heads},
        last=newest,
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
        day_over=known.now >= day.end,
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
