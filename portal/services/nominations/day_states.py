"""States of the days of points: in force, decided, waiting, filled by rule, and the requests still possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import authorisations
from portal.domain.gas_day import GasDay
from portal.domain.lifecycle import DayState, NominationState, Standing, day_state_of, state_of
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel, ClosePolicy
from portal.domain.quantities import Gas, Quantity
from portal.domain.timetable import NoWindow, RequestKind, Verdict, Window, decide, find_window
from portal.models import Authorisation, DeliveryPoint, LateDecision, Nomination, NominationHead, is_head_of
from portal.services import timetable
from portal.services.points import close_policies
from portal.services.store.acts import Act

from . import standing_orders

PointDay = tuple[int, GasDay]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStanding:
    """A day of a point, in the unit of the point. ``revision`` is the one in force, None without one.

    ``in_force`` is the quantity in force, asked for or ``by_rule``; ``authorised`` the one published for that very
    revision. ``pending`` is a late request that waits for the operator, ``refused`` is true when the last one was not
    accepted. ``kind`` is the request possible now and ``until`` its last moment, None when there is none; ``spent`` is
    true when the day had all its possible changes. ``policy`` is the rule for a day that nobody nominates;
    ``is_ordered`` when a standing order comes before it, with the quantity ``ordered``; ``by_order`` when the quantity
    in force is one that a standing order nominated.
    """

    gas_day: GasDay
    state: DayState
    closes_at: datetime | None
    in_force: Quantity | None = None
    by_rule: bool = False
    authorised: Quantity | None = None
    pending: Quantity | None = None
    refused: bool = False
    kind: RequestKind | None = None
    until: datetime | None = None
    spent: bool = False
    policy: ClosePolicy | None = None
    is_ordered: bool = False
    ordered: Quantity | None = None
    by_order: bool = False
    revision: int | None = None

    def without_figures(self) -> DayStanding:
        """Return the same without quantities: for a person who has not proved the point's key (ADR 5)."""
        return replace(self, in_force=None, authorised=None, pending=None, ordered=None)


def load_day_states(
    act: Act,
    *,
    points: Sequence[DeliveryPoint],
    gas_days: Sequence[GasDay],
    proved: Collection[int],
    windows: Sequence[Window] | None = None,
) -> dict[PointDay, DayStanding]:
    """Return the state of each day of each point, by row id and day; quantities only of points that were ``proved``.

    Three queries for any number of points and days, and three for each day left to the rules. ``windows`` are the
    rows of the timetable where the caller has them already.
    """
    rows = timetable.list_windows(act.session) if windows is None else windows
    known = _Known(act.session, points=points, gas_days=gas_days, now=act.now, windows=rows)
    found = {(point.id, day): known.standing(point, day) for point in points for day in gas_days}
    return {key: each if key[0] in proved else each.without_figures() for key, each in found.items()}


class _Head(NamedTuple):
    nomination: Nomination
    renominations: int


