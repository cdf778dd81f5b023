"""Sessions of sign-in, kept on the server: begin, look up, rotate, end (docs/security.md, "Sessions")."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, delete, select, true, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.attempts import KNOWN_DEVICE_LIFE
from portal.models import Grant, KnownDevice, SignInSession, User
from portal.services.store.statements import moment_of
from portal.services.store.transactions import transaction

from . import hot

IDLE = {Role.CUSTOMER: timedelta(minutes=30)}
CONSOLE_IDLE = timedelta(minutes=15)
LIFE = timedelta(hours=8)
# Longest time between the right password and the second factor.
AWAITING_LIFE = timedelta(minutes=10)
# Time for which a second factor counts as fresh.
FRESH = timedelta(minutes=5)
WARN_BEFORE = timedelta(seconds=150)
SEEN_EVERY = timedelta(seconds=60)
ROTATION_GRACE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session and its account, read by one query."""

    session_id: int
    user_id: int
    email: str
    name: str
    role: Role
    last_seen_at: datetime
    expires_at: datetime
    # Time of the last second factor in this session; None for a customer's.
    stepped_up_at: datetime | None = None
    # Until then an agent may follow which page is open in it (``calls.followings``).
    followed_until: datetime | None = None
    # Name of the account in the log.
    public_id: str = ""

    @property
    def idle(self) -> timedelta:
        """The longest time that the session lives without a request."""
        return IDLE.get(self.role, CONSOLE_IDLE)

    def ends_at(self, now: datetime) -> datetime:
        """Return the end of the session if no request comes after ``now``."""
        return min(self.expires_at, now + self.idle)

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the second factor is recent enough for a sensitive act."""
        return self.stepped_up_at is not None and now < self.stepped_up_at + FRESH


def hash_token(token: str) -> bytes:
    """Return the stored form of a token: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def begin(
    session: Session,
    *,
    user_id: int,
    now: datetime,
    address: str,
    user_agent: str,
    awaiting: bool = False,
    proved: bool = False,
) -> str:
    """Start a session for ``user_id`` inside the caller's transaction; return the new token for the cookie.

    With ``awaiting`` it owes the second factor, lasts ten minutes and is not found by ``look_up``; with ``proved`` the
    second factor was given just now.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            user_id=user_id,
            token_hash=hash_token(token),
            rotated_at=now,
            created_at=now,
            last_seen_at=now,
            expires_at=now + (AWAITING_LIFE if awaiting else LIFE),
            awaiting_second_factor=awaiting,
            stepped_up_at=now if proved else None,
            address=address,
            user_agent=user_agent[:200],
        )
    )
    return token


def look_up(session: Session, *, token: str, now: datetime) -> SignedIn | None:
    """Return the live session of ``token``.

    None if unknown, ended, idle too long, of a disabled account, or still without its second factor.
    """
    return _signed_in(hot.LIVE.first(session, **_asked(token, now)), now)


class Ending(Enum):
    """Reasons for the end of a session."""

    IDLE = auto()
    WHOLE_LIFE = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """An ended session: its account, and the reason."""

    user_id: int
    ending: Ending


def look_up_ended(session: Session, *, token: str, now: datetime) -> Ended | None:
    """Return the ended session of the token; None if unknown, live, or never given its second factor.

    Only the browser that was signed in has the token: it proves which account was used there, and opens nothing.
    """
    row = session.execute(
        select(SignInSession, User.role)
        .join(User, User.id == SignInSession.user_id)
        .where(
            (SignInSession.token_hash == hash_token(token)) | (SignInSession.previous_token_hash == hash_token(token)),
            SignInSession.awaiting_second_factor.is_(False),
        )
    ).first()
    if row is None or look_up(session, token=token, now=now) is not None:
        return None
    found, role = row
    if found.ended_at is not None:
        return Ended(found.user_id, Ending.CLOSED)
    if now >= found.last_seen_at + IDLE.get(Role(role), CONSOLE_IDLE):
        return Ended(found.user_id, Ending.IDLE)
    return Ended(found.user_id, Ending.WHOLE_LIFE if now >= found.expires_at else Ending.CLOSED)


_AWAITING = hot.select_live(awaiting=True)


def look_up_awaiting(session: Session, *, token: str, now: datetime) -> SignedIn | None:
    """Return the session of ``token`` that has its password and still owes its second factor; else None."""
    return _signed_in(session.connection().execute(_AWAITING, _asked(token, now)).first(), now)


def _asked(token: str, now: datetime) -> dict[str, Any]:
    return {"hashed": hash_token(token), "grace": now - ROTATION_GRACE, "now": now}


def _signed_in(row: Row[*tuple[Any, ...]] | None, now: datetime) -> SignedIn | None:
    if row is None:
        return None
    found = SignedIn(
        row.id,
        row.user_id,
        row.email,
        row.name,
        Role(row.role),
        moment_of(row.last_seen_at),
        moment_of(row.expires_at),
        None if row.stepped_up_at is None else moment_of(row.stepped_up_at),
        None if row.followed_until is None else moment_of(row.followed_until),
        row.public_id,
    )
    return found if now < found.last_seen_at + found.idle else None


def touch(session: Session, *, signed_in: SignedIn, now: datetime) -> None:
    """Record that the session is in use, at most once a minute, and with it what a trusted device opened; commits."""
    if now - signed_in.last_seen_at < SEEN_EVERY:
        return
    with transaction(session):
        # What the person did not type stays open as long as they are here.
        session.execute(
            update(Grant)
            .where(Grant.session_id == signed_in.session_id, Grant.trusted_device_id.is_not(None))
            .values(last_used_at=now)
        )
        session.execute(update(SignInSession).where(SignInSession.id == signed_in.session_id).values(last_seen_at=now))


def find_id(session: Session, *, token: str) -> int:
    """Return the row id of the session of ``token``, which was begun in this transaction."""
    return session.scalars(select(SignInSession.id).where(SignInSession.token_hash == hash_token(token))).one()


def prove(session: Session, *, session_id: int, now: datetime) -> None:
    """Record that the second factor was given just now, inside the caller's transaction."""
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(stepped_up_at=now))


