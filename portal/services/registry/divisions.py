"""Division: from a day on a share of a point's gas is counted at a new point, previewed first (adr/0135).

The point goes on with its key, its code and the rest; the new one has the same contract, unit and gate, and its own
key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import NamedTuple, overload

from sqlalchemy import select

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.quantities import ENTRY_DECIMALS, Gas, Quantity
from portal.domain.successions import SuccessionKind
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.keys import letters
from portal.services.ledger.moves import DayToMove
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import entries, joint_mails, own_terms, rules, succession
from .changes import VALID, Validity, check_unchanged, lock_point
from .entries import PointEntry
from .mergers import next_state_of
from .restatements import DayTarget, restate
from .rows import Author, put_point, refuse_shared
from .succession import LONGEST_REASON

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """New point with this code and name from ``day`` on; ``share`` of the gas in hundredths of a per cent.

    ``carries`` tells whether the same share of the balance goes along.
    """

    day: GasDay
    code: str
    name: str
    share: int
    reason: str
    with_letter: bool
    carries: bool = True


class DividedDay(NamedTuple):
    """A day as it is, what is left of it, and what the new point has of it."""

    gas_day: GasDay
    now: DayToMove
    rest: DayToMove
    part: DayToMove


@dataclass(frozen=True, slots=True)
class Division:
    """Effect of a division: the new point as it will be, the days that are divided, and the account in its unit.

    ``rest`` and ``part`` are both accounts after the act, ``moved`` the share of the balance that goes along.
    """

    point: str
    after: PointEntry
    days: tuple[DividedDay, ...]
    now: Quantity
    rest: Quantity
    part: Quantity
    moved: Gas
    fingerprint: str


def preview(act: Act, *, point: str, asked: Asked, seen: str) -> Division:
    """Return the effect, writing nothing; ``seen`` is the fingerprint of the entry that the page showed.

    Refuses (``Rejected``) a day outside of the point or in a closed month, a share of nothing or of all
    (``SHARE_OUT_OF_RANGE``), a code or name that another point has then, no reason. ``NotFound``, ``Conflict``.
    """
    require(act, Function.KEEP_REGISTRY)
    row = act.session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == point)).unique().one_or_none()
    if row is None:
        raise NotFound
    check_unchanged(entries.of_point(row), seen)
    return _judge(act, row, asked)


def change(act: Act, *, point: str, asked: Asked, seen: str, agreed: str) -> DeliveryPoint:
    """Divide a point from a day on; return the new one. Commits.

    Refuses as ``preview``, and (``CHANGE_UNCONFIRMED``) when ``agreed`` is not the fingerprint of the effect.
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    with meaning_of_constraints(), transaction(session):
        row = lock_point(session, point)
        check_unchanged(entries.of_point(row), seen)
        done = _judge(act, row, asked)
        if done.fingerprint != agreed:
            raise Rejected(Refusal.CHANGE_UNCONFIRMED, "day")
        author = Author(act.actor, act.now, reason=asked.reason.strip())
        if done.days:
            restate(act, point=row, days=[_target(day.rest) for day in done.days], reason=author.reason or "")
        made = put_point(
            session,
            None,
            done.after,
            contract_id=row.contract_id,
            company_id=row.contract.company_id,
            exit_point=row.exit_point,
            author=author,
        )
        refuse_shared(session)
        if done.days:
            restate(act, point=made, days=[_target(day.part) for day in done.days], reason=author.reason or "")
        succession.record_succession(
            act,
            before=row,
            after=made,
            day=asked.day,
            kind=SuccessionKind.DIVISION,
            carries=asked.carries,
            reason=asked.reason,
        )
        ledger.transfers.write(act, before=row, after=made, gas_day=asked.day, gas=done.moved)
        own_terms.hand_on(
            session,
            terms=own_terms.load_own_terms(session, point_id=row.id, day=asked.day),
            point=made,
            author=author,
        )
        if asked.with_letter:
            wanted = letters.Wanted(
                renews_web=False, renews_numeric=True, compromised=False, reason=author.reason or ""
            )
            letters.place(act, point=made, wanted=wanted)
        joint_mails.post_division(act, done=done, point=row, made=made, day=asked.day)
        return made


