"""Keys that a trusted device opens without their being typed: remembered with a second factor, opened at a sign-in.

Source: docs/security.md, "Trusted devices"; adr/0162.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select, update

from portal.domain.audit_events import AuditEvent
from portal.models import (
    AccessKey,
    Binding,
    Contract,
    DeliveryPoint,
    Grant,
    Passkey,
    RememberedKey,
    TrustedDevice,
    User,
)
from portal.services.people.accounts import passkeys, second_factor, trusted_devices
from portal.services.people.accounts.enrolment import Offered, spell
from portal.services.store import identity
from portal.services.store.acts import Act
from portal.services.store.permissions import require_account
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import grants
from .key_proofs import OPENS


class Opens(NamedTuple):
    """A trusted device, and the names of what it opens: contracts by number, points by name."""

    device: TrustedDevice
    contracts: Sequence[str]
    points: Sequence[str]


class _Adopted(NamedTuple):
    """Right code: with the secret that it adopts, and the step that it spends; empty for one known before."""

    secret: str = ""
    step: int = 0


def remember(act: Act, *, device: TrustedDevice) -> int:
    """Let a trusted device open what this session opened to be remembered; commits, and returns how much is new."""
    with transaction(act.session):
        return _remember(act, device=device)


def is_waiting(act: Act) -> bool:
    """Tell whether this session opened anything that waits for its device to be trusted."""
    return act.session.scalar(select(Grant.id).where(*_wanted(act)).limit(1)) is not None


def prepare(act: Act) -> None:
    """Give an account without a second factor of its own a secret for this session to begin one with; commits.

    An account that has passkeys gets none: its password alone adds no second factor (``prepare_by_passkey``).
    """
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        if passkeys.has_any(act.session, user_id=user.id):
            return
        if second_factor.find_offered(vault=act.vault, user=user, session_id=act.actor.session_id or 0) is None:
            second_factor.offer(vault=act.vault, user=user, session_id=act.actor.session_id or 0)


def prepare_by_passkey(act: Act, *, answer: str) -> None:
    """Give an account a secret for this session to begin an authenticator with, proved by its passkey; commits.

    Refuses as ``passkeys.prove``.
    """

    def offer(user: User, _passkey: Passkey) -> None:
        second_factor.offer(vault=act.vault, user=user, session_id=act.actor.session_id or 0)

    passkeys.prove(act, answer=answer, then=offer)


def find_offered(act: Act) -> Offered | None:
    """Return the secret that waits for its first code in this session; None for an account that has its own factor."""
    user = act.session.get_one(User, require_account(act))
    secret = second_factor.find_offered(vault=act.vault, user=user, session_id=act.actor.session_id or 0)
    return None if secret is None or user.totp_sealed is not None else spell(act.session, user=user, secret=secret)


def has_authenticator(act: Act) -> bool:
    """Tell whether the account has an authenticator of its own, whose codes it may give."""
    return act.session.get_one(User, require_account(act)).totp_sealed is not None


def trust(act: Act, *, typed: str, browser: str, moments: Sequence[datetime]) -> str:
    """Trust this browser once the code of the person's authenticator is right; commits, and returns its token.

    The first code of an account adopts the secret that it was offered. What this session opened to be remembered is
    remembered at once. Refuses (``Rejected``) a malformed code, which spends nothing, and a wrong one; ``NotFound``
    where no secret was offered; ``TooManyAttempts`` while throttled.
    """
    code = second_factor.parse_code(typed)
    session_id = act.actor.session_id or 0

    def verify(user: User) -> _Adopted | None:
        if user.totp_sealed is not None:
            spent = second_factor.spend_code(act.session, vault=act.vault, user=user, code=code, moments=moments)
            return _Adopted() if spent else None
        secret = second_factor.find_offered(vault=act.vault, user=user, session_id=session_id)
        if secret is None:
            raise NotFound
        step = second_factor.find_step(secret, code, moments)
        return None if step is None else _Adopted(secret, step)

    def begin(user: User, adopted: _Adopted) -> str:
        if adopted.secret:
            second_factor.enrol(vault=act.vault, user=user, secret=adopted.secret)
            # Spend the code that proved it.
            user.totp_last_step = adopted.step
        device, token = trusted_devices.trust(act, user=user, browser=browser)
        _remember(act, device=device)
        return token

    return second_factor.prove(act, ends=second_factor.PROVED, verify=verify, then=begin)


def trust_by_passkey(act: Act, *, answer: str, browser: str) -> str:
    """Trust this browser once a passkey of the person signed for it; commits, and returns its token.

    The first passkey of an account without a second factor is kept, under the name of this browser. What this session
    opened to be remembered is remembered at once. Refuses as ``passkeys.prove``.
    """

    def begin(user: User, passkey: Passkey) -> str:
        device, token = trusted_devices.trust(act, user=user, browser=browser, passkey_id=passkey.id)
        _remember(act, device=device)
        return token

    return passkeys.prove(act, answer=answer, name=browser, then=begin)


def open_remembered(act: Act, *, token: str, browser: str) -> tuple[TrustedDevice, str] | None:
    """Open in a session just begun what its device remembers; commits, and returns the device and its next token.

    None for a browser that is not trusted, or not any more. Only newest versions of keys open, under bindings that
    stand.
    """
    session = act.session
    with transaction(session):
        user = identity.lock(session, user_id=require_account(act))
        device = trusted_devices.recognise(act, user=user, token=token, browser=browser)
        if device is None:
            return None
        opened = session.scalars(
            select(AccessKey)
            .join(RememberedKey, RememberedKey.access_key_id == AccessKey.id)
            .where(RememberedKey.trusted_device_id == device.id, *_opens(act))
        ).all()
        for key in opened:
            grants.give(act, key=key, trusted_device_id=device.id)
        audit.record(
            act,
            event=AuditEvent.DEVICE_OPENED,
            subject=user.public_id,
            details={"device": device.public_id, "keys": len(opened)},
        )
        return device, trusted_devices.exchange(act, device=device)


def list_devices(act: Act) -> list[Opens]:
    """Return the account's trusted devices with what each of them opens now."""
    found = []
    for device in trusted_devices.list_live(act):
        rows = act.session.execute(
            select(Contract.number, DeliveryPoint.name)
            .select_from(AccessKey)
            .join(RememberedKey, RememberedKey.access_key_id == AccessKey.id)
            .outerjoin(Contract, Contract.id == AccessKey.contract_id)
            .outerjoin(DeliveryPoint, DeliveryPoint.id == AccessKey.delivery_point_id)
            .where(RememberedKey.trusted_device_id == device.id, *_opens(act))
            .order_by(Contract.number, DeliveryPoint.sort_name)
        ).all()
        contracts = [row.number for row in rows if row.number is not None]
        points = [row.name for row in rows if row.name is not None]
        found.append(Opens(device, contracts, points))
    return found


