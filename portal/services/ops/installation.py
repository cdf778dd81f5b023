"""Content of an installation at its start: whether it is empty, and the pepper that seals it; cheap queries."""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Company, PepperMark
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

ANOTHER_PEPPER = (
    "this is another pepper than the database was sealed with; nothing was changed, give the pepper of this database"
)


def is_empty(session: Session) -> bool:
    """Tell whether no company is registered yet."""
    return session.scalar(select(Company.id).limit(1)) is None


class AnotherPepper(Exception):
    """The pepper of the settings is not the one under which the database is sealed."""

    def __init__(self) -> None:
        super().__init__(ANOTHER_PEPPER)


def is_sealed_under(session: Session, vault: Vault) -> bool:
    """Tell whether the database is sealed under the vault's pepper, or has nothing sealed yet.

    A database without the mark is checked by its audit chain.
    """
    mark = session.get(PepperMark, 1)
    if mark is not None:
        return any(hmac.compare_digest(mark.fingerprint, each) for each in vault.fingerprints)
    return audit.is_sealed_with(session, vault.audit_key) is not False


def demand(session: Session, vault: Vault) -> None:
    """Raise ``AnotherPepper`` when the database is sealed under another one."""
    if not is_sealed_under(session, vault):
        raise AnotherPepper


def mark(act: Act) -> None:
    """Store the pepper's fingerprint in a database that has none; ``AnotherPepper`` when it is sealed under another.

    Commits.
    """
    session = act.session
    demand(session, act.vault)
    if session.get(PepperMark, 1) is None:
        with transaction(session):
            if session.get(PepperMark, 1) is None:
                session.add(PepperMark(id=1, fingerprint=act.vault.fingerprint, marked_at=act.now))
    session.rollback()
