"""Passkeys: second factors of customers that a device of theirs holds and opens by fingerprint, face or PIN (adr/0177).

The first of an account is taken as the first authenticator is; a further one needs a second factor that is there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.attempts import PASSKEY_CHALLENGES, PASSKEY_CHALLENGES_PERIOD
from portal.domain.audit_events import AuditEvent
from portal.models import Passkey, User
from portal.services.store import counters, identity
from portal.services.store.acts import Act
from portal.services.store.permissions import require_account
from portal.services.store.refusals import NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from . import ceremonies, mails, second_factor, trusted_devices
from .ceremonies import Site

# A person looks for the finger, the telephone, the security key.
CHALLENGE_LIFE = timedelta(minutes=5)
BROWSER_WAITS = timedelta(minutes=2)
MOST = 10
ASKED = "passkey-challenges"
Done = TypeVar("Done")
ENDS = second_factor.Ends(AuditEvent.PASSKEY_PROVED, AuditEvent.PASSKEY_REFUSED, Refusal.PASSKEY_WRONG, "")


class Purpose(StrEnum):
    """Purpose of a challenge: an answer to another one is none."""

    FIRST = "first"
    FURTHER = "further"
    PROOF = "proof"


class Asked(NamedTuple):
    """Question for the browser: ``create`` or ``get``, with its options as JSON has them."""

    ceremony: str
    options: dict[str, Any]


def is_possible(base_url: str) -> bool:
    """Tell whether browsers allow passkeys at this public address of the portal."""
    return ceremonies.site_of(base_url) is not None


def list_live(act: Act) -> Sequence[Passkey]:
    """Return the passkeys of the signed-in account, the one used last first."""
    return _list(act.session, user_id=require_account(act))


def has_any(session: Session, *, user_id: int) -> bool:
    """Tell whether the account has a passkey."""
    return session.scalar(select(Passkey.id).where(*_live(user_id)).limit(1)) is not None


def ask(act: Act) -> Asked:
    """Ask for one of the account's passkeys, or for its first one where it has no second factor; commits.

    The challenge before it is void. ``NotFound`` where browsers allow none, or the account has an authenticator alone,
    whose code comes first; ``TooManyAttempts`` beyond thirty in ten minutes.
    """
    site = _require_site(act)
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        purpose = Purpose.PROOF if has_any(act.session, user_id=user.id) else Purpose.FIRST
        if purpose is Purpose.FIRST and user.totp_sealed is not None:
            raise NotFound
        _count_challenge(act, user=user)
        return _ask(act, user=user, site=site, purpose=purpose)


def ask_further(act: Act, *, typed: str, answer: str, moments: Sequence[datetime]) -> Asked:
    """Ask for a further passkey once a second factor that is there was proved; commits.

    ``typed`` is a code of the account's authenticator, ``answer`` what one of its passkeys signed; with neither, or no
    second factor yet, the question is that of ``ask``. Refuses (``Rejected``) a wrong one and an eleventh passkey;
    ``TooManyAttempts`` while throttled.
    """
    site = _require_site(act)
    if len(list_live(act)) >= MOST:
        raise Rejected(Refusal.PASSKEYS_ENOUGH)

    def go_on(user: User, _right: object) -> Asked:
        return _ask(act, user=user, site=site, purpose=Purpose.FURTHER)

    has_authenticator = act.session.get_one(User, require_account(act)).totp_sealed is not None
    if has_authenticator and (typed or not list_live(act)):
        code = second_factor.parse_code(typed)

        def verify(user: User) -> bool | None:
            return second_factor.spend_code(act.session, vault=act.vault, user=user, code=code, moments=moments) or None

        return second_factor.prove(act, ends=second_factor.PROVED, verify=verify, then=go_on)
    if answer:
        return prove(act, answer=answer, then=go_on)
    return ask(act)


def prove(act: Act, *, answer: str, then: Callable[[User, Passkey], Done], name: str = "") -> Done:
    """Check what a passkey of the account signed and return what ``then`` does, in one transaction; commits.

    With a ``name``, the first passkey of an account without a second factor may be made and kept under it. Charged,
    given back and refused as a code of an authenticator (``second_factor.prove``); an answer that is none, or to no
    waiting question, spends nothing.
    """
    accepted = (Purpose.PROOF, Purpose.FIRST) if name else (Purpose.PROOF,)
    return _check(act, answer=answer, name=name, accepted=accepted, then=then)


def add(act: Act, *, answer: str, name: str) -> Passkey:
    """Keep the passkey that the browser made for ``ask_further``, under a name; commits. Refuses as ``prove``."""

    def keep(_user: User, made: Passkey) -> Passkey:
        return made

    return _check(act, answer=answer, name=name, accepted=(Purpose.FIRST, Purpose.FURTHER), then=keep)


def require(act: Act, *, public_id: str) -> Passkey:
    """Return a live passkey of the signed-in account; ``NotFound`` for any other."""
    found = act.session.scalars(
        select(Passkey).where(Passkey.public_id == public_id, *_live(require_account(act)))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def end(act: Act, *, public_id: str) -> Passkey:
    """End a passkey of the signed-in account with the devices that it turned on; commits. ``NotFound`` for any other.

    The owner is told by mail.
    """
    with transaction(act.session):
        user = identity.lock(act.session, user_id=require_account(act))
        passkey = require(act, public_id=public_id)
        forgotten = _end(act, user=user, passkey=passkey, copied=False)
        mails.post_passkey_ended(act, to=user.email, name=passkey.name, forgotten=forgotten)
        return passkey


def _check(
    act: Act, *, answer: str, name: str, accepted: Collection[Purpose], then: Callable[[User, Passkey], Done]
) -> Done:
    site = _require_site(act)
    given = ceremonies.read_answer(answer)

    def verify(user: User) -> Passkey | None:
        purpose, challenge = _take_challenge(act, user=user, accepted=accepted)
        if purpose is Purpose.PROOF:
            return _use(act, user=user, site=site, challenge=challenge, answer=given)
        return _create(act, user=user, site=site, challenge=challenge, answer=given, name=name)

    return second_factor.prove(act, ends=ENDS, verify=verify, then=then)


def _ask(act: Act, *, user: User, site: Site, purpose: Purpose) -> Asked:
    """Give the account a challenge for this session alone, inside the caller's transaction."""
    challenge = secrets.token_bytes(32)
    ends_at = act.now + CHALLENGE_LIFE
    user.passkey_challenge_sealed = act.vault.seal_secret(
        f"{ends_at.isoformat()} {challenge.hex()}", _owner(act, user, purpose)
    )
    known = [each.credential_id for each in _list(act.session, user_id=user.id)]
    milliseconds = int(BROWSER_WAITS.total_seconds() * 1000)
    if purpose is Purpose.PROOF:
        return Asked(
            "get", ceremonies.build_request_options(site, challenge=challenge, known=known, milliseconds=milliseconds)
        )
    return Asked(
        "create",
        ceremonies.build_creation_options(
            site,
            challenge=challenge,
            handle=user.public_id,
            email=user.email,
            name=user.name,
            distributor=act.distributor.name,
            known=known,
            milliseconds=milliseconds,
        ),
    )