def _remember(act: Act, *, device: TrustedDevice) -> int:
    session = act.session
    known = set(
        session.scalars(select(RememberedKey.access_key_id).where(RememberedKey.trusted_device_id == device.id))
    )
    wanted = set(session.scalars(select(Grant.access_key_id).where(*_wanted(act)))) - known
    session.add_all(
        [RememberedKey(trusted_device_id=device.id, access_key_id=key, created_at=act.now) for key in sorted(wanted)]
    )
    # From now on they are the device's: forgotten with it, and open as long as the person is here.
    session.execute(update(Grant).where(*_wanted(act)).values(is_to_remember=False, trusted_device_id=device.id))
    return len(wanted)


def _wanted(act: Act) -> tuple[ColumnElement[bool], ...]:
    return Grant.session_id == act.actor.session_id, Grant.is_to_remember.is_(True)


def _opens(act: Act) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for a key that still opens: it has not ended, and its account is bound to its contract."""
    of_contract = or_(
        Binding.contract_id == AccessKey.contract_id,
        Binding.contract_id.in_(
            select(DeliveryPoint.contract_id)
            .where(DeliveryPoint.id == AccessKey.delivery_point_id)
            .correlate(AccessKey)
            .scalar_subquery()
        ),
    )
    return (
        AccessKey.state.in_(OPENS),
        or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > act.now),
        exists().where(Binding.user_id == act.actor.user_id, Binding.disabled_at.is_(None), of_contract),
    )
