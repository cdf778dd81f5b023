"""Policy of attempts at keys: charge first, then verify (docs/security.md, "Attempts")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.domain.attempts import (
    ACCOUNT_DAY,
    ADDRESS_HOUR,
    ALERT_HOUR,
    POINT_DAY,
    POINT_VERSION,
    PairState,
    pair_wait,
)
from portal.domain.audit_events import AuditEvent
from portal.domain.keys import KeyKind
from portal.services.mail import outbox
from portal.services.store import charges, counters
from portal.services.store.acts import Act, Actor
from portal.services.store.charges import Charged, Counted, InFlight
from portal.services.store.counters import Tally
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import repeat_after_deadlock, transaction
from portal.services.trace import audit

from . import hot

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Target of an attempt: a delivery point under its newest key version, or a modality (web keys).

    ``contact_email`` gets a mail when the point's own limit is reached.
    """

    kind: KeyKind
    subject: str
    version: int
    contract_id: int | None = None
    delivery_point_id: int | None = None
    company_id: int | None = None
    contact_email: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """A charged and committed attempt; it ends in ``succeed`` or ``fail``, or is given back (``open``)."""

    open: Charged
    target: Target
    consecutive: int
    charged_everywhere: bool
    # Version of the right key, once known.
    access_key_id: int | None = None


def charge(act: Act, *, target: Target, swept: bool = False) -> Charge:
    """Count the attempt before the key is verified; commits.

    ``swept`` when no attempt stands open, by a statement just made: else those without an outcome are given back first.

    Refuses (``TooManyAttempts``) without charging while the pair waits or is blocked, the account is stopped for a day,
    or, for a pair that never opened this version, the point's or the address's limit is reached; ``InFlight`` if only
    attempts still being compared stand in the way.
    """
    if not swept:
        charges.sweep(act)
    subjects = _subjects(act.actor, target)

    def write() -> Charge:
        with transaction(act.session):
            return _charge(act, target=target, subjects=subjects)

    try:
        return repeat_after_deadlock(write)
    except counters.Missing:
        # Made before any is locked, in a transaction of their own: the first attempt of a pair.
        counters.prepare(act, subjects=subjects)
        return repeat_after_deadlock(write)


def _charge(act: Act, *, target: Target, subjects: dict[str, str]) -> Charge:
    session, now = act.session, act.now
    found = counters.lock_tallies(session, subjects=subjects)
    known = found["pair"].opened_at is not None
    try:
        _refuse_when_spent(found, known=known, now=now)
    except TooManyAttempts:
        if _only_in_flight(act, found, known=known):
            raise InFlight from None
        raise
    charged = [tally for tally in found.values() if not (known and tally.scope in OF_STRANGERS)]
    counted = [Counted(tally.scope, tally.subject, tally.last_at) for tally in charged]
    for tally in charged:
        counters.add(tally, now=now)
    if found["account"].count >= ACCOUNT_DAY:
        found["account"].blocked_until = now + DAY
    counters.write(session, charged)
    attempt = hot.CHARGED.first(
        session,
        now=now,
        user=act.actor.user_id,
        key_kind=target.kind.value,
        contract=target.contract_id,
        point=target.delivery_point_id,
        sender=act.actor.address,
    )
    if attempt is None:
        raise LookupError("the attempt was not written")
    opened = charges.begin(act, counted=counted, attempt_id=attempt.id)
    if found["all"].count == ALERT_HOUR + 1:
        log.warning("keys.attempts_alert", attempts_in_an_hour=found["all"].count)
        audit.record(act, event=AuditEvent.KEYS_ALERT, subject="all")
    return Charge(opened, target, found["pair"].count, not known)


def succeed(act: Act, *, charge: Charge) -> None:
    """Refund the attempt and reset the pair, inside the caller's transaction."""
    pair = "pair", _subjects(act.actor, charge.target)["pair"]
    charges.give_back_right(act, charge.open, pair=pair)
    _settle(act.session, charge, "right")


def give_back(act: Act, *, charge: Charge) -> None:
    """Settle the attempt at a right key after the act that needed it failed; commits.

    Raises no error of the database: a charge that cannot be settled now is given back by the next sweep.
    """

    def write() -> None:
        with transaction(act.session):
            succeed(act, charge=charge)

    try:
        repeat_after_deadlock(write)
    except SQLAlchemyError as error:
        charges.leave(charge.open, wrong=False)
        log.warning("keys.not_given_back", reason=type(error).__name__)


