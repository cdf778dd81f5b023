"""Tokens of companies and of the distributor: when one is live, its end, and the count of its requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from portal.domain.attempts import API_TOKEN, API_TOKEN_PERIOD
from portal.domain.audit_events import AuditEvent
from portal.models import ApiToken, StaffToken
from portal.services.store import counters
from portal.services.store.acts import Act
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.trace import audit

USED_EVERY = timedelta(seconds=60)
_SCOPES = {ApiToken: "api-token", StaffToken: "staff-token"}
_USED = {
    ApiToken: update(ApiToken).where(ApiToken.id == bindparam("token_id")).values(last_used_at=bindparam("used_at")),
    StaffToken: update(StaffToken)
    .where(StaffToken.id == bindparam("token_id"))
    .values(last_used_at=bindparam("used_at")),
}


class Calling(Protocol):
    """Caller with a token."""

    @property
    def token_id(self) -> int:
        """Row id of the token."""

    @property
    def last_used_at(self) -> datetime | None:
        """Its last use that was recorded."""


def is_live(token: ApiToken | StaffToken, now: datetime) -> bool:
    """Tell whether a token still opens something."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)


def end(act: Act, token: ApiToken | StaffToken) -> None:
    """End a locked token at once, inside the caller's transaction."""
    token.revoked_at = act.now
    leave_trace(act, token=token, event=AuditEvent.API_TOKEN_REVOKED)


def end_live(act: Act, tokens: Iterable[ApiToken] | Iterable[StaffToken]) -> int:
    """End those of the locked tokens that are live; return how many."""
    # All of them are locked before the first event: every other writer locks a token before the audit.
    live = [token for token in tokens if is_live(token, act.now)]
    for token in live:
        end(act, token)
    return len(live)


def count_use(session: Session, *, model: type[ApiToken] | type[StaffToken], caller: Calling, now: datetime) -> None:
    """Count a request of a token, and record its use at most once a minute; commits.

    Refuses (``TooManyAttempts``) beyond 120 a minute.
    """
    with transaction(session):
        counter = counters.lock_one(Act.of_system(session, now), scope=_SCOPES[model], subject=str(caller.token_id))
        ends = counters.roll(counter, period=API_TOKEN_PERIOD, now=now)
        if counter.count >= API_TOKEN:
            raise TooManyAttempts(ends)
        counters.add(counter, now=now)
        if caller.last_used_at is None or now - caller.last_used_at >= USED_EVERY:
            session.connection().execute(_USED[model], {"token_id": caller.token_id, "used_at": now})


def leave_trace(act: Act, *, token: ApiToken | StaffToken, event: AuditEvent) -> None:
    """Record an event of a token in the audit, inside the caller's transaction."""
    audit.record(
        act,
        event=event,
        subject=token.public_id,
        company_id=token.company_id if isinstance(token, ApiToken) else None,
        details={
            "name": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        },
    )