class _Known:
    """Rows behind the states, by one query each."""

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
        ids = [point.id for point in points]
        self.revisions: dict[PointDay, list[Nomination]] = {}
        self.heads: dict[PointDay, _Head] = {}
        self.decisions: dict[int, LateDecision] = {}
        self.authorised: dict[PointDay, Authorisation] = {}
        if not ids or not gas_days:
            self.policies: dict[GasDay, Mapping[int, ClosePolicy]] = {}
            self.orders: dict[GasDay, Mapping[int, Quantity]] = {}
            return
        first, last = min(gas_days), max(gas_days)
        rows = session.execute(
            select(Nomination, LateDecision, NominationHead.renominations)
            .outerjoin(LateDecision, LateDecision.nomination_id == Nomination.id)
            .outerjoin(NominationHead, is_head_of(Nomination))
            .where(Nomination.delivery_point_id.in_(ids), Nomination.gas_day.between(first, last))
            .order_by(Nomination.revision)
        )
        for nomination, decision, renominations in rows:
            key = (nomination.delivery_point_id, nomination.gas_day)
            self.revisions.setdefault(key, []).append(nomination)
            if decision is not None:
                self.decisions[nomination.id] = decision
            if renominations is not None:
                self.heads[key] = _Head(nomination, renominations)
        newest = (
            select(func.max(Authorisation.version))
            .where(Authorisation.delivery_point_id.in_(ids), Authorisation.gas_day.between(first, last))
            .group_by(Authorisation.delivery_point_id, Authorisation.gas_day)
            .add_columns(Authorisation.delivery_point_id, Authorisation.gas_day)
            .subquery()
        )
        for each in session.scalars(
            select(Authorisation).join(
                newest,
                (newest.c.delivery_point_id == Authorisation.delivery_point_id)
                & (newest.c.gas_day == Authorisation.gas_day)
                & (newest.c[0] == Authorisation.version),
            )
        ):
            self.authorised[each.delivery_point_id, each.gas_day] = each
        self.policies = self._policies(session, points, gas_days)
        self.orders = {
            day: standing_orders.find_quantities(session, points=points, gas_day=day, as_of=now)
            for day in self.policies
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
        key, modality = (point.id, day), point.contract.modality
        nomination = _window(self.windows, modality, RequestKind.NOMINATION, day)
        closes_at = None if nomination is None else nomination.closes_at(day)
        if not point.in_force_on(day):
            return DayStanding(gas_day=day, state=DayState.NOT_SERVED, closes_at=closes_at)
        head, revisions = self.heads.get(key), self.revisions.get(key, [])
        last = revisions[-1] if revisions else None
        decision = None if last is None else self.decisions.get(last.id)
        is_open = self.now < day.end
        waits = (
            last is not None
            and last.is_late
            and decision is None
            and (head is None or head.nomination.revision < last.revision)
            and is_open
        )
        change = _window(self.windows, modality, RequestKind.RENOMINATION, day)
        may_nominate = nomination is not None and decide(nomination, day, self.now) is Verdict.OPEN
        may_ask = change is not None and decide(change, day, self.now) is Verdict.OPEN
        too_early = nomination is not None and decide(nomination, day, self.now) is Verdict.TOO_EARLY
        found, authorised = (None, None) if head is None else self._in_force(head.nomination, key, closes_at)
        by_rule = head is not None and head.nomination.channel is Channel.POLICY
        state = DayState.NOTHING
        if found is not None or not too_early:
            state = day_state_of(
                in_force=found,
                by_rule=by_rule,
                waits=waits,
                withdrawn=last is not None and last.cancels,
                may_nominate=may_nominate,
                # Also true between the close and the opening of the next window.
                may_ask=may_ask or (change is not None and decide(change, day, self.now) is Verdict.TOO_EARLY),
            )
        spent = (
            may_ask
            and change is not None
            and change.max_per_day is not None
            and (_sent(head, revisions) >= change.max_per_day)
        )
        kind = RequestKind.NOMINATION if may_nominate else RequestKind.RENOMINATION if may_ask and not spent else None
        window = nomination if may_nominate else change
        return DayStanding(
            gas_day=day,
            state=state,
            closes_at=closes_at,
            in_force=None if head is None else head.nomination.gas.in_unit(point.unit),
            by_rule=by_rule,
            authorised=None if authorised is None else authorised.in_unit(point.unit),
            pending=last.gas.in_unit(point.unit) if waits and last is not None else None,
            refused=last is not None and decision is not None and not decision.accepted,
            kind=kind,
            until=None if kind is None or window is None else window.closes_at(day),
            spent=spent,
            policy=self.policies.get(day, {}).get(point.id),
            is_ordered=head is None and point.id in self.orders.get(day, {}),
            ordered=self.orders.get(day, {}).get(point.id) if head is None else None,
            by_order=head is not None and head.nomination.channel is Channel.STANDING_ORDER,
            revision=None if head is None else head.nomination.revision,
        )

    def _in_force(
        self, nomination: Nomination, key: PointDay, closes_at: datetime | None
    ) -> tuple[NominationState, Gas | None]:
        answer = self.authorised.get(key)
        decision = self.decisions.get(nomination.id)
        answers = answer is not None and authorisations.answers(
            answer.revision,
            answer.recorded_at,
            revision=nomination.revision,
            # A late request counts from its acceptance on.
            since=nomination.received_at if decision is None else decision.decided_at,
        )
        gas = answer.gas if answer is not None and answers else None
        standing = Standing(
            nominated=nomination.quantity,
            in_force=True,
            # A past day that was never decided is no longer in review.
            closed=(closes_at is None or self.now > closes_at) and self.now < nomination.gas_day.end,
            authorised=None if gas is None else gas.in_unit(nomination.unit),
            cut_reason=None if answer is None or gas is None else answer.cut_reason,
        )
        return state_of(standing), gas


def _window(rows: Sequence[Window], modality: Modality, kind: RequestKind, day: GasDay) -> Window | None:
    try:
        return find_window(rows, modality, kind, day)
    except NoWindow:
        return None


def _sent(head: _Head | None, revisions: Sequence[Nomination]) -> int:
    """Return the number of the day's changes: renominations, or late requests where nothing was nominated."""
    if head is None or head.nomination.channel is Channel.POLICY:
        return sum(1 for each in revisions if each.is_late)
    return head.renominations
