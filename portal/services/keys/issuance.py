"""Issue of access keys, and the opening of a point with one.

Source: docs/security.md, "Keys", "Attempts".
"""

from __future__ import annotations

import secrets

from sqlalchemy import func, select

from portal.domain.audit_events import AuditEvent
from portal.domain.keys import (
    REPLACED_KEY_LIFE,
    UNUSED_KEY_LIFE,
    KeyKind,
    KeyState,
    generate_numeric_key,
    generate_web_key,
)
from portal.models import AccessKey, Contract, DeliveryPoint
from portal.services.people.accounts import trusted_devices
from portal.services.store import charges
from portal.services.store.acts import Act
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import grants, visits
from .contract_openings import Opened, open_contract, rotate_session
from .key_attempts import Charge
from .key_proofs import accept, owner_of, prove, require_valid

__all__ = ["Opened", "accept", "add_version", "issue", "open_contract", "open_point", "prove", "require_valid"]


def issue(
    act: Act,
    *,
    contract: Contract | None = None,
    delivery_point: DeliveryPoint | None = None,
    compromised: bool = False,
) -> str:
    """Issue the next version of a key and return its plain text, which cannot be read again.

    Exactly one of ``contract`` (web key) and ``delivery_point`` (numeric key) is given. The version before stays valid
    until the new one's first use, at most 15 days; with ``compromised`` it ends at once. Unused, the new one ends after
    30 days. Commits.
    """
    with transaction(act.session):
        plain = add_version(
            act,
            contract_id=contract.id if contract else None,
            delivery_point_id=delivery_point.id if delivery_point else None,
            plain=generate_web_key(secrets.randbelow) if contract else generate_numeric_key(secrets.randbelow),
            compromised=compromised,
        )
        owner = contract or delivery_point
        if owner is None:
            raise ValueError("a key opens a contract or a delivery point")
        audit.record(
            act,
            event=AuditEvent.WEB_KEY_ISSUED if contract else AuditEvent.NUMERIC_KEY_ISSUED,
            subject=owner.public_id,
            details={"compromised": compromised},
        )
        return plain


def add_version(
    act: Act, *, contract_id: int | None, delivery_point_id: int | None, plain: str, compromised: bool = False
) -> str:
    """Write ``plain`` (normalised) as the newest version, inside the caller's transaction; return it.

    Earlier versions open until its first use, 15 days at most; ``compromised`` ends them now.
    """
    session, now = act.session, act.now
    kind = KeyKind.WEB if contract_id is not None else KeyKind.NUMERIC
    owner_column = AccessKey.contract_id if kind is KeyKind.WEB else AccessKey.delivery_point_id
    owner_id = contract_id if kind is KeyKind.WEB else delivery_point_id
    newest = session.scalar(select(func.max(AccessKey.version)).where(owner_column == owner_id)) or 0
    # A letter is under way: nobody goes on by the memory of a browser.
    trusted_devices.forget_versions(session, contract_id=contract_id, delivery_point_id=delivery_point_id)
    for older in session.scalars(
        select(AccessKey).where(owner_column == owner_id, AccessKey.state.in_((KeyState.ISSUED, KeyState.ACTIVE)))
    ):
        if compromised:
            older.state, older.ended_at = KeyState.REVOKED, now
        else:
            # An unused version may be in a letter that arrives tomorrow; it keeps its own end.
            ends_at = now + REPLACED_KEY_LIFE
            older.valid_until = ends_at if older.valid_until is None else min(older.valid_until, ends_at)
    owner = owner_of(kind, owner_id, newest + 1)
    selector, sealed = (
        act.vault.seal_web_key(plain, owner) if kind is KeyKind.WEB else (None, act.vault.seal_key(plain, owner))
    )
    session.add(
        AccessKey(
            kind=kind,
            contract_id=contract_id,
            delivery_point_id=delivery_point_id,
            version=newest + 1,
            selector=selector,
            sealed=sealed,
            state=KeyState.ISSUED,
            issued_at=now,
            valid_until=now + UNUSED_KEY_LIFE,
        )
    )
    session.flush()
    return plain


def open_point(act: Act, *, delivery_point: DeliveryPoint, typed: str, remember: bool = False) -> Opened:
    """Open the balance sheet of a point with its numeric key (guide step 12); refuses as ``open_contract``.

    ``remember`` asks that a trusted device opens it from now on.
    """
    key_id, charge = prove(act, delivery_point=delivery_point, typed=typed, field="numeric_key")
    with charges.give_back_on_error(act.session, charge.open):
        return repeat_after_deadlock(lambda: _open_point(act, key_id=key_id, charge=charge, remember=remember))


def _open_point(act: Act, *, key_id: int, charge: Charge, remember: bool) -> Opened:
    session = act.session
    with transaction(session):
        accept(act, key_id=key_id, charge=charge)
        key = session.get_one(AccessKey, key_id)
        grants.give(act, key=key, remember=remember)
        point = session.get_one(DeliveryPoint, key.delivery_point_id)
        if act.actor.user_id is not None:
            visits.begin(act, user_id=act.actor.user_id, delivery_point_id=point.id)
        token = rotate_session(act)
        audit.record(
            act, event=AuditEvent.DELIVERY_POINT_OPENED, subject=point.public_id, company_id=point.contract.company_id
        )
        return Opened(point.public_id, token, point.contract.modality)
