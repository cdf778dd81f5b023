"""Address of a person's calendar of deadlines: given once, kept as a hash, one at a time (adr/0021)."""

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
from portal.services.store.acts import Act
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .sessions import hash_token

USED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Feed:
    """A published calendar: its owner, and the time of the last request."""

    feed_id: int
    user_id: int
    last_used_at: datetime | None


def find_live(act: Act) -> FeedToken | None:
    """Return the address in use, without its token; None if the calendar is not published."""
    return act.session.scalars(_LIVE_OF, {"user_id": act.actor.user_id}).first()


def publish(act: Act) -> str:
    """Publish the calendar under a new token and return it for this once; the one before ends. Commits."""
    session = act.session
    plain = secrets.token_urlsafe(32)
    with transaction(session):
        _end(act)
        feed = FeedToken(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id,
            token_hash=hash_token(plain),
            created_at=act.now,
        )
        session.add(feed)
        session.flush()
        audit.record(act, event=AuditEvent.CALENDAR_FEED_PUBLISHED, subject=feed.public_id)
    return plain


def stop(act: Act) -> None:
    """End the address in use, if any. Commits."""
    with transaction(act.session):
        _end(act)


def look_up(session: Session, *, token: str) -> Feed | None:
    """Return the calendar behind a token; None if it is unknown, ended, or its account was closed."""
    row = session.connection().execute(_BY_TOKEN, {"hash": hash_token(token)}).first()
    return None if row is None else Feed(row.id, row.user_id, row.last_used_at)


def charge(act: Act, *, feed: Feed) -> None:
    """Count a request for the calendar, and record its use at most once a minute; commits.

    Refuses (``TooManyAttempts``) beyond 60 an hour.
    """
    now = act.now
    with transaction(act.session):
        counter = counters.lock_one(act, scope="calendar-feed", subject=str(feed.feed_id))
        ends = counters.roll(counter, period=FEED_PERIOD, now=now)
        if counter.count >= FEED:
            raise TooManyAttempts(ends)
        counters.add(counter, now=now)
        if feed.last_used_at is None or now - feed.last_used_at >= USED_EVERY:
            act.session.connection().execute(_USED, {"feed_id": feed.feed_id, "used_at": now})


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


def end_all(act: Act) -> None:
    """End the address in use inside the caller's transaction, which holds the account (after a reset)."""
    _end(act)


def _end(act: Act) -> None:
    # Two requests at once wait for one another here, so that one address is left.
    session = act.session
    session.get(User, act.actor.user_id, with_for_update={"key_share": True})
    for feed in session.scalars(_LIVE_OF, {"user_id": act.actor.user_id}):
        feed.revoked_at = act.now
        audit.record(act, event=AuditEvent.CALENDAR_FEED_ENDED, subject=feed.public_id)
    session.flush()
