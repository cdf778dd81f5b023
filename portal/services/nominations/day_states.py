"""States of the days of points: in force, decided, waiting, filled by rule, and the requests still possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain import authorisations
from portal.domain.gas_day import GasDay
from portal.domain.lifecycle import DayState, NominationState, Standing, day_state_of, state_of
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel, ClosePolicy, CutReason
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.standing_orders import Lapse
from portal.domain.timetable import NoWindow, RequestKind, Verdict, Window, decide, find_window
from portal.models import DeliveryPoint
from portal.services import timetable
from portal.services.points import close_policies
from portal.services.store.acts import Act
from portal.services.store.statements import RawDay, day_of, moment_of

from . import hot, standing_orders

PointDay = tuple[int, GasDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStanding:
    """A day of a point, in the unit of the point. ``revision`` is the one in force, None without one.

    ``in_force`` is the quantity in force, asked for or ``by_rule``; ``authorised`` the one published for that very
    revision; ``superseded`` the last one published for an earlier revision, which counts no more (adr/0017), while
    none was for that one. ``pending`` is a late request that waits for the operator, ``refused`` is true when the last
    one was not accepted. ``kind`` is the request possible now and ``until`` its last moment, None when there is none;
    ``spent`` is true when the day had all its possible changes. ``policy`` is the rule for a day that nobody nominates;
    ``is_ordered`` when a standing order comes before it, with the quantity ``ordered``, ``lapse`` is why one that
    nobody ended does not; ``by_order`` when the quantity
    in force is one that a standing order nominated.
    """

    gas_day: GasDay
    state: DayState
    closes_at: datetime | None
    in_force: Quantity | None = None
    by_rule: bool = False
    authorised: Quantity | None = None
    superseded: Quantity | None = None
    pending: Quantity | None = None
    refused: bool = False
    kind: RequestKind | None = None
    until: datetime | None = None
    spent: bool = False
    policy: ClosePolicy | None = None
    is_ordered: bool = False
    ordered: Quantity | None = None
    lapse: Lapse | None = None
    by_order: bool = False
    revision: int | None = None

    def without_figures(self) -> DayStanding:
        """Return the same without quantities: for a person who has not proved the point's key (ADR 5)."""
        return replace(self, in_force=None, authorised=None, superseded=None, pending=None, ordered=None)


def load_day_states(
    act: Act,
    *,
    points: Sequence[DeliveryPoint],
    gas_days: Sequence[GasDay],
    proved: Collection[int],
    windows: Sequence[Window] | None = None,
) -> dict[PointDay, DayStanding]:
    """Return the state of each day of each point, by row id and day; quantities only of points that were ``proved``.

    Three queries for 25 points and any days, and three for each day left to the rules. ``windows`` are the
    rows of the timetable where the caller has them already.
    """
    rows = timetable.list_windows(act.session) if windows is None else windows
    known = _Known(act.session, points=points, gas_days=gas_days, now=act.now, windows=rows)
    found = {(point.id, day): known.standing(point, day) for point in points for day in gas_days}
    return {key: each if key[0] in proved else each.without_figures() for key, each in found.items()}


class _Nominated(NamedTuple):
    """A revision of a day, as the states need it."""

    revision: int
    channel: Channel
    unit: Unit
    gas: Gas
    received_at: datetime
    is_late: bool
    cancels: bool
    # The operator's decision on a late one, None while it waits.
    accepted: bool | None
    decided_at: datetime | None


class _Head(NamedTuple):
    nomination: _Nominated
    renominations: int


class _Open(NamedTuple):
    """Windows of a modality for a day, None without a row of the timetable, and what they take now."""

    nomination: Window | None
    change: Window | None
    closes_at: datetime | None
    change_closes_at: datetime | None
    ends_at: datetime
    may_nominate: bool
    may_ask: bool
    too_early: bool
    may_change_later: bool


class _Answer(NamedTuple):
    """The last authorised quantity of a day."""

    gas: Gas
    cut_reason: CutReason | None
    revision: int | None
    recorded_at: datetime


