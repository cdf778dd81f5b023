"""A nomination sent by a company's own system: one request, signed with the security code, the same answer twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind, commit_in_time
from portal.models import ApiRequest, DeliveryPoint, Nomination, NominationDraft
from portal.services import api_tokens, keys, ledger
from portal.services.api_tokens import Caller
from portal.services.constraints import meaning_of_constraints
from portal.services.key_attempts import Charge
from portal.services.refusals import Conflict, Refusal, Refused, Rejected
from portal.services.transactions import transaction
from portal.services.vault import Vault

from . import rules
from .entering import Entry, enter, tell
from .proving import with_code
from .review import Review, review


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the system asks: the day's total in the unit of the point.

    ``replaces`` is the revision that it believes in force, 0 for none; None when it does not say.
    """

    delivery_point: DeliveryPoint
    kind: RequestKind
    gas_day: GasDay
    quantity: Quantity
    confirmed_unusual: bool = False
    replaces: int | None = None

    @property
    def body_hash(self) -> bytes:
        """The SHA-256 of what is asked; the security code is left out, for nine digits are soon guessed from a hash."""
        content = [
            self.delivery_point.public_id,
            self.kind.value,
            self.gas_day.isoformat(),
            self.quantity.micro,
            self.quantity.unit.value,
            self.confirmed_unusual,
            self.replaces,
        ]
        return hashlib.sha256(json.dumps(content).encode()).digest()


def submit(
    session: Session,
    *,
    vault: Vault,
    caller: Caller,
    order: Order,
    idempotency_key: str,
    typed: str,
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    """Enter what a system ordered; commits. Moments as for ``sign``.

    A request with the same key of the same token and the same order returns the nomination it made before; with
    another order it is refused, ``Conflict("idempotency-key")``. Refuses what ``sign`` refuses; a refused request is
    not kept, so that it may be put right and sent again with its key.
    """
    if order.quantity.unit is not order.delivery_point.unit:
        raise Rejected(Refusal.UNIT_OTHER, "quantity", unit=order.delivery_point.unit)
    body_hash = order.body_hash
    if (done := _done(session, caller, idempotency_key, body_hash)) is not None:
        return done

    def act(key_id: int, charge: Charge) -> Nomination:
        return _put_in_force(
            session,
            caller=caller,
            order=order,
            key=idempotency_key,
            body_hash=body_hash,
            code=(key_id, charge),
            now=now,
            clock=clock,
        )

    try:
        rules.may_ask(session, actor=caller.actor, point=order.delivery_point, now=now)
        _reviewed(session, caller=caller, order=order, key=idempotency_key, now=now, lock=False)
        return with_code(
            session,
            vault=vault,
            actor=caller.actor,
            delivery_point=order.delivery_point,
            typed=typed,
            now=now,
            act=act,
        )
    except Refused:
        # Perhaps its own double was faster, and left no room for a second: then that one's answer is the answer.
        if (done := _done(session, caller, idempotency_key, body_hash)) is not None:
            return done
        raise


def _put_in_force(
    session: Session,
    *,
    caller: Caller,
    order: Order,
    key: str,
    body_hash: bytes,
    code: tuple[int, Charge],
    now: datetime,
    clock: Callable[[], datetime],
) -> Nomination:
    actor = caller.actor
    with meaning_of_constraints(), transaction(session):
        api_tokens.still_good(session, caller=caller, now=now)
        ledger.lock(session, order.delivery_point.id)
        if (done := _done(session, caller, key, body_hash)) is not None:
            keys.accept(session, actor=actor, key_id=code[0], charge=code[1], now=now)
            return done
        rules.may_ask(session, actor=actor, point=order.delivery_point, now=now)
        reviewed = _reviewed(session, caller=caller, order=order, key=key, now=now, lock=True)
        keys.accept(session, actor=actor, key_id=code[0], charge=code[1], now=now)
        nomination = enter(
            session,
            entry=_entry(reviewed, order=order, caller=caller, key=key, now=now),
            seen=reviewed.terms.head,
        )
        session.add(
            ApiRequest(
                token_id=caller.token_id,
                idempotency_key=key,
                body_hash=body_hash,
                nomination_id=nomination.id,
                created_at=now,
            )
        )
        if not nomination.is_late:
            ledger.rewrite_day(session, delivery_point=order.delivery_point, gas_day=order.gas_day)
        tell(session, actor=actor, nomination=nomination, now=now)
        if not commit_in_time(reviewed.terms.window, order.gas_day, clock()):
            raise Rejected(
                Refusal.TOO_LATE,
                "gas_day",
                closed_at=reviewed.closes_at,
                kind=order.kind,
                gas_day=order.gas_day,
            )
        return nomination


def _reviewed(session: Session, *, caller: Caller, order: Order, key: str, now: datetime, lock: bool) -> Review:
    """Weigh the order by the rules of the wizard, with a draft that is never kept."""
    draft = NominationDraft(
        user_id=caller.actor.user_id,
        modality=order.delivery_point.contract.modality,
        delivery_point=order.delivery_point,
        kind=order.kind,
        gas_day=order.gas_day,
        quantity_micro=order.quantity.micro,
        unit=order.quantity.unit,
        confirmed_unusual=order.confirmed_unusual,
        submission_id=_submission(caller, key),
    )
    reviewed = review(session, draft=draft, now=now, lock=lock)
    head = reviewed.terms.head
    if order.replaces is not None and order.replaces != (head.revision if head else 0):
        raise Conflict("revision")
    return reviewed


def _entry(reviewed: Review, *, order: Order, caller: Caller, key: str, now: datetime) -> Entry:
    return Entry(
        delivery_point=order.delivery_point,
        gas_day=order.gas_day,
        kind=order.kind,
        gas=reviewed.gas,
        unit=order.quantity.unit,
        heating_value=reviewed.heating_value,
        received_at=now,
        channel=Channel.API,
        submission_id=_submission(caller, key),
        signed_by_id=caller.actor.user_id,
        content_hash=bytes.fromhex(reviewed.digest),
        effective_at=reviewed.terms.effective_at,
        is_late=reviewed.terms.is_late,
    )


def _submission(caller: Caller, key: str) -> str:
    return "api:" + hashlib.sha256(f"{caller.token_id}:{key}".encode()).hexdigest()


_DONE = select(ApiRequest).where(
    ApiRequest.token_id == bindparam("token_id"), ApiRequest.idempotency_key == bindparam("key")
)


def _done(session: Session, caller: Caller, key: str, body_hash: bytes) -> Nomination | None:
    """Return what a request with this key made before; ``Conflict`` when it asked something else."""
    request = session.scalars(_DONE, {"token_id": caller.token_id, "key": key}).one_or_none()
    if request is None:
        return None
    if request.body_hash != body_hash:
        raise Conflict("idempotency-key")
    return session.get_one(Nomination, request.nomination_id)