def rotate(session: Session, *, session_id: int, now: datetime) -> str:
    """Give the session a new token inside the caller's transaction (at each unlock); return it."""
    token = secrets.token_urlsafe(32)
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id)
        .values(previous_token_hash=SignInSession.token_hash, token_hash=hash_token(token), rotated_at=now)
    )
    return token


def end(session: Session, *, session_id: int, now: datetime) -> None:
    """End one session and its grants, inside the caller's transaction."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_all(session: Session, *, user_id: int, now: datetime, but: int | None = None) -> int:
    """End every live session of an account, ``but`` excepted, inside the caller's transaction; return how many."""
    ended = session.scalars(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
        .where(SignInSession.id != but if but is not None else true())
        .values(ended_at=now)
        .returning(SignInSession.id)
    )
    return len(ended.all())


def let_follow(session: Session, *, user_id: int, until: datetime | None, now: datetime) -> None:
    """Mark every live session of an account as followed, or with None as not, inside the caller's transaction.

    Each request reads the mark with its session, so that a person whom nobody follows costs no query.
    """
    session.execute(
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
        .values(followed_until=until)
    )


def list_live(session: Session, *, user_id: int, role: Role, now: datetime) -> list[SignInSession]:
    """Return the account's live sessions, newest first."""
    idle = IDLE.get(role, CONSOLE_IDLE)
    return list(
        session.scalars(
            select(SignInSession)
            .where(
                SignInSession.user_id == user_id,
                SignInSession.ended_at.is_(None),
                SignInSession.expires_at > now,
                SignInSession.last_seen_at > now - idle,
                SignInSession.awaiting_second_factor.is_(False),
            )
            .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
        )
    )


def remember_device(session: Session, *, user_id: int, now: datetime, instead_of: str | None = None) -> str:
    """Make this browser a known one for 180 days, inside the caller's transaction; return its token.

    The token it carried before, ``instead_of``, is forgotten if it was this account's.
    """
    if instead_of:
        session.execute(
            delete(KnownDevice).where(KnownDevice.token_hash == hash_token(instead_of), KnownDevice.user_id == user_id)
        )
    token = secrets.token_urlsafe(32)
    session.add(
        KnownDevice(user_id=user_id, token_hash=hash_token(token), created_at=now, expires_at=now + KNOWN_DEVICE_LIFE)
    )
    return token


def forget_devices(session: Session, *, user_id: int) -> None:
    """Forget every known browser of the account, inside the caller's transaction (after a reset)."""
    session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


def is_known_device(session: Session, *, token: str | None, email: str, now: datetime) -> bool:
    """Tell whether ``token`` belongs to a browser from which the account of ``email`` signed in before."""
    if not token:
        return False
    found = session.scalar(
        select(KnownDevice.id)
        .join(User, User.id == KnownDevice.user_id)
        .where(KnownDevice.token_hash == hash_token(token), KnownDevice.expires_at > now, User.email == email)
    )
    return found is not None
