"""Merger: from a day on the gas of one point is counted at another point of its company, previewed first (adr/0135).

The point that is merged ends with the day before; the other goes on with its key, its code and its terms.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.successions import SuccessionKind
from portal.models import DeliveryPoint
from portal.services import ledger, nominations
from portal.services.ledger.moves import DayToMove
from portal.services.points import point_codes
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import entries, joint_mails, moves, succession
from .changes import check_unchanged
from .moves import Accounts, Touched
from .restatements import DayTarget, restate
from .rows import Author, put_point
from .succession import LONGEST_REASON


@dataclass(frozen=True, slots=True)
class Asked:
    """Merger from ``day`` on into the point with the carrier's code ``into``, as typed; ``carries`` the balance too."""

    day: GasDay
    into: str
    reason: str
    carries: bool = True


@dataclass(frozen=True, slots=True)
class MergedDay:
    """A day whose gas is counted at the other point: of the one, of the other, and of both, in the other's unit."""

    gas_day: GasDay
    own: DayToMove
    other: DayToMove | None
    both: DayToMove


@dataclass(frozen=True, slots=True)
class Merger:
    """Effect of a merger: both points, the days that go on, both accounts, and what hangs on the point that ends.

    ``nominated`` are the days whose nomination is withdrawn and asked anew at the other point; ``other`` is the account
    of the other point now. ``unit`` and ``into_unit`` are those of both points, ``exit_point`` and
    ``into_exit_point`` the names of theirs.
    """

    point: str
    into: str
    code: str
    day: GasDay
    days: tuple[MergedDay, ...]
    nominated: tuple[GasDay, ...]
    accounts: Accounts
    other: Gas
    touched: Touched
    unit: Unit
    into_unit: Unit
    exit_point: str
    into_exit_point: str
    fingerprint: str

    @property
    def other_after(self) -> Gas:
        """Account of the other point after the act."""
        return self.other + self.accounts.after


def preview(act: Act, *, point: str, asked: Asked, seen: str) -> Merger:
    """Return the effect, writing nothing; ``seen`` is the fingerprint of the entry that the page showed.

    Refuses (``Rejected``) a code that no other point of the company has on the day (``MERGER_UNKNOWN``), a day outside
    of one of both or in a closed month of one, a day that the point has measured and the other has not
    (``MERGER_UNMEASURED``), no reason. ``NotFound``, ``Conflict``.
    """
    require(act, Function.KEEP_REGISTRY)
    row = _point(act.session, point)
    check_unchanged(entries.of_point(row), seen)
    return _judge(act, row, _into(act.session, row, asked), asked)


