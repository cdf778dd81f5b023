"""Names, e-mail addresses and passwords as an account stores them, and locked accounts."""

from __future__ import annotations

import secrets

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.distributor import Distributor
from portal.domain.passwords import PasswordProblem, find_password_problem, normalise_password
from portal.domain.typed_text import as_typed
from portal.models import User
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected

LONGEST_NAME = 120
LONGEST_EMAIL = 254
PROBLEMS = {
    PasswordProblem.TOO_SHORT: Refusal.PASSWORD_TOO_SHORT,
    PasswordProblem.TOO_LONG: Refusal.PASSWORD_TOO_LONG,
    PasswordProblem.COMMON: Refusal.PASSWORD_COMMON,
    PasswordProblem.COMPANY_WORDS: Refusal.PASSWORD_COMPANY_WORDS,
}

# Conditions on accounts: confirmed, and not disabled.
IN_USE = (User.disabled_at.is_(None), User.verified_at.is_not(None))


def list_addresses_of_role(session: Session, *, role: Role) -> list[str]:
    """Return the addresses of the accounts in use with this role, the oldest account first."""
    return list(session.scalars(select(User.email).where(User.role == role, *IN_USE).order_by(User.id)))


def normalise_email(typed: str) -> str:
    """Return the one spelling of an e-mail address: ASCII, lower case. Its syntax is checked, the network is not asked.

    Refuses (``Rejected``) what no mail server would take.
    """
    try:
        # `test_environment` allows the reserved domain .test, which reaches nobody.
        found = validate_email(as_typed(typed), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise Rejected(Refusal.EMAIL_MALFORMED, "email") from None
    return (found.ascii_email or found.normalized).lower()


def normalise_typed_email(typed: str) -> str:
    """Return the spelling for looking an account up: as ``canonical_email``; any other text in lower case."""
    try:
        return normalise_email(typed)
    except Rejected:
        return as_typed(typed).lower()


def clean_name(typed: str) -> str:
    """Return a name with single blanks; refuses (``Rejected``) an empty one."""
    name = clean_line(typed)
    if not name:
        raise Rejected(Refusal.NAME_MISSING, "name")
    return name


def clean_line(typed: str) -> str:
    """Return the text on one line, printable, with single blanks, at most 120 characters."""
    return as_typed(typed)[:LONGEST_NAME].strip()


def require_acceptable_password(
    password: str, *, distributor: Distributor, name: str, email: str, field: str = "password"
) -> str:
    """Return the password in the hashed form (NFC); refuses (``Rejected``) by docs/security.md, "Passwords"."""
    problem = find_password_problem(password, name=name, email=email, company_words=distributor.password_words)
    if problem is not None:
        raise Rejected(PROBLEMS[problem], field)
    return normalise_password(password)


def owner_of(email: str) -> str:
    """Return the owner that a sealed password is bound to: under another account's address it does not open."""
    return f"password:{email}"


def actor_of(user: User, *, address: str, session_id: int | None = None) -> Actor:
    """Return the account's person as actor without a session (links, registration, sign-in)."""
    return Actor(user.id, user.email, user.name, user.role, session_id, address, "web")


def make_stranger(*, address: str) -> Actor:
    """Return the actor of a person who did not prove to be any account."""
    return Actor(None, "", "", None, None, address, "web")


def lock_or_create(act: Act, *, email: str, name: str, sealed: bytes) -> tuple[User, bool]:
    """Return the account of ``email``, locked until the caller's transaction ends, and whether it is new.

    A new one is an unverified customer. Two registrations at once agree on one row.
    """
    session = act.session
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.execute(
        make(User)
        .values(
            public_id=secrets.token_urlsafe(12),
            email=email,
            name=name,
            company_claim="",
            role=Role.CUSTOMER,
            password_sealed=sealed,
            created_at=act.now,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(User.id)
    ).scalar_one_or_none()
    user = session.scalars(select(User).where(User.email == email).with_for_update(key_share=True)).one()
    return user, made is not None


def lock(session: Session, *, user_id: int) -> User:
    """Return the account's present row, locked until the caller's transaction ends."""
    return session.scalars(
        select(User).where(User.id == user_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one()


def end_sentence(text: str) -> str:
    """Return a text with the full stop of its sentence; "Gas S.A.S." has it already."""
    return text if text.endswith(".") else f"{text}."


def check_reason(text: str, *, most: int) -> str:
    """Return a reason without blanks around it.

    Refuses (``Rejected``) none, ``REASON_MISSING``, and one of more than ``most`` characters, ``REASON_TOO_LONG``.
    """
    words = text.strip()
    if not words:
        raise Rejected(Refusal.REASON_MISSING, "reason")
    if len(words) > most:
        raise Rejected(Refusal.REASON_TOO_LONG, "reason", most=most)
    return words
