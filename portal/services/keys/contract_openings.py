"""Open a contract with its web key: the key finds its contract, on whatever page it was typed (adr/0042)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.keys import BadKeyFormat, KeyKind, normalise_web_key
from portal.domain.modalities import Modality
from portal.models import AccessKey, Binding, Company, Contract
from portal.services.people import bindings, sessions
from portal.services.store import charges
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import grants, key_attempts
from .former_keys import Former
from .key_attempts import Charge, Target
from .key_proofs import OPENS, find_opening, mark_used, owner_of, record_wrong

# Two bytes narrow thousands of keys to one or two; at most so many are compared in any case.
MOST_COMPARED = 4
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened object, its modality, and the new session token for the cookie."""

    public_id: str
    session_token: str
    modality: Modality


class _Candidate(NamedTuple):
    key_id: int
    sealed: bytes
    owner: str
    modality: Modality
    former: Former | None


def open_contract(act: Act, *, modality: Modality, typed: str, remember: bool = False) -> Opened:
    """Open the contract whose web key was typed: grant, binding, new session token (guide step 10).

    ``remember`` asks that a trusted device opens it from now on.
    A key of another modality opens its contract as well: ``Opened`` gives the modality, and the attempt costs nothing.
    Refuses (``Rejected``) a malformed or wrong key, and a right one that has ended, which costs nothing either;
    ``TooManyAttempts`` when throttled, in the modality of the page or in that of the key; ``Busy`` when no hash may
    run.
    """
    session = act.session
    try:
        web_key = normalise_web_key(typed)
    except BadKeyFormat:
        raise Rejected(Refusal.WEB_KEY_FORMAT, "web_key") from None
    target = find_target(act, modality=modality)

    def compare() -> tuple[_Candidate | None, Charge]:
        with act.vault.slot():
            charge = key_attempts.charge(act, target=target)
            with charges.give_back_on_error(session, charge.open):
                return _fitting(act, web_key, modality), charge

    fitting, charge = charges.compare_in_turn(compare)
    if fitting is None:
        raise record_wrong(act, charge=charge, refusal=Refusal.WEB_KEY_WRONG, field="web_key")
    if fitting.former is not None:
        key_attempts.release(session, charge=charge)
        raise fitting.former.refused("web_key")
    if fitting.modality is not modality:
        key_attempts.release(session, charge=charge)
        # A block of the key's modality counts here too, and gives the same answer on every page.
        of_key = find_target(act, modality=fitting.modality)
        charge = key_attempts.charge(act, target=of_key)
    key_id, settled = fitting.key_id, charge
    with charges.give_back_on_error(session, charge.open):
        return repeat_after_deadlock(lambda: _open(act, key_id=key_id, charge=settled, remember=remember))


def find_target(act: Act, *, modality: Modality) -> Target:
    """Return the target of a web key: a wrong one belongs to no contract, so the modality stands for all of them.

    Its version is the newest web key of the companies that the account is bound to or, while it is bound to none, has
    the mail domain of: a letter printed for one of them restarts the count, as with numeric keys.
    """
    version = find_newest_version(act.session, user_id=act.actor.user_id, email=act.actor.email, modality=modality)
    return Target(KeyKind.WEB, subject=modality.value, version=version)


def find_newest_version(session: Session, *, user_id: int | None, email: str, modality: Modality) -> int:
    """Return the row id of the newest web key of ``modality`` issued for the account's companies; else 0."""
    bound = select(Contract.company_id).join(Binding, Binding.contract_id == Contract.id)
    theirs = set(session.scalars(bound.where(Binding.user_id == user_id, Binding.disabled_at.is_(None))))
    domain = email.rpartition("@")[2].lower()
    if not theirs and domain and domain not in bindings.PUBLIC_MAIL:
        of_domain = func.lower(Company.contact_email).endswith(f"@{domain}", autoescape=True)
        theirs = set(session.scalars(select(Company.id).where(of_domain)))
    if not theirs:
        return 0
    newest = (
        select(func.max(AccessKey.id))
        .join(Contract, Contract.id == AccessKey.contract_id)
        .where(Contract.modality == modality, Contract.company_id.in_(theirs))
    )
    return session.scalar(newest) or 0


def rotate_session(act: Act) -> str:
    """Return the session's new token, inside the caller's transaction and before its audit event."""
    if act.actor.session_id is None:
        raise ValueError("a key is opened in a signed-in session")
    return sessions.rotate(act.session, session_id=act.actor.session_id, now=act.now)


def _fitting(act: Act, web_key: str, modality: Modality) -> _Candidate | None:
    """Return the key that was typed, of any modality, even an ended one; always does the work of at least one check.

    Releases the database before the slow hash begins.
    """
    session = act.session
    rows = session.execute(
        select(AccessKey, Contract.modality)
        .join(Contract, Contract.id == AccessKey.contract_id)
        .where(AccessKey.selector.in_(act.vault.selectors(web_key)))
        .order_by(AccessKey.id.desc())
        .limit(MOST_FOUND)
    ).all()
    found = [
        _Candidate(
            key.id,
            key.sealed,
            owner_of(key.kind, key.contract_id, key.version),
            of_contract,
            Former.of(session, key, now=act.now),
        )
        for key, of_contract in rows
    ]
    session.rollback()
    # Order: keys that open here, then those that open elsewhere, then ended ones.
    likeliest = sorted(found, key=lambda each: (each.former is not None, each.modality is not modality))[:MOST_COMPARED]
    fits = find_opening(act.vault, web_key, [(each.key_id, each.sealed, each.owner) for each in likeliest])
    return next((each for each in likeliest if each.key_id == fits), None)


def _open(act: Act, *, key_id: int, charge: Charge, remember: bool) -> Opened:
    session = act.session
    with transaction(session):
        contract = session.get_one(Contract, session.get_one(AccessKey, key_id).contract_id)
        # Lock the contract before the key and its counters: decisions about its people hold it too.
        session.get(Contract, contract.id, with_for_update={"key_share": True})
        key = _still_valid(act, key_id)
        mark_used(act, key)
        key_attempts.succeed(act, charge=charge)
        bindings.bind(act, contract=contract)
        grants.give(act, key=key, remember=remember)
        token = rotate_session(act)
        audit.record(act, event=AuditEvent.CONTRACT_OPENED, subject=contract.public_id, company_id=contract.company_id)
        return Opened(contract.public_id, token, contract.modality)


def _still_valid(act: Act, key_id: int) -> AccessKey:
    """Read the key again under the lock: it may have been revoked while it was being verified."""
    valid = select(AccessKey).where(
        AccessKey.id == key_id,
        AccessKey.state.in_(OPENS),
        or_(AccessKey.valid_until.is_(None), AccessKey.valid_until > act.now),
    )
    key = act.session.scalars(valid.with_for_update(key_share=True)).one_or_none()
    if key is None:
        raise Rejected(Refusal.KEY_ENDED)
    return key
