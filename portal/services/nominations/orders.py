"""Nomination by a company's own system: one request, signed with the security code, idempotent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.nominations import Channel
from portal.models import ApiRequest, Nomination
from portal.services.people import api_tokens
from portal.services.people.api_tokens import Caller
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.refusals import Conflict, Refusal, Refused, Rejected
from portal.services.store.transactions import transaction

from . import rules
from .entry import put_in_force
from .requests import NumericKey, Request, run_with_code


def submit(act: Act, *, caller: Caller, request: Request, idempotency_key: str, typed: str) -> Nomination:
    """Put the request of a system in force; commits. Moments as for ``sign``.

    A request with the same key of the same token and the same content returns the nomination made before; with other
    content it is refused, ``Conflict("idempotency-key")``. Refuses as ``sign``; a refused request is not stored, so
    that it can be corrected and sent again with its key.
    """
    session = act.session
    if request.unit is not request.point.unit:
        raise Rejected(Refusal.UNIT_OTHER, "quantity", unit=request.point.unit)
    act, body_hash = Act(session, caller.actor, act.now, act.clock), _hash_of(request)
    request = replace(request, submission_id=_submission(caller, idempotency_key))

    def done() -> Nomination | None:
        return _done(session, caller, idempotency_key, body_hash)

    def put(proof: NumericKey) -> Nomination:
        with meaning_of_constraints(), transaction(session):
            api_tokens.require_good(act, caller=caller)
            weighed = rules.weigh(act, request, hold=True)
            if (before := done()) is not None:
                proof.settle(act)
                return before
            (nomination,) = put_in_force(act, [weighed.demand()], proof=proof, digest=rules.digest_of([weighed]))
            session.add(
                ApiRequest(
                    token_id=caller.token_id,
                    idempotency_key=idempotency_key,
                    body_hash=body_hash,
                    nomination_id=nomination.id,
                    created_at=act.now,
                )
            )
            return nomination

    if (before := done()) is not None:
        return before
    try:
        rules.weigh(act, request).demand()
        return run_with_code(
            act.by(caller.actor), delivery_point=request.point, typed=typed, channel=Channel.API, put_in_force=put
        )
    except Refused:
        # A duplicate may have been faster, and taken the day's last change: then its answer is the answer.
        if (before := done()) is not None:
            return before
        raise


def _hash_of(request: Request) -> bytes:
    """Hash (SHA-256) the request without the security code: nine digits are soon guessed from a hash."""
    content = [
        request.point.public_id,
        request.kind.value,
        request.gas_day.isoformat(),
        request.quantity.micro if request.quantity else None,
        request.unit.value,
        request.confirmed,
        request.replaces,
    ]
    return hashlib.sha256(json.dumps(content).encode()).digest()


def _submission(caller: Caller, key: str) -> str:
    return "api:" + hashlib.sha256(f"{caller.token_id}:{key}".encode()).hexdigest()


_DONE = select(ApiRequest).where(
    ApiRequest.token_id == bindparam("token_id"), ApiRequest.idempotency_key == bindparam("key")
)


def _done(session: Session, caller: Caller, key: str, body_hash: bytes) -> Nomination | None:
    """Return the nomination made before with this key; ``Conflict`` when its content differs."""
    request = session.scalars(_DONE, {"token_id": caller.token_id, "key": key}).one_or_none()
    if request is None:
        return None
    if request.body_hash != body_hash:
        raise Conflict("idempotency-key")
    return session.get_one(Nomination, request.nomination_id)
