"""Single-use links sent by mail; only the hash of the token is kept (docs/security.md, "Links by mail")."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import LINK_LIFE, LinkPurpose
from portal.models import EmailLink, User
from portal.services.mail import outbox
from portal.services.people.sessions import token_hash
from portal.services.store import identity
from portal.services.store.refusals import Refusal, Rejected


class Issued(NamedTuple):
    """A new link and its token, which is nowhere but here and, sealed, in the mail that carries it."""

    link: EmailLink
    token: str


def issue(session: Session, *, user_id: int, purpose: LinkPurpose, now: datetime) -> Issued:
    """Write a new link inside the caller's transaction; return it with its token, 256 random bits, for the mail."""
    token = secrets.token_urlsafe(32)
    link = EmailLink(
        user_id=user_id,
        purpose=purpose,
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + LINK_LIFE[purpose],
    )
    session.add(link)
    return Issued(link, token)


def find(session: Session, *, token: str, purpose: LinkPurpose, now: datetime) -> tuple[EmailLink, User]:
    """Return the link and its account; writes nothing.

    Refuses (``Rejected``) an unknown, spent or expired link and one of a disabled account, all in the same way.
    """
    found = session.execute(
        select(EmailLink, User)
        .join(User, User.id == EmailLink.user_id)
        .where(
            EmailLink.token_hash == token_hash(token),
            EmailLink.purpose == purpose,
            EmailLink.used_at.is_(None),
            EmailLink.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise Rejected(Refusal.LINK_SPENT)
    return found[0], found[1]


def consume(session: Session, *, token: str, purpose: LinkPurpose, now: datetime) -> tuple[EmailLink, User]:
    """Use a link up, inside the caller's transaction; return it and its account, locked. Refuses as ``find``.

    The account is locked first, as whoever issues a link does; of two uses at once one finds the link spent.
    """
    _, user = find(session, token=token, purpose=purpose, now=now)
    identity.lock(session, user_id=user.id)
    link, user = find(session, token=token, purpose=purpose, now=now)
    link.used_at = now
    session.flush()
    outbox.forget_spent(session, now=now, user_id=user.id)
    return link, user


def kill(session: Session, *, user_id: int, purpose: LinkPurpose, now: datetime) -> None:
    """Make the account's unused links of this purpose useless, inside the caller's transaction."""
    session.execute(
        update(EmailLink)
        .where(EmailLink.user_id == user_id, EmailLink.purpose == purpose, EmailLink.used_at.is_(None))
        .values(used_at=now)
    )
    outbox.forget_spent(session, now=now, user_id=user_id)
