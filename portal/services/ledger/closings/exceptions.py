"""The exception to five months (contract, clauses 51 and 68): who may state it, and what it has to say."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.domain.closings import ExceptionClause
from portal.services.store.actors import Actor
from portal.services.store.refusals import Refusal, Rejected

MOST_REASON = 300


def stated(*, actor: Actor, clause: ExceptionClause | None, reason: str) -> str:
    """Return the reason of an exception in one line, empty where none is stated.

    Refuses (``Rejected``) ``EXCEPTION_BY_SUPERVISOR``, ``EXCEPTION_INCOMPLETE`` for a clause without its reason or the
    other way round, and ``REASON_TOO_LONG`` (300 characters).
    """
    reason = " ".join(reason.split())
    if clause is None and not reason:
        return ""
    if actor.role is not Role.SUPERVISOR:
        raise Rejected(Refusal.EXCEPTION_BY_SUPERVISOR, "exception_clause")
    if clause is None or not reason:
        raise Rejected(Refusal.EXCEPTION_INCOMPLETE, "exception_reason" if clause else "exception_clause")
    if len(reason) > MOST_REASON:
        raise Rejected(Refusal.REASON_TOO_LONG, "exception_reason", most=MOST_REASON)
    return reason