class _Known:
    """Rows behind the states, by one query each for 25 points."""

    def __init__(
        self,
        session: Session,
        *,
        points: Sequence[DeliveryPoint],
        gas_days: Sequence[GasDay],
        now: datetime,
        windows: Sequence[Window],
    ) -> None:
        self.now, self.windows = now, windows
        self._open: dict[tuple[Modality, GasDay], _Open] = {}
        ids = [point.id for point in points]
        self.revisions: dict[PointDay, list[_Nominated]] = {}
        self.heads: dict[PointDay, _Head] = {}
        self.authorised: dict[PointDay, _Answer] = {}
        if not ids or not gas_days:
            self.policies: dict[GasDay, Mapping[int, ClosePolicy]] = {}
            self.orders: dict[GasDay, standing_orders.Effects] = {}
            return
        between = {"first": min(gas_days).date, "last": max(gas_days).date}
        days: dict[RawDay, GasDay] = {}
        for row in hot.REVISIONS.listed(session, hot.RevisionRow, ids, **between):
            day = days.get(row.gas_day) or days.setdefault(row.gas_day, GasDay(day_of(row.gas_day)))
            nominated = _nominated(row)
            self.revisions.setdefault((row.delivery_point_id, day), []).append(nominated)
            if row.renominations is not None:
                self.heads[row.delivery_point_id, day] = _Head(nominated, row.renominations)
        for each in hot.ANSWERS.listed(session, hot.AnswerRow, ids, **between):
            day = days.get(each.gas_day) or days.setdefault(each.gas_day, GasDay(day_of(each.gas_day)))
            self.authorised[each.delivery_point_id, day] = _Answer(
                _gas(each.quantity_m3, each.quantity_mbtu),
                None if each.cut_reason is None else CutReason(each.cut_reason),
                each.revision,
                moment_of(each.recorded_at),
            )
        self.policies = self._policies(session, points, gas_days)
        self.orders = {
            day: standing_orders.find_effects(session, points=points, gas_day=day, as_of=now) for day in self.policies
        }

    def _policies(
        self, session: Session, points: Sequence[DeliveryPoint], gas_days: Sequence[GasDay]
    ) -> dict[GasDay, Mapping[int, ClosePolicy]]:
        """Return the rules for days from today on that have no nomination, or none yet."""
        today = GasDay.of(self.now)
        return {
            day: close_policies.find_policies(session, points=points, gas_day=day)
            for day in gas_days
            if any(self._is_left_to_rule(point.id, day, today) for point in points)
        }

    def _is_left_to_rule(self, point_id: int, day: GasDay, today: GasDay) -> bool:
        head = self.heads.get((point_id, day))
        if head is not None:
            return head.nomination.channel is Channel.POLICY
        return today < day <= today.plus(1)

    def standing(self, point: DeliveryPoint, day: GasDay) -> DayStanding:
        key, windows = (point.id, day), self._open_on(point.contract.modality, day)
        change, closes_at = windows.change, windows.closes_at
        if not point.in_force_on(day):
            return DayStanding(gas_day=day, state=DayState.NOT_SERVED, closes_at=closes_at)
        head, revisions = self.heads.get(key), self.revisions.get(key, [])
        last = revisions[-1] if revisions else None
        is_open = self.now < windows.ends_at
        waits = (
            last is not None
            and last.is_late
            and last.accepted is None
            and (head is None or head.nomination.revision < last.revision)
            and is_open
        )
        may_nominate, may_ask = windows.may_nominate, windows.may_ask
        found, authorised = (None, None) if head is None else self._in_force(head.nomination, key, windows)
        published = self.authorised.get(key)
        superseded = published.gas if published is not None and head is not None and authorised is None else None
        by_rule = head is not None and head.nomination.channel is Channel.POLICY
        state = DayState.NOTHING
        if found is not None or not windows.too_early:
            state = day_state_of(
                in_force=found,
                by_rule=by_rule,
                waits=waits,
                withdrawn=last is not None and last.cancels,
                may_nominate=may_nominate,
                # Also true between the close and the opening of the next window.
                may_ask=may_ask or windows.may_change_later,
            )
        spent = (
            may_ask
            and change is not None
            and change.max_per_day is not None
            and (_sent(head, revisions) >= change.max_per_day)
        )
        kind = RequestKind.NOMINATION if may_nominate else RequestKind.RENOMINATION if may_ask and not spent else None
        orders = self.orders.get(day) if head is None else None
        ordered = None if orders is None else orders.quantities.get(point.id)
        until = closes_at if may_nominate else windows.change_closes_at
        return DayStanding(
            gas_day=day,
            state=state,
            closes_at=closes_at,
            in_force=None if head is None else head.nomination.gas.in_unit(point.unit),
            by_rule=by_rule,
            authorised=None if authorised is None else authorised.in_unit(point.unit),
            superseded=None if superseded is None else superseded.in_unit(point.unit),
            pending=last.gas.in_unit(point.unit) if waits and last is not None else None,
            refused=last is not None and last.accepted is False,
            kind=kind,
            until=None if kind is None else until,
            spent=spent,
            policy=self.policies[day].get(point.id) if day in self.policies else None,
            is_ordered=ordered is not None,
            ordered=ordered,
            lapse=None if orders is None else orders.lapsed.get(point.id),
            by_order=head is not None and head.nomination.channel is Channel.STANDING_ORDER,
            revision=None if head is None else head.nomination.revision,
        )

    def _open_on(self, modality: Modality, day: GasDay) -> _Open:
        """Return what is taken, worked out once for all points of a modality."""
        known = self._open.get((modality, day))
        if known is not None:
            return known
        nomination = _window(self.windows, modality, RequestKind.NOMINATION, day)
        change = _window(self.windows, modality, RequestKind.RENOMINATION, day)
        first = None if nomination is None else decide(nomination, day, self.now)
        later = None if change is None else decide(change, day, self.now)
        closes_at, later_at = (None if each is None else each.closes_at(day) for each in (nomination, change))
        opened = (first is Verdict.OPEN, later is Verdict.OPEN, first is Verdict.TOO_EARLY, later is Verdict.TOO_EARLY)
        found = self._open[modality, day] = _Open(nomination, change, closes_at, later_at, day.end, *opened)
        return found

    def _in_force(self, nomination: _Nominated, key: PointDay, windows: _Open) -> tuple[NominationState, Gas | None]:
        answer = self.authorised.get(key)
        answers = answer is not None and authorisations.answers(
            answer.revision,
            answer.recorded_at,
            revision=nomination.revision,
            # A late request counts from its acceptance on.
            since=nomination.decided_at or nomination.received_at,
        )
        gas = answer.gas if answer is not None and answers else None
        standing = Standing(
            nominated=nomination.gas.in_unit(nomination.unit),
            in_force=True,
            # A past day that was never decided is no longer in review.
            closed=(windows.closes_at is None or self.now > windows.closes_at) and self.now < windows.ends_at,
            authorised=None if gas is None else gas.in_unit(nomination.unit),
            cut_reason=None if answer is None or gas is None else answer.cut_reason,
        )
        return state_of(standing), gas


def _nominated(row: hot.RevisionRow) -> _Nominated:
    return _Nominated(
        row.revision,
        Channel(row.channel),
        Unit(row.unit),
        _gas(row.quantity_m3, row.quantity_mbtu),
        moment_of(row.received_at),
        bool(row.is_late),
        bool(row.cancels),
        None if row.accepted is None else bool(row.accepted),
        None if row.decided_at is None else moment_of(row.decided_at),
    )


def _gas(m3: int, mbtu: int) -> Gas:
    return Gas(Quantity(m3, Unit.M3), Quantity(mbtu, Unit.MBTU))


def _window(rows: Sequence[Window], modality: Modality, kind: RequestKind, day: GasDay) -> Window | None:
    try:
        return find_window(rows, modality, kind, day)
    except NoWindow:
        return None


def _sent(head: _Head | None, revisions: Sequence[_Nominated]) -> int:
    """Return the number of the day's changes: renominations, or late requests where nothing was nominated."""
    if head is None or head.nomination.channel is Channel.POLICY:
        return sum(1 for each in revisions if each.is_late)
    return head.renominations
