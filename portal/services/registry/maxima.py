"""Daily maximum of a contract set from a gas day on, after a preview of its effect (adr/0143)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas, Quantity, plain
from portal.domain.settings import SettingName
from portal.models import Contract, DeliveryPoint, Nomination, NominationHead, SettingRow
from portal.services.ledger import closings
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .changes import lock_contract, lock_points_of

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """Maximum of a contract from ``day`` on, in its unit."""

    day: GasDay
    maximum: Quantity
    reason: str


class NominatedDay(NamedTuple):
    """Day with what all points of the contract have nominated for it together, in its unit."""

    gas_day: GasDay
    asked: Quantity


@dataclass(frozen=True, slots=True)
class Effect:
    """Effect of a maximum: what holds on the day without it, and with it until ``next_day``, where another one holds.

    Of the ``nominated`` days from then on, ``above_now`` are above the maximum that holds, ``above`` above the new one.
    """

    day: GasDay
    old: Quantity
    new: Quantity
    next_day: GasDay | None
    nominated: int
    above_now: int
    above: tuple[NominatedDay, ...]
    blocks: bool
    fingerprint: str


def preview(act: Act, *, contract: str, asked: Asked) -> Effect:
    """Return the effect, writing nothing.

    Refuses (``Rejected``) a maximum that is not above zero or holds already, a day outside of the contract or in a
    month that is closed at one of its points, no reason. ``NotFound``.
    """
    require(act, Function.KEEP_REGISTRY)
    row = act.session.scalars(select(Contract).where(Contract.public_id == contract)).unique().one_or_none()
    if row is None:
        raise NotFound
    return _judge(act.session, row, asked)


def change(act: Act, *, contract: str, asked: Asked, agreed: str) -> Effect:
    """Set the maximum of a contract from a day on. Commits.

    Refuses as ``preview``, and (``CHANGE_UNCONFIRMED``) when ``agreed`` is not the fingerprint of the effect.
    """
    session = act.session
    user_id = require(act, Function.KEEP_REGISTRY)
    with transaction(session):
        row = lock_contract(session, contract)
        # A signature holds the account of its point: it is weighed before the change or after it.
        lock_points_of(session, row.id)
        settings.forget(session)
        done = _judge(session, row, asked)
        if done.fingerprint != agreed:
            raise Rejected(Refusal.CHANGE_UNCONFIRMED, "day")
        reason = asked.reason.strip()
        session.add(
            SettingRow(
                name=SettingName.DAILY_MAXIMUM,
                contract_id=row.id,
                value=plain(done.new),
                valid_from=asked.day,
                reason=reason,
                recorded_at=act.now,
                recorded_by_id=user_id,
            )
        )
        session.flush()
        settings.forget(session)
        audit.record(
            act,
            event=AuditEvent.CONTRACT_CHANGED,
            subject=row.public_id,
            company_id=row.company_id,
            details={
                "old_maximum": plain(done.old),
                "new_maximum": plain(done.new),
                "from": asked.day.isoformat(),
                "reason": reason,
            },
        )
        return done


def find_maxima(session: Session, *, contracts: Sequence[Contract], day: GasDay) -> Mapping[int, Quantity]:
    """Return the maximum of each contract on a day by its row's id; one query, or none in the same transaction."""
    known = settings.read(session)
    return {each.id: known.maximum(each).on(day) for each in contracts}


def _judge(session: Session, contract: Contract, asked: Asked) -> Effect:
    day, new = asked.day, asked.maximum
    if new.micro <= 0:
        raise Rejected(Refusal.MAXIMUM_NOT_POSITIVE, "maximum")
    if day < contract.starts_on:
        raise Rejected(Refusal.CHANGE_BEFORE_START, "day", day=contract.starts_on)
    if contract.ends_on is not None and day >= contract.ends_on:
        raise Rejected(Refusal.CHANGE_AFTER_END, "day", day=contract.ends_on)
    _check_open(session, contract, day)
    check_reason(asked.reason, most=LONGEST_REASON)
    maximum = settings.read(session).maximum(contract)
    old, next_day = maximum.on(day), maximum.find_next(day)
    if old == new:
        raise Rejected(Refusal.NOTHING_CHANGES, "maximum")
    days = _list_nominated(session, contract, day, next_day)
    above = tuple([each for each in days if each.asked > new])
    facts = (contract.public_id, asked, maximum, days, contract.maximum_blocks)
    return Effect(
        day,
        old,
        new,
        next_day,
        len(days),
        sum(each.asked > old for each in days),
        above,
        contract.maximum_blocks,
        hashlib.sha256(repr(facts).encode()).hexdigest(),
    )


def _check_open(session: Session, contract: Contract, day: GasDay) -> None:
    """Refuse (``Rejected``) a day in a month that is closed at a point of the contract."""
    points = session.scalars(select(DeliveryPoint.id).where(DeliveryPoint.contract_id == contract.id)).all()
    closed = max(closings.find_closed_months(session, delivery_point_ids=points).values(), default=None)
    if closed is not None and day <= closed.last:
        raise Rejected(Refusal.CHANGE_IN_CLOSED_MONTH, "day", month=closed, possible=closed.last.plus(1))


def _list_nominated(
    session: Session, contract: Contract, first: GasDay, until: GasDay | None
) -> tuple[NominatedDay, ...]:
    """Return the nominated days from ``first`` on, before ``until``, with the sum of the contract's points."""
    rows = session.execute(
        select(NominationHead.gas_day, Nomination.quantity_m3, Nomination.quantity_mbtu)
        .join(Nomination, Nomination.id == NominationHead.nomination_id)
        .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
        .where(DeliveryPoint.contract_id == contract.id, NominationHead.gas_day >= first)
    )
    sums: dict[GasDay, Gas] = {}
    for row in rows:
        if until is None or row.gas_day < until:
            sums[row.gas_day] = sums.get(row.gas_day, Gas.zero()) + Gas(row.quantity_m3, row.quantity_mbtu)
    return tuple([NominatedDay(day, sums[day].in_unit(contract.unit)) for day in sorted(sums)])
