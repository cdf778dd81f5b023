"""Single-use links sent by mail; only the hash of the token is stored (docs/security.md, "Links by mail")."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from sqlalchemy import select, update

from portal.domain.accounts import LINK_LIFE, LinkPurpose
from portal.models import EmailLink, User
from portal.services.mail import outbox
from portal.services.people.sessions import hash_token
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected


class Issued(NamedTuple):
    """A new link and its token, which exists here and, sealed, in the mail that carries it."""

    link: EmailLink
    token: str


def issue(act: Act, *, user_id: int, purpose: LinkPurpose) -> Issued:
    """Write a new link inside the caller's transaction; return it with its token, 256 random bits, for the mail."""
    token = secrets.token_urlsafe(32)
    link = EmailLink(
        user_id=user_id,
        purpose=purpose,
        token_hash=hash_token(token),
        created_at=act.now,
        expires_at=act.now + LINK_LIFE[purpose],
    )
    act.session.add(link)
    return Issued(link, token)


def find(act: Act, *, token: str, purpose: LinkPurpose) -> tuple[EmailLink, User]:
    """Return the link and its account; write nothing.

    Refuses (``Rejected``) an unknown, spent or expired link and one of a disabled account, all in the same way.
    """
    found = act.session.execute(
        select(EmailLink, User)
        .join(User, User.id == EmailLink.user_id)
        .where(
            EmailLink.token_hash == hash_token(token),
            EmailLink.purpose == purpose,
            EmailLink.used_at.is_(None),
            EmailLink.expires_at > act.now,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise Rejected(Refusal.LINK_SPENT)
    return found.EmailLink, found.User


def consume(act: Act, *, token: str, purpose: LinkPurpose) -> tuple[EmailLink, User]:
    """Use a link up, inside the caller's transaction; return it and its account, locked. Refuses as ``find``.

    Locks the account first, as ``issue`` does: of two uses at once the second finds the link spent.
    """
    _, user = find(act, token=token, purpose=purpose)
    identity.lock(act.session, user_id=user.id)
    link, user = find(act, token=token, purpose=purpose)
    link.used_at = act.now
    act.session.flush()
    outbox.forget_spent(act, user_id=user.id)
    return link, user


def kill(act: Act, *, user_id: int, purpose: LinkPurpose) -> None:
    """Revoke the account's unused links of this purpose, inside the caller's transaction."""
    act.session.execute(
        update(EmailLink)
        .where(EmailLink.user_id == user_id, EmailLink.purpose == purpose, EmailLink.used_at.is_(None))
        .values(used_at=act.now)
    )
    outbox.forget_spent(act, user_id=user_id)
