"""Second factor: six digits that change every 30 s (TOTP, RFC 6238), each good once.

Every account of the consoles has one; a customer who trusts a device has one of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar, cast

import pyotp
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from portal.domain.attempts import SECOND_FACTOR_DAY, PairState
from portal.domain.audit_events import AuditEvent
from portal.domain.typed_text import as_typed
from portal.models import AttemptCounter, SignInSession, User
from portal.services.people import sessions, staff_tokens
from portal.services.store import charges, counters, identity
from portal.services.store.acts import Act, Actor
from portal.services.store.charges import Charged, Counted
from portal.services.store.refusals import Refusal, Rejected, StepMissing, TooManyAttempts
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit

from . import trusted_devices
from .sign_in import Tokens

STEP_SECONDS = 30
DIGITS = 6
# One step before and one after: a telephone's clock may be off by half a minute.
STEPS_OFF = (0, -1, 1)
DAY = timedelta(days=1)
IN_A_ROW, A_DAY = "second-factor", "second-factor-day"
Right = TypeVar("Right")
Done = TypeVar("Done")


class Ends(NamedTuple):
    """Outcomes of an attempt: the audit's event of a right and of a wrong code, the refusal and its field."""

    right: AuditEvent
    wrong: AuditEvent
    refusal: Refusal
    field: str


BEGUN = Ends(AuditEvent.SESSION_BEGUN, AuditEvent.SECOND_FACTOR_REFUSED, Refusal.SECOND_FACTOR_WRONG, "totp")
PROVED = BEGUN._replace(right=AuditEvent.SECOND_FACTOR_PROVED)
SIGNED = BEGUN._replace(right=AuditEvent.SECOND_FACTOR_SIGNED)
ENROLLED = BEGUN._replace(right=AuditEvent.SECOND_FACTOR_ENROLLED)
RECOVERED = Ends(AuditEvent.RECOVERY_CODE_USED, AuditEvent.RECOVERY_CODE_REFUSED, Refusal.RECOVERY_CODE_WRONG, "code")


def generate_secret() -> str:
    """Return a secret for an authenticator: 160 random bits in base32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str, *, distributor: str) -> str:
    """Return the ``otpauth://`` address that gives an authenticator the secret; keep it as secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"Portal {distributor}")


def compute_code(secret: str, moment: datetime) -> str:
    """Return the code that an authenticator shows at ``moment``."""
    return pyotp.TOTP(secret).generate_otp(_step(moment))


def enrol(*, vault: Vault, user: User, secret: str) -> None:
    """Replace the account's secret by this one, inside the caller's transaction."""
    user.totp_sealed = vault.seal_secret(secret, owner_of(user.public_id))
    user.totp_pending_sealed = user.totp_last_step = None


def offer(*, vault: Vault, user: User, session_id: int) -> None:
    """Store a new secret for an account without one, for this half session alone, inside the transaction.

    Each sign-in gets another: a person who saw an earlier one cannot know the owner's.
    """
    if user.totp_sealed is None:
        user.totp_pending_sealed = vault.seal_secret(generate_secret(), _offered(user.public_id, session_id))


def find_offered(*, vault: Vault, user: User, session_id: int) -> str | None:
    """Return the secret that waits for its first code in this half session, None if there is none."""
    if user.totp_pending_sealed is None:
        return None
    return vault.open_secret(user.totp_pending_sealed, _offered(user.public_id, session_id))


def finish(
    act: Act, *, awaiting: Actor, typed: str, device: str | None, user_agent: str, moments: Sequence[datetime]
) -> Tokens:
    """Turn a session that owes its second factor into a full one; commits, and returns the new tokens.

    ``moments`` are the possible times of the authenticator's clock: one, except where development moved the portal's
    own. Refuses (``Rejected``) a malformed code, which spends nothing, and a wrong or used one; ``TooManyAttempts``
    while throttled, the right one too; ``StepMissing`` if the session ended meanwhile.
    """
    session_id = awaiting.session_id
    if session_id is None:
        raise ValueError("only a session that has its password can give the second factor")
    code = parse_code(typed)

    def verify(user: User) -> bool | None:
        refuse_ended(act, session_id=session_id)
        return spend_code(act.session, vault=act.vault, user=user, code=code, moments=moments) or None

    def begin(user: User, _right: bool) -> Tokens:
        return begin_full(act, user=user, awaiting=awaiting, device=device, user_agent=user_agent)

    return prove(act.by(awaiting), ends=BEGUN, verify=verify, then=begin)