def _take_challenge(act: Act, *, user: User, accepted: Collection[Purpose]) -> tuple[Purpose, bytes]:
    """Spend the waiting challenge, whatever its answer is worth; refuses (``Rejected``) where none of these waits."""
    sealed, user.passkey_challenge_sealed = user.passkey_challenge_sealed, None
    # A first one was asked for while there was no second factor.
    has_factor = user.totp_sealed is not None or has_any(act.session, user_id=user.id)
    for purpose in accepted:
        opened = act.vault.open_secret(sealed, _owner(act, user, purpose)) if sealed else None
        if opened is None or (purpose is Purpose.FIRST and has_factor):
            continue
        ends_at, challenge = opened.split(" ")
        if act.now < datetime.fromisoformat(ends_at):
            return purpose, bytes.fromhex(challenge)
    raise Rejected(Refusal.PASSKEY_ASKED_AGAIN)


def _create(act: Act, *, user: User, site: Site, challenge: bytes, answer: dict[str, Any], name: str) -> Passkey | None:
    made = ceremonies.verify_creation(site, challenge=challenge, answer=answer)
    if made is None or _is_known(act.session, made.credential_id):
        return None
    passkey = Passkey(
        public_id=secrets.token_urlsafe(9),
        user_id=user.id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
        created_at=act.now,
        last_used_at=act.now,
    )
    act.session.add(passkey)
    # A secret offered while there was no second factor is none to begin with any more.
    user.totp_pending_sealed = None
    act.session.flush()
    audit.record(act, event=AuditEvent.PASSKEY_ADDED, subject=user.public_id, details={"passkey": passkey.public_id})
    mails.post_passkey_added(act, to=user.email, name=name)
    return passkey


