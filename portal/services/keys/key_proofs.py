"""Proof of a key outside of any lock, settled inside the transaction that needs it.

Source: docs/security.md, "Attempts".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.attempts import attempts_left
from portal.domain.keys import BadCheckDigit, BadKeyFormat, KeyKind, KeyState, normalise_numeric_key
from portal.models import AccessKey, DeliveryPoint
from portal.services.store import charges
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.vault import Vault

from . import former_keys, hot, key_attempts
from .key_attempts import Charge, Target


class PointKeys(NamedTuple):
    """A point with every version of its numeric key, and how many attempts of anybody stand open.

    ``versions`` have the columns of ``hot.VERSION_COLUMNS``; ``open_charges`` is None where nobody looked.
    """

    delivery_point_id: int
    public_id: str
    company_id: int
    contact_email: str | None
    versions: Sequence[Any]
    open_charges: int | None

    @classmethod
    def of(cls, session: Session, point: DeliveryPoint) -> PointKeys:
        """Read the keys of a point."""
        company, versions = point.contract.company, hot.VERSIONS.rows(session, point=point.id)
        flying = versions[0].open_charges if versions else None
        return cls(point.id, point.public_id, company.id, company.contact_email, versions, flying)


def prove(act: Act, *, delivery_point: DeliveryPoint | PointKeys, typed: str, field: str) -> tuple[int, Charge]:
    """Charge and verify the numeric key of a point outside of any lock; return the key's row id and the charge.

    The caller finishes with ``accept`` in its own transaction. A right key that has ended is refused as such and
    charged nothing. Format and check-digit errors spend no attempt.
    """
    session, now = act.session, act.now
    try:
        numeric_key = normalise_numeric_key(typed)
    except BadCheckDigit:
        raise Rejected(Refusal.NUMERIC_KEY_TYPO, field) from None
    except BadKeyFormat:
        raise Rejected(Refusal.NUMERIC_KEY_FORMAT, field) from None
    asked = delivery_point if isinstance(delivery_point, PointKeys) else PointKeys.of(session, delivery_point)
    rows = asked.versions
    target = Target(
        KeyKind.NUMERIC,
        subject=asked.public_id,
        version=max((row.version for row in rows), default=0),
        delivery_point_id=asked.delivery_point_id,
        company_id=asked.company_id,
        contact_email=asked.contact_email,
    )
    swept = asked.open_charges == 0
    good = [row for row in rows if former_keys.is_good(row, now)]
    compared: list[Any] = [*good, *former_keys.select_newest_ended(rows, now)]
    owned = [(row.id, row.sealed, owner_of(KeyKind.NUMERIC, asked.delivery_point_id, row.version)) for row in compared]

    def compare() -> tuple[int | None, Charge]:
        nonlocal swept
        # Only the first try: one that waits for others looks at them anew.
        looked, swept = swept, False
        with act.vault.slot():
            charge = key_attempts.charge(act, target=target, swept=looked)
            # The commit of the charge released the database.
            with charges.give_back_on_error(session, charge.open):
                return find_opening(act.vault, numeric_key, owned), charge

    fitting, charge = charges.compare_in_turn(compare)
    if fitting is None:
        raise record_wrong(act, charge=charge, refusal=Refusal.NUMERIC_KEY_WRONG, field=field)
    fitted = next(row for row in compared if row.id == fitting)
    if fitted not in good:
        # It was right once: the refusal says how it ended, and nothing is charged.
        key_attempts.release(session, charge=charge)
        raise former_keys.explain_end(fitted, rows, now=now).refused(field)
    return fitting, replace(charge, access_key_id=fitting)


def accept(act: Act, *, key_id: int, charge: Charge) -> None:
    """Settle a proven key inside the caller's transaction: still valid, attempt refunded, first use noted."""
    require_valid(act, key_id=key_id)
    key_attempts.succeed(act, charge=charge)


def require_valid(act: Act, *, key_id: int) -> None:
    """Read a proven key again under the lock and note its first use; refuses (``Rejected``) an ended one.

    For callers that do more in the same transaction and end it with ``key_attempts.succeed``, which locks a counter
    shared by all attempts.
    """
    found = hot.STILL_VALID.first(act.session, key=key_id, now=act.now)
    if found is None:
        raise Rejected(Refusal.KEY_ENDED)
    if found.state == KeyState.ISSUED:
        mark_used(act, act.session.get_one(AccessKey, key_id))


OPENS = (KeyState.ISSUED, KeyState.ACTIVE)


def find_opening(vault: Vault, plain: str, owned: Sequence[tuple[int, bytes, str]]) -> int | None:
    """Return the id of the key (row id, sealed, owner) that ``plain`` opens; does the work of one check at least."""
    if not owned:
        vault.spend_key_time(plain)
    return next((key_id for key_id, sealed, owner in owned if vault.key_matches(sealed, plain, owner)), None)


def mark_used(act: Act, key: AccessKey) -> None:
    """Activate a version at its first right use and end those before it.

    A version replaced before its first use keeps its own end.
    """
    if key.state is not KeyState.ISSUED:
        return
    owner_column = AccessKey.contract_id if key.kind is KeyKind.WEB else AccessKey.delivery_point_id
    owner_id = key.contract_id if key.kind is KeyKind.WEB else key.delivery_point_id
    others = act.session.scalars(
        select(AccessKey).where(owner_column == owner_id, AccessKey.id != key.id, AccessKey.state.in_(OPENS))
    ).all()
    key.state, key.activated_at = KeyState.ACTIVE, act.now
    if not any(other.version > key.version for other in others):
        key.valid_until = None
    for older in others:
        if older.version < key.version:
            older.state, older.ended_at = KeyState.REPLACED, act.now


def record_wrong(act: Act, *, charge: Charge, refusal: Refusal, field: str) -> Rejected:
    """Record a wrong key and return the refusal; commits."""
    key_attempts.fail(act, charge=charge)
    return Rejected(
        refusal,
        field,
        left=attempts_left(charge.consecutive),
        wait_until=key_attempts.compute_wait_end(charge.consecutive, act.now),
    )


def owner_of(kind: KeyKind, owner_id: int | None, version: int) -> str:
    """Return the owner that a key is sealed for: moved to another row, it no longer opens."""
    return f"{kind.value}:{owner_id}:{version}"