def _judge(act: Act, point: DeliveryPoint, asked: Asked) -> Division:
    session = act.session
    succession.check_day(session, point=point, day=asked.day)
    if not 0 < asked.share < WHOLE:
        raise Rejected(Refusal.SHARE_OUT_OF_RANGE, "share")
    own = entries.of_point(point)
    after = rules.clean_point(replace(own, carrier_code=asked.code, name=asked.name, starts_on=asked.day))
    others = [Validity(*each) for each in session.execute(VALID)]
    rules.check_point_code(after, before=None, others=others)
    twins = select(DeliveryPoint.id).where(
        DeliveryPoint.contract_id == point.contract_id, DeliveryPoint.name == after.name
    )
    if session.scalar(twins.limit(1)) is not None:
        raise Rejected(Refusal.POINT_NAME_TAKEN, "name")
    check_reason(asked.reason, most=LONGEST_REASON)
    move, _ = succession.find_move(
        act,
        point=point,
        day=asked.day,
        exit_point_id=point.exit_point_id,
        unit=point.unit,
        modalities={point.contract.modality},
    )
    days = tuple([_divide(day, asked.share) for day in move.before])
    account = ledger.moves.find_account(session, delivery_point_id=point.id)
    # A balance of a day to come is not known yet, and the point keeps its account: it stays there.
    carried = asked.carries and asked.day <= GasDay.of(act.now)
    left = account - move.left
    moved = Gas(_part_of(left.m3, asked.share), _part_of(left.mbtu, asked.share)) if carried else Gas.zero()
    part = sum([each.part.imbalance or Quantity.zero(point.unit) for each in days], moved.in_unit(point.unit))
    now = account.in_unit(point.unit)
    facts = (own, after, days, now, moved, asked.with_letter)
    return Division(
        point.name,
        after,
        days,
        now,
        now - part,
        part,
        moved,
        hashlib.sha256(repr(facts).encode()).hexdigest(),
    )


def _divide(day: DayToMove, share: int) -> DividedDay:
    """Return a day in two: the part rounded down to what can be nominated or to millionths, and the rest of it.

    Where all that was nominated is authorised, it is in both.
    """
    nominated = _part_of(day.nominated, share, whole=True)
    part = DayToMove(
        day.gas_day,
        nominated,
        nominated if day.is_full else _part_of(day.authorised, share),
        day.cut,
        _part_of(day.consumed, share),
        _part_of(day.volume, share),
        day.state,
    )
    rest = DayToMove(
        day.gas_day,
        _rest_of(day.nominated, part.nominated),
        _rest_of(day.authorised, part.authorised),
        day.cut,
        _rest_of(day.consumed, part.consumed),
        _rest_of(day.volume, part.volume),
        next_state_of(day.state),
    )
    return DividedDay(day.gas_day, day, rest, part)


@overload
def _part_of(quantity: Quantity, share: int, *, whole: bool = False) -> Quantity: ...
@overload
def _part_of(quantity: Quantity | None, share: int, *, whole: bool = False) -> Quantity | None: ...
def _part_of(quantity: Quantity | None, share: int, *, whole: bool = False) -> Quantity | None:
    """Return the share of a quantity towards zero, in millionths; to the decimals of an entry where ``whole``."""
    if quantity is None:
        return None
    step = 10 ** (6 - ENTRY_DECIMALS[quantity.unit]) if whole else 1
    micro = abs(quantity.micro) * share // WHOLE // step * step
    return Quantity.from_micro(-micro if quantity.micro < 0 else micro, quantity.unit)


def _rest_of(quantity: Quantity | None, part: Quantity | None) -> Quantity | None:
    return None if quantity is None or part is None else quantity - part


def _target(day: DayToMove) -> DayTarget:
    return DayTarget(day.gas_day, day.nominated, day.authorised, day.cut, day.volume, day.state)
