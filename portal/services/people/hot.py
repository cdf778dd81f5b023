"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from portal.models import Binding, SignInSession, User
from portal.services.store.statements import Statement

OF_BINDING = select(Binding.may_nominate).where(
    Binding.user_id == bindparam("user_id"),
    Binding.contract_id == bindparam("contract_id"),
    Binding.disabled_at.is_(None),
)
# Prepared 96 µs, plain 279 µs: 0.9 % of a signature.
MAY_NOMINATE = Statement(OF_BINDING)


def select_live(*, awaiting: bool) -> Select[*tuple[Any, ...]]:
    """Select the live session of a token, or the one that still owes its second factor."""
    return (
        select(
            SignInSession.id,
            SignInSession.user_id,
            User.email,
            User.name,
            User.role,
            SignInSession.last_seen_at,
            SignInSession.expires_at,
            SignInSession.stepped_up_at,
            SignInSession.followed_until,
            User.public_id,
        )
        .join(User, User.id == SignInSession.user_id)
        .where(
            or_(
                SignInSession.token_hash == bindparam("hashed"),
                (SignInSession.previous_token_hash == bindparam("hashed"))
                & (SignInSession.rotated_at > bindparam("grace")),
            ),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > bindparam("now"),
            SignInSession.awaiting_second_factor.is_(awaiting),
            User.disabled_at.is_(None),
        )
    )


# Part of every request of a person who is signed in; begins its transaction.
# Prepared 345 µs, plain 485 µs: 1.8 % of a month's sheet.
LIVE = Statement(select_live(awaiting=False))