def _use(act: Act, *, user: User, site: Site, challenge: bytes, answer: dict[str, Any]) -> Passkey | None:
    """Return the passkey of the account that signed the challenge; None for a wrong answer.

    A signed count of uses that is not above the last one is the sign of a copy: the passkey ends, and the owner is
    told.
    """
    passkey = act.session.scalars(
        select(Passkey).where(Passkey.credential_id == ceremonies.credential_of(answer), *_live(user.id))
    ).one_or_none()
    if passkey is None:
        return None
    count = ceremonies.verify_use(site, challenge=challenge, answer=answer, public_key=passkey.public_key)
    if count is None:
        return None
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        forgotten = _end(act, user=user, passkey=passkey, copied=True)
        mails.post_passkey_copied(act, to=user.email, name=passkey.name, forgotten=forgotten)
        return None
    passkey.sign_count, passkey.last_used_at = count, act.now
    return passkey


def _end(act: Act, *, user: User, passkey: Passkey, copied: bool) -> int:
    """End a passkey and the devices that it turned on, inside the caller's transaction; return how many devices."""
    passkey.ended_at = act.now
    forgotten = trusted_devices.end_by_passkey(act.session, passkey_id=passkey.id, now=act.now)
    details: dict[str, str | int | bool | None] = {
        "passkey": passkey.public_id,
        "devices": forgotten,
        "copied": copied,
    }
    audit.record(act, event=AuditEvent.PASSKEY_ENDED, subject=user.public_id, details=details)
    return forgotten


def _count_challenge(act: Act, *, user: User) -> None:
    counter = counters.lock_one(act, scope=ASKED, subject=str(user.id))
    ends = counters.roll(counter, period=PASSKEY_CHALLENGES_PERIOD, now=act.now)
    if counter.count >= PASSKEY_CHALLENGES:
        raise TooManyAttempts(ends)
    counters.add(counter, now=act.now)


def _require_site(act: Act) -> Site:
    site = ceremonies.site_of(act.base_url)
    if site is None:
        raise NotFound
    return site


def _owner(act: Act, user: User, purpose: Purpose) -> str:
    return f"passkey-{purpose.value}:{user.public_id}:{act.actor.session_id}"


def _is_known(session: Session, credential_id: bytes) -> bool:
    return session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None


def _live(user_id: int) -> tuple[Any, ...]:
    return Passkey.user_id == user_id, Passkey.ended_at.is_(None)


def _list(session: Session, *, user_id: int) -> Sequence[Passkey]:
    return session.scalars(
        select(Passkey).where(*_live(user_id)).order_by(Passkey.last_used_at.desc(), Passkey.id.desc())
    ).all()
