"""Rotation of the pepper inside the database: sealed rows pass to the successor one by one (``docs/adr/0155``).

Nobody's key or password is needed: Argon2's hashes are sealed, not keyed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.audit_events import AuditEvent
from portal.models import AccessKey, OutboxMessage, PepperMark, PushSubscription, RecoveryCode, User
from portal.services import keys
from portal.services.mail import outbox, push_subscriptions
from portal.services.people.accounts import second_factor
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

Progress = Callable[[int, int], None]


class _Sealed(NamedTuple):
    """Sealed value of a row: its column, the row's number, the value, its owner, and the selector beside it."""

    column: InstrumentedAttribute[Any]
    id: int
    value: bytes
    owner: str
    selector: bytes | None = None


def count_former(session: Session, vault: Vault) -> int:
    """Return how many sealed values are not yet under the successor of the rotation; 0 without one."""
    return sum(vault.renewed(each.value, each.owner) is not None for each in _list_sealed(session))


def renew(act: Act, *, progress: Progress) -> int:
    """Pass every sealed value to the successor, a row a transaction, and return how many passed.

    A value that somebody changed meanwhile is left for the next call. Commits.
    """
    session, vault = act.session, act.vault
    every = list(_list_sealed(session))
    session.rollback()
    renewed = 0
    for done, each in enumerate(every, start=1):
        value = vault.renewed(each.value, each.owner)
        if value is not None:
            renewed += _replace(session, vault, each, value)
        progress(done, len(every))
    return renewed


def end(act: Act) -> None:
    """Renew the hashes of recovery codes and mark the database as sealed under the successor, in one transaction.

    ``renew`` comes first. Called again, it changes nothing. Commits.
    """
    session, vault = act.session, act.vault
    secret = vault.secret
    with transaction(session):
        mark = session.scalars(select(PepperMark).where(PepperMark.id == 1).with_for_update()).one_or_none()
        newest = vault.fingerprints[-1]
        if mark is None or hmac.compare_digest(mark.fingerprint, newest):
            return
        written = select(RecoveryCode).order_by(RecoveryCode.id).with_for_update()
        for code in session.scalars(written):
            if not secret.has_begun(code.created_at):
                code.code_hash = vault.renewed_recovery_hash(code.code_hash)
        mark.fingerprint, mark.marked_at = newest, act.now
        note(act, subject="pepper", step="ended")


def note(act: Act, *, subject: str, step: str) -> None:
    """Write into the audit that a rotation began or ended, inside the caller's transaction."""
    audit.record(act, event=AuditEvent.SECRETS_ROTATED, subject=subject, details={"step": step})


def _list_sealed(session: Session) -> Iterator[_Sealed]:
    people = session.execute(
        select(User.id, User.email, User.public_id, User.password_sealed, User.totp_sealed).order_by(User.id)
    )
    for person in people:
        if person.password_sealed:
            yield _Sealed(User.password_sealed, person.id, person.password_sealed, identity.owner_of(person.email))
        if person.totp_sealed:
            yield _Sealed(User.totp_sealed, person.id, person.totp_sealed, second_factor.owner_of(person.public_id))
    for key in session.execute(
        select(
            AccessKey.id,
            AccessKey.kind,
            AccessKey.contract_id,
            AccessKey.delivery_point_id,
            AccessKey.version,
            AccessKey.sealed,
            AccessKey.selector,
        ).order_by(AccessKey.id)
    ):
        owner = keys.owner_of(key.kind, key.contract_id or key.delivery_point_id, key.version)
        yield _Sealed(AccessKey.sealed, key.id, key.sealed, owner, key.selector)
    for mail in session.execute(
        select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.recipient, OutboxMessage.sealed)
        .where(OutboxMessage.sealed.is_not(None))
        .order_by(OutboxMessage.id)
    ):
        yield _Sealed(OutboxMessage.sealed, mail.id, mail.sealed, outbox.owner_of(mail.kind, mail.recipient))
    for browser in session.execute(
        select(PushSubscription.id, PushSubscription.public_id, PushSubscription.sealed)
        .where(PushSubscription.sealed.is_not(None))
        .order_by(PushSubscription.id)
    ):
        owner = push_subscriptions.owner_of(browser.public_id)
        yield _Sealed(PushSubscription.sealed, browser.id, browser.sealed, owner)


def _replace(session: Session, vault: Vault, each: _Sealed, value: bytes) -> bool:
    """Replace one sealed value, and the selector with it, unless it changed meanwhile."""
    values: dict[Any, bytes] = {each.column: value}
    if each.selector is not None:
        values[AccessKey.selector] = vault.renewed_selector(each.selector)
    model = each.column.class_
    with transaction(session):
        passed = session.execute(
            update(model)
            .where(model.id == each.id, each.column == each.value)
            .values(values)
            .returning(model.id)
            .execution_options(synchronize_session=False)
        )
        return passed.one_or_none() is not None
