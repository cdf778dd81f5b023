"""Trusted devices: browsers in which an account opens what it proved there without typing its keys again (adr/0162).

Off unless the person asks for it and gives a second factor of their own; never for an account of the consoles. To
sign, a numeric key is asked for all the same: that of the point, or of one point of its contract (adr/0163).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.audit_events import AuditEvent
from portal.models import AccessKey, DeliveryPoint, Grant, RememberedKey, TrustedDevice, User
from portal.services.people.sessions import ROTATION_GRACE, hash_token
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.permissions import require_account
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import mails

LIFE = timedelta(days=90)


class Copied(StrEnum):
    """Signs that a device's cookie was copied."""

    OTHER_BROWSER = "other-browser"
    USED_BEFORE = "used-before"


def list_live(act: Act) -> Sequence[TrustedDevice]:
    """Return the account's trusted devices, the one used last first."""
    return act.session.scalars(
        select(TrustedDevice)
        .where(TrustedDevice.user_id == act.actor.user_id, *_live(act.now))
        .order_by(TrustedDevice.last_used_at.desc(), TrustedDevice.id.desc())
    ).all()


def find(act: Act, *, token: str | None, browser: str) -> TrustedDevice | None:
    """Return the signed-in account's live device of this token in this browser; None for any other."""
    if not token:
        return None
    hashed = hash_token(token)
    return act.session.scalars(
        select(TrustedDevice).where(
            TrustedDevice.user_id == act.actor.user_id,
            TrustedDevice.browser == browser,
            or_(
                TrustedDevice.token_hash == hashed,
                and_(TrustedDevice.previous_token_hash == hashed, TrustedDevice.rotated_at > act.now - ROTATION_GRACE),
            ),
            *_live(act.now),
        )
    ).one_or_none()


def trust(act: Act, *, user: User, browser: str, passkey_id: int | None = None) -> tuple[TrustedDevice, str]:
    """Trust the browser for 90 days, inside the caller's transaction; return its row and the token for its cookie.

    The caller holds the account and has proved its second factor, the passkey when it was one. ``ValueError`` for an
    account of the consoles. The owner is told by mail.
    """
    if user.role is not Role.CUSTOMER:
        raise ValueError("no device is trusted for an account of the consoles")
    token = secrets.token_urlsafe(32)
    device = TrustedDevice(
        public_id=secrets.token_urlsafe(9),
        user_id=user.id,
        token_hash=hash_token(token),
        rotated_at=act.now,
        browser=browser,
        address=act.actor.address,
        created_at=act.now,
        last_used_at=act.now,
        expires_at=act.now + LIFE,
        passkey_id=passkey_id,
    )
    act.session.add(device)
    act.session.flush()
    audit.record(act, event=AuditEvent.DEVICE_TRUSTED, subject=user.public_id, details={"device": device.public_id})
    mails.post_device_trusted(act, to=user.email, browser=browser, until=device.expires_at)
    return device, token


def recognise(act: Act, *, user: User, token: str, browser: str) -> TrustedDevice | None:
    """Return the live device of a token at a sign-in, inside the caller's transaction; the caller holds the account.

    None for a token that is unknown, ended or another account's. A token in another browser than its own, or one that
    was exchanged before, is taken for a copy: the device ends, and the owner is told.
    """
    hashed = hash_token(token)
    device = act.session.scalars(
        select(TrustedDevice)
        .where(
            TrustedDevice.user_id == user.id,
            or_(TrustedDevice.token_hash == hashed, TrustedDevice.previous_token_hash == hashed),
            *_live(act.now),
        )
        .with_for_update()
    ).one_or_none()
    if device is None:
        return None
    is_former = device.token_hash != hashed and act.now > device.rotated_at + ROTATION_GRACE
    if device.browser == browser and not is_former:
        return device
    sign = Copied.USED_BEFORE if device.browser == browser else Copied.OTHER_BROWSER
    _end(act.session, TrustedDevice.id == device.id, now=act.now)
    details = {"device": device.public_id, "reason": sign.value}
    audit.record(act, event=AuditEvent.DEVICE_REFUSED, subject=user.public_id, details=details)
    mails.post_device_refused(act, to=user.email, browser=browser, trusted=device.browser)
    return None