def release(session: Session, *, charge: Charge) -> None:
    """Refund the attempt and leave the pair as it was; commits. For a right key that opens nothing here."""
    charges.release(session, charge.open)


def fail(act: Act, *, charge: Charge) -> None:
    """Record the wrong attempt; commits. The company gets a mail when its point reached the day's limit.

    If the database does not take it now, the charge stays, and the next attempt writes its outcome.
    """

    def write() -> None:
        with transaction(act.session):
            _fail(act, charge=charge)

    with charges.give_back_on_error(act.session, charge.open) as ending:
        ending.wrong = True
        repeat_after_deadlock(write)


def _fail(act: Act, *, charge: Charge) -> None:
    target = charge.target
    day = None
    if target.delivery_point_id is not None and charge.charged_everywhere:
        # Lock the counters before the audit chain, the order used everywhere.
        day = counters.lock_one(act, scope="point-day", subject=_point(target))
    charges.keep(act.session, charge.open)
    _settle(act.session, charge, "wrong")
    audit.record(
        act,
        event=AuditEvent.WEB_KEY_REFUSED if target.kind is KeyKind.WEB else AuditEvent.NUMERIC_KEY_REFUSED,
        subject=target.subject,
        company_id=target.company_id,
        details={"consecutive": charge.consecutive},
    )
    if day is not None and day.count == POINT_DAY and target.contact_email:
        outbox.post(
            act,
            kind="key-attempts",
            recipient=target.contact_email,
            subject="Intentos repetidos con la clave de su punto de entrega",
            body="Hoy se llegó al límite de intentos con claves equivocadas en uno de sus puntos de entrega.\n\n"
            "Quienes ya lo habían abierto con la clave vigente siguen entrando con normalidad. Si usted no "
            "reconoce esos intentos, no tiene que hacer nada: la clave no se reveló.\n",
        )


def compute_wait_end(consecutive: int, now: datetime) -> datetime | None:
    """Return the end of the pair's wait after its ``consecutive``-th wrong key; None if it need not wait."""
    wait = pair_wait(consecutive)
    return now + wait if wait else None


def _settle(session: Session, charge: Charge, outcome: str) -> None:
    hot.OUTCOME.run(session, attempt=charge.open.attempt_id, new_outcome=outcome, fitting=charge.access_key_id)


# Counters that skip a pair that has opened the present version.
OF_STRANGERS = ("point-day", "point-version", "address")


def _subjects(actor: Actor, target: Target) -> dict[str, str]:
    subjects = {
        "pair": f"{actor.user_id}:{target.kind.value}:{target.subject}:{target.version}",
        "account": str(actor.user_id),
        "address": actor.address,
    }
    if target.delivery_point_id is not None:
        subjects |= {"point-day": _point(target), "point-version": _point(target)}
    subjects["all"] = "all"
    return subjects


def _point(target: Target) -> str:
    return f"{target.delivery_point_id}:{target.version}"


def _refuse_when_spent(found: dict[str, Tally], *, known: bool, now: datetime) -> None:
    pair = PairState(found["pair"].count, found["pair"].last_at)
    if not pair.may_try(now):
        raise TooManyAttempts(None if pair.blocked else pair.free_at)
    account = found["account"]
    if account.blocked_until and now < account.blocked_until:
        raise TooManyAttempts(account.blocked_until)
    account.blocked_until = None
    counters.roll(account, period=DAY, now=now)
    counters.roll(found["all"], period=HOUR, now=now)
    address_ends = counters.roll(found["address"], period=HOUR, now=now)
    if known:
        return
    if found["address"].count >= ADDRESS_HOUR:
        raise TooManyAttempts(address_ends)
    if "point-day" not in found:
        return
    if found["point-version"].count >= POINT_VERSION:
        raise TooManyAttempts(None)
    day_ends = counters.roll(found["point-day"], period=DAY, now=now)
    if found["point-day"].count >= POINT_DAY:
        raise TooManyAttempts(day_ends)


def _only_in_flight(act: Act, found: dict[str, Tally], *, known: bool) -> bool:
    """Tell whether the attempt would be accepted if none of those now being compared turned out wrong.

    Changes the tallies: nothing may be charged after it.
    """
    flying = charges.count_in_flight(act.session)
    for tally in found.values():
        tally.count -= flying[tally.scope, tally.subject]
    account = found["account"]
    if account.count < ACCOUNT_DAY:
        account.blocked_until = None
    try:
        _refuse_when_spent(found, known=known, now=act.now)
    except TooManyAttempts:
        return False
    return True