def step_up(act: Act, *, typed: str, moments: Sequence[datetime]) -> None:
    """Check the second factor again in an open session, for a sensitive act; commits.

    Refuses as ``finish``.
    """
    session_id = act.actor.session_id
    if session_id is None:
        raise ValueError("only a signed-in person can give the second factor again")
    code = parse_code(typed)

    def verify(user: User) -> bool | None:
        return spend_code(act.session, vault=act.vault, user=user, code=code, moments=moments) or None

    def renew(_user: User, _right: bool) -> None:
        sessions.prove(act.session, session_id=session_id, now=act.now)

    prove(act, ends=PROVED, verify=verify, then=renew)


def sign_once(act: Act, *, typed: str, moments: Sequence[datetime], then: Callable[[Callable[[], None]], Done]) -> Done:
    """Take a code of the actor's authenticator as the signature of one act, and return what ``then`` does; commits.

    The code is spent with the act, and not at all when the act is refused. ``then`` gets what gives the attempt back,
    as in ``prove_and_act``. Refuses as ``finish``.
    """
    code = parse_code(typed)

    def verify(user: User) -> bool | None:
        return spend_code(act.session, vault=act.vault, user=user, code=code, moments=moments) or None

    def sign(_user: User, _right: bool, settle: Callable[[], None]) -> Done:
        return then(settle)

    return prove_and_act(act, ends=SIGNED, verify=verify, then=sign)


def prove(act: Act, *, ends: Ends, verify: Callable[[User], Right | None], then: Callable[[User, Right], Done]) -> Done:
    """Check one second factor of the actor, of any kind, and return the result of ``then``; commits.

    As ``prove_and_act``, for what locks nothing that stands before the counters.
    """

    def settled(user: User, right: Right, settle: Callable[[], None]) -> Done:
        settle()
        return then(user, right)

    return prove_and_act(act, ends=ends, verify=verify, then=settled)


def prove_and_act(
    act: Act,
    *,
    ends: Ends,
    verify: Callable[[User], Right | None],
    then: Callable[[User, Right, Callable[[], None]], Done],
) -> Done:
    """Finish one second factor of the actor and return what ``then`` does, all in one transaction; commits.

    The attempt is charged and committed before anything is compared, and given back on every outcome but a wrong code.
    ``verify`` spends the code, inside the transaction and under the lock of the account, and returns None for a wrong
    one; ``then``, in the same transaction, is the act that the code is given for: a session begun or renewed, an
    enrolment, or one act alone, whose code proves nothing else. Its third argument gives the attempt back: to be called
    at the place of the counters in the order of locks. Refuses a wrong code as ``ends`` says; ``TooManyAttempts`` while
    throttled, the right one too.
    """
    session = act.session
    user_id = act.actor.user_id
    if user_id is None:
        raise ValueError("a second factor belongs to an account")
    charged = _charge(act, user_id=user_id)
    with charges.give_back_on_error(session, charged) as ending, transaction(session):
        user = identity.lock(session, user_id=user_id)
        right = verify(user)
        ending.wrong = right is None
        # Nothing is done for a wrong code; what stands here then is never handed on.
        done = None
        if right is None:
            charges.keep(session, charged)
        else:
            done = then(user, right, lambda: _settle(session, charged, user_id=user_id))
        audit.record(act, event=ends.wrong if ending.wrong else ends.right, subject=user.public_id)
    if ending.wrong:
        raise Rejected(ends.refusal, ends.field)
    return cast("Done", done)


def let_go(act: Act) -> None:
    """Withdraw the signed-in account's secret: the next sign-in offers another. Sessions end; commits."""
    if act.actor.user_id is None:
        raise ValueError("a second factor belongs to an account")
    with transaction(act.session):
        user = identity.lock(act.session, user_id=act.actor.user_id)
        withdraw(act, user=user)
        audit.record(act, event=AuditEvent.SECOND_FACTOR_LET_GO, subject=user.public_id)


def withdraw(act: Act, *, user: User) -> int:
    """Withdraw the account's secret, inside the caller's transaction; return how many sessions ended."""
    user.totp_sealed = user.totp_pending_sealed = user.totp_last_step = None
    staff_tokens.end_all(act, user_id=user.id)
    trusted_devices.end_all(act.session, user_id=user.id, now=act.now)
    return sessions.end_all(act.session, user_id=user.id, now=act.now)