def exchange(act: Act, *, device: TrustedDevice) -> str:
    """Give the device its next token, inside the caller's transaction, and return it."""
    token = secrets.token_urlsafe(32)
    device.previous_token_hash, device.token_hash = device.token_hash, hash_token(token)
    device.rotated_at = device.last_used_at = act.now
    return token


def require(act: Act, *, public_id: str) -> TrustedDevice:
    """Return a live device of the signed-in account; ``NotFound`` for any other."""
    device = act.session.scalars(
        select(TrustedDevice).where(
            TrustedDevice.public_id == public_id, TrustedDevice.user_id == act.actor.user_id, *_live(act.now)
        )
    ).one_or_none()
    if device is None:
        raise NotFound
    return device


def forget(act: Act, *, public_id: str) -> TrustedDevice:
    """End one device of the signed-in account, with what it opened anywhere; commits. ``NotFound`` for any other."""
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        device = require(act, public_id=public_id)
        _end(act.session, TrustedDevice.id == device.id, now=act.now)
        audit.record(act, event=AuditEvent.DEVICE_ENDED, subject=user.public_id, details={"device": public_id})
        return device


def let_keep(act: Act, *, public_id: str, keeps: bool) -> TrustedDevice:
    """Let a device of the signed-in account keep what was seen last, or no more (adr/0167); commits.

    ``NotFound`` for a device of anybody else.
    """
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        device = require(act, public_id=public_id)
        if device.keeps_last_seen is not keeps:
            device.keeps_last_seen = keeps
            audit.record(
                act,
                event=AuditEvent.DEVICE_KEEPS,
                subject=user.public_id,
                details={"device": public_id, "keeps": keeps},
            )
        return device


def end_all(session: Session, *, user_id: int, now: datetime) -> int:
    """End every device of an account and what they opened, inside the caller's transaction; return how many."""
    return _end(session, TrustedDevice.user_id == user_id, now=now)


def end_by_passkey(session: Session, *, passkey_id: int, now: datetime) -> int:
    """End the devices that a passkey turned on, inside the caller's transaction; return how many."""
    return _end(session, TrustedDevice.passkey_id == passkey_id, now=now)


def forget_contract(session: Session, *, user_id: int, contract_id: int) -> None:
    """Forget an account's keys of a contract and its points on every device, inside the caller's transaction."""
    points = select(DeliveryPoint.id).where(DeliveryPoint.contract_id == contract_id)
    devices = select(TrustedDevice.id).where(TrustedDevice.user_id == user_id)
    of_contract = or_(AccessKey.contract_id == contract_id, AccessKey.delivery_point_id.in_(points))
    _forget_keys(session, select(AccessKey.id).where(of_contract), devices)


def forget_versions(session: Session, *, contract_id: int | None, delivery_point_id: int | None) -> None:
    """Forget every version of a key on every device, inside the transaction that writes its next version."""
    of_owner = (
        AccessKey.contract_id == contract_id
        if contract_id is not None
        else AccessKey.delivery_point_id == delivery_point_id
    )
    _forget_keys(session, select(AccessKey.id).where(of_owner), select(TrustedDevice.id))


def _forget_keys(session: Session, keys: Select[int], devices: Select[int]) -> None:
    for model in (RememberedKey, Grant):
        session.execute(delete(model).where(model.access_key_id.in_(keys), model.trusted_device_id.in_(devices)))


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return TrustedDevice.ended_at.is_(None), TrustedDevice.expires_at > now


def _end(session: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    ended = session.scalars(
        update(TrustedDevice).where(which, *_live(now)).values(ended_at=now).returning(TrustedDevice.id)
    ).all()
    for device in ended:
        session.execute(delete(Grant).where(Grant.trusted_device_id == device))
        session.execute(delete(RememberedKey).where(RememberedKey.trusted_device_id == device))
    return len(ended)