def change(act: Act, *, point: str, asked: Asked, seen: str, agreed: str) -> DeliveryPoint:
    """Merge a point into another from a day on; return the other. Commits.

    Refuses as ``preview``, and (``CHANGE_UNCONFIRMED``) when ``agreed`` is not the fingerprint of the effect.
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    with meaning_of_constraints(), transaction(session):
        row = _point(session, point)
        into = _into(session, row, asked)
        ledger.lock_points(session, [row.id, into.id])
        session.refresh(row)
        session.refresh(into)
        check_unchanged(entries.of_point(row), seen)
        done = _judge(act, row, into, asked)
        if done.fingerprint != agreed:
            raise Rejected(Refusal.CHANGE_UNCONFIRMED, "day")
        author = Author(act.actor, act.now, reason=asked.reason.strip())
        withdrawn = nominations.withdraw_after_end(act, point=row, ends_on=asked.day, begun=True)
        row.handed_on = asked.day
        if done.days:
            targets = [_target(each) for each in done.days]
            restate(act, point=into, days=targets, reason=author.reason or "")
        ledger.rebuild_point(session, delivery_point=row)
        put_point(
            session,
            row,
            replace(entries.of_point(row), ends_on=asked.day),
            contract_id=row.contract_id,
            company_id=row.contract.company_id,
            exit_point=row.exit_point,
            author=author,
        )
        succession.record_succession(
            act,
            before=row,
            after=into,
            day=asked.day,
            kind=SuccessionKind.MERGER,
            carries=asked.carries,
            reason=asked.reason,
        )
        if done.accounts.carried is not None:
            gas = ledger.moves.find_account(session, delivery_point_id=row.id)
            ledger.transfers.write(act, before=row, after=into, gas_day=asked.day, gas=gas)
        joint_mails.post_merger(act, done=done, point=row, into=into, withdrawn=withdrawn)
        return into


def _point(session: Session, public_id: str) -> DeliveryPoint:
    row = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).unique().one_or_none()
    if row is None:
        raise NotFound
    return row


def _into(session: Session, point: DeliveryPoint, asked: Asked) -> DeliveryPoint:
    found = point_codes.find(session, code=asked.into.strip().upper(), day=asked.day)
    if found is None or found.id == point.id or found.contract.company_id != point.contract.company_id:
        raise Rejected(Refusal.MERGER_UNKNOWN, "into", company=point.contract.company.name)
    return found


def _judge(act: Act, point: DeliveryPoint, into: DeliveryPoint, asked: Asked) -> Merger:
    session = act.session
    succession.check_day(session, point=point, day=asked.day)
    _check_into(session, into, asked.day)
    check_reason(asked.reason, most=LONGEST_REASON)
    move, nominated = succession.find_move(
        act,
        point=point,
        day=asked.day,
        exit_point_id=into.exit_point_id,
        unit=into.unit,
        modalities={point.contract.modality, into.contract.modality},
    )
    there = ledger.moves.preview_move(
        session, point=into, first=asked.day, exit_point_id=into.exit_point_id, unit=into.unit
    )
    known = {day.gas_day: day for day in there.before}
    days = tuple(
        [_merge(own, becomes, known.get(own.gas_day)) for own, becomes in zip(move.before, move.after, strict=True)]
    )
    for each in days:
        if each.own.is_measured and (each.other is None or not each.other.is_measured):
            # The gas of one of both would stand for that of both.
            raise Rejected(Refusal.MERGER_UNMEASURED, "day", day=each.gas_day, point=into.name)
    begun = asked.day <= GasDay.of(act.now)
    accounts = moves.preview_accounts(session, point=point, move=move, carries=asked.carries, begun=begun)
    other = ledger.moves.find_account(session, delivery_point_id=into.id)
    touched = moves.find_touched(session, point=point)
    facts = (entries.of_point(point), entries.of_point(into), days, nominated, accounts, other, touched)
    return Merger(
        point.name,
        into.name,
        into.carrier_code,
        asked.day,
        days,
        nominated,
        accounts,
        other,
        touched,
        point.unit,
        into.unit,
        point.exit_point.name,
        into.exit_point.name,
        hashlib.sha256(repr(facts).encode()).hexdigest(),
    )


def _check_into(session: Session, into: DeliveryPoint, day: GasDay) -> None:
    """Refuse a point that is not served on the day, that goes on elsewhere, or whose month is closed."""
    if into.handed_on is not None or not into.in_force_on(day):
        raise Rejected(Refusal.MERGER_UNKNOWN, "into", company=into.contract.company.name)
    closed = ledger.closings.find_last_closed_month(session, delivery_point_id=into.id)
    if closed is not None and day <= closed.last:
        raise Rejected(Refusal.CHANGE_IN_CLOSED_MONTH, "day", month=closed, possible=closed.last.plus(1))


def _merge(own: DayToMove, becomes: DayToMove, other: DayToMove | None) -> MergedDay:
    if other is None:
        return MergedDay(own.gas_day, own, None, becomes)
    authorised = None
    if own.authorised is not None or other.authorised is not None:
        authorised = _sum(becomes.due, other.due)
    both = DayToMove(
        own.gas_day,
        _sum(becomes.nominated, other.nominated),
        authorised,
        other.cut or becomes.cut,
        _sum(becomes.consumed, other.consumed),
        _sum(becomes.volume, other.volume),
        other.state or becomes.state,
    )
    return MergedDay(own.gas_day, own, other, both)


def _sum(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _target(day: MergedDay) -> DayTarget:
    """Return what the other point shall have; nothing of a figure that the merged point does not have."""
    both, own = day.both, day.own
    return DayTarget(
        day.gas_day,
        None if own.nominated is None else both.nominated,
        None if own.due is None else both.authorised,
        both.cut,
        None if own.volume is None else both.volume,
        None if own.volume is None else next_state_of(both.state),
    )


def next_state_of(state: ReadingState | None) -> ReadingState | None:
    """Return the state of the next version of a reading: one that was certified is corrected."""
    return ReadingState.CORRECTED if state is ReadingState.CERTIFIED else state