def begin_full(act: Act, *, user: User, awaiting: Actor, device: str | None, user_agent: str) -> Tokens:
    """Replace the session that owed its second factor by a full one, inside the caller's transaction."""
    session, now = act.session, act.now
    if awaiting.session_id is not None:
        sessions.end(session, session_id=awaiting.session_id, now=now)
    return Tokens(
        session=sessions.begin(
            session, user_id=user.id, now=now, address=awaiting.address, user_agent=user_agent, proved=True
        ),
        device=sessions.remember_device(session, user_id=user.id, now=now, instead_of=device),
    )


def parse_code(typed: str) -> str:
    """Return the six digits of a code; refuses (``Rejected``) any other form, which spends nothing."""
    code = as_typed(typed).replace(" ", "").replace("-", "")
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        raise Rejected(Refusal.SECOND_FACTOR_FORMAT, "totp")
    return code


def _charge(act: Act, *, user_id: int) -> Charged:
    """Count the attempt before the code is compared; commits. Refuses (``TooManyAttempts``) without charging.

    It ends in ``_settle``, or is given back if the act that follows fails.
    """
    now = act.now
    charges.sweep(act)

    def write() -> Charged:
        with transaction(act.session):
            found = _lock(act, user_id)
            in_a_row = PairState(found[IN_A_ROW].count, found[IN_A_ROW].last_at)
            if in_a_row.free_at is not None and now < in_a_row.free_at:
                raise TooManyAttempts(in_a_row.free_at)
            day_ends = counters.roll(found[A_DAY], period=DAY, now=now)
            if found[A_DAY].count >= SECOND_FACTOR_DAY:
                raise TooManyAttempts(day_ends)
            counted = [Counted(each.scope, each.subject, each.last_at) for each in found.values()]
            for counter in found.values():
                counters.add(counter, now=now)
            act.session.flush()
            return charges.begin(act, counted=counted)

    return repeat_after_deadlock(write)


def _lock(act: Act, user_id: int) -> dict[str, AttemptCounter]:
    return counters.lock_all(act, subjects={IN_A_ROW: str(user_id), A_DAY: str(user_id)})


def refuse_ended(act: Act, *, session_id: int) -> None:
    """Refuse a session that was ended, or that passed its second factor in another tab, since the request began."""
    row = act.session.get_one(SignInSession, session_id, with_for_update={"key_share": True})
    if row.ended_at is not None or row.expires_at <= act.now or not row.awaiting_second_factor:
        raise StepMissing("login.sign_in")


def spend_code(session: Session, *, vault: Vault, user: User, code: str, moments: Sequence[datetime]) -> bool:
    """Tell whether ``code`` is one that the account's authenticator may show now, and spend it."""
    if user.totp_sealed is None or user.disabled_at is not None:
        return False
    secret = vault.open_secret(user.totp_sealed, owner_of(user.public_id))
    step = None if secret is None else find_step(secret, code, moments)
    return step is not None and _take(session, user_id=user.id, step=step)


def find_step(secret: str, code: str, moments: Sequence[datetime]) -> int | None:
    """Return the time step of the typed code, None if it is valid at none of the moments."""
    authenticator = pyotp.TOTP(secret)
    fitting = [
        step
        for step in (_step(moment) + off for moment in moments for off in STEPS_OFF)
        # Compare every code, so that the time reveals nothing.
        if secrets.compare_digest(authenticator.generate_otp(step), code)
    ]
    return fitting[0] if fitting else None


def _take(session: Session, *, user_id: int, step: int) -> bool:
    """Spend a time step; return False if this one, or a later one, was used before."""
    taken = session.execute(
        update(User)
        .where(User.id == user_id, or_(User.totp_last_step.is_(None), User.totp_last_step < step))
        .values(totp_last_step=step)
        .returning(User.id)
    )
    return taken.one_or_none() is not None


def _settle(session: Session, charged: Charged, *, user_id: int) -> None:
    """Give a right attempt back inside the caller's transaction, and begin counting anew."""
    charges.give_back(session, charged)
    session.execute(
        update(AttemptCounter)
        .where(AttemptCounter.scope == IN_A_ROW, AttemptCounter.subject == str(user_id))
        .values(count=0)
    )


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def owner_of(public_id: str) -> str:
    """Return the owner that a secret is sealed for: moved to another account, it no longer opens."""
    return f"totp:{public_id}"


def _offered(public_id: str, session_id: int) -> str:
    return f"totp-offered:{public_id}:{session_id}"
