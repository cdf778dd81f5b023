"""The address of a person's calendar of deadlines: given once, kept as a hash, one at a time (adr/0021)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from portal.domain.attempts import FEED, FEED_PERIOD
from portal.domain.audit_events import AuditEvent
from portal.models import FeedToken, User
from portal.services.store import counters
from portal.services.store.actors import Actor
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .sessions import token_hash

USED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that is published: whose, and when it was last asked for."""

    feed_id: int
    user_id: int
    last_used_at: datetime | None


def live(session: Session, *, actor: Actor) -> FeedToken | None:
    """Return the address in use, without its token; None when the calendar is not published."""
    return session.scalars(_LIVE_OF, {"user_id": actor.user_id}).first()


def publish(session: Session, *, actor: Actor, now: datetime) -> str:
    """Publish the calendar under a new token and return it, never to be read again; the one before ends. Commits."""
    plain = secrets.token_urlsafe(32)
    with transaction(session):
        _end(session, actor=actor, now=now)
        feed = FeedToken(
            public_id=secrets.token_urlsafe(12),
            user_id=actor.user_id,
            token_hash=token_hash(plain),
            created_at=now,
        )
        session.add(feed)
        session.flush()
        audit.record(session, event=AuditEvent.CALENDAR_FEED_PUBLISHED, actor=actor, now=now, subject=feed.public_id)
    return plain


def stop(session: Session, *, actor: Actor, now: datetime) -> None:
    """End the address in use, if there is one. Commits."""
    with transaction(session):
        _end(session, actor=actor, now=now)


def look_up(session: Session, *, token: str) -> Feed | None:
    """Return the calendar behind a token; None when it is unknown, ended, or its account was closed."""
    row = session.connection().execute(_BY_TOKEN, {"hash": token_hash(token)}).first()
    return None if row is None else Feed(*row)


def charge(session: Session, *, feed: Feed, now: datetime) -> None:
    """Count a request for the calendar, and note its use at most once a minute; commits.

    Refuses (``TooManyAttempts``) beyond 60 an hour.
    """
    with transaction(session):
        counter = counters.locked(session, scope="calendar-feed", subject=str(feed.feed_id), now=now)
        ends = counters.roll(counter, period=FEED_PERIOD, now=now)
        if counter.count >= FEED:
            raise TooManyAttempts(ends)
        counters.add(counter, now=now)
        if feed.last_used_at is None or now - feed.last_used_at >= USED_EVERY:
            session.connection().execute(_USED, {"feed_id": feed.feed_id, "used_at": now})


_LIVE_OF = (
    select(FeedToken)
    .where(FeedToken.user_id == bindparam("user_id"), FeedToken.revoked_at.is_(None))
    .order_by(FeedToken.id.desc())
)
_BY_TOKEN = (
    select(FeedToken.id, FeedToken.user_id, FeedToken.last_used_at)
    .join(User, User.id == FeedToken.user_id)
    .where(FeedToken.token_hash == bindparam("hash"), FeedToken.revoked_at.is_(None), User.disabled_at.is_(None))
)
_USED = update(FeedToken).where(FeedToken.id == bindparam("feed_id")).values(last_used_at=bindparam("used_at"))


def end_all(session: Session, *, actor: Actor, now: datetime) -> None:
    """End the address in use inside the caller's transaction, which holds the account (after a reset)."""
    _end(session, actor=actor, now=now)


def _end(session: Session, *, actor: Actor, now: datetime) -> None:
    # Two pages at once wait for one another here, so that one address is left.
    session.get(User, actor.user_id, with_for_update={"key_share": True})
    for feed in session.scalars(_LIVE_OF, {"user_id": actor.user_id}):
        feed.revoked_at = now
        audit.record(session, event=AuditEvent.CALENDAR_FEED_ENDED, actor=actor, now=now, subject=feed.public_id)
    session.flush()
