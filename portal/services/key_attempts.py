"""The policy of attempts at keys: charge first, then verify (trust.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, case, func, insert, null, or_, update
from sqlalchemy.orm import Session

from portal.domain.access import KeyKind
from portal.domain.attempts import (
    ACCOUNT_DAY,
    ADDRESS_HOUR,
    ALERT_HOUR,
    POINT_DAY,
    POINT_VERSION,
    PairState,
    pair_wait,
)
from portal.models import AttemptCounter, KeyAttempt

from . import audit, counters, outbox
from .actors import Actor
from .counters import Tally
from .refusals import TooManyAttempts
from .statements import Statement
from .transactions import transaction

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """What a key is tried on: a delivery point under its newest key version, or a modality (web keys).

    ``contact_email`` is told when the point's own limit is reached.
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
    """An attempt that was charged and committed; it must end in ``succeed`` or ``fail``."""

    attempt_id: int
    target: Target
    consecutive: int
    charged_everywhere: bool


def charge(session: Session, *, actor: Actor, target: Target, now: datetime) -> Charge:
    """Count the attempt before the key is looked at; commits.

    Refuses (``TooManyAttempts``) without charging while the pair waits or is blocked, the account is stopped for a
    day, or, for a pair that never opened this version, the point's or the address's limit is reached.
    """
    with transaction(session):
        found = _lock_all(session, actor=actor, target=target, now=now)
        known = found["pair"].opened_at is not None
        _refuse_when_spent(found, known=known, now=now)
        charged = [tally for tally in found.values() if not (known and tally.scope in OF_STRANGERS)]
        for tally in charged:
            counters.add(tally, now=now)
        if found["account"].count >= ACCOUNT_DAY:
            found["account"].blocked_until = now + DAY
        if found["all"].count == ALERT_HOUR + 1:
            log.warning("keys.attempts_alert", attempts_in_an_hour=found["all"].count)
            audit.record(session, event="keys:alert", actor=actor, now=now, subject="all")
        counters.write(session, charged)
        attempt = _CHARGED.first(
            session,
            now=now,
            user=actor.user_id,
            key_kind=target.kind.value,
            contract=target.contract_id,
            point=target.delivery_point_id,
            sender=actor.address,
        )
        if attempt is None:
            raise LookupError("the attempt was not written")
        return Charge(attempt.id, target, found["pair"].count, not known)


def succeed(session: Session, *, actor: Actor, charge: Charge, now: datetime) -> None:
    """Refund the attempt and reset the pair, inside the caller's transaction."""
    subjects = _subjects(actor, charge.target)
    # One after the other in the order in which they are locked elsewhere.
    settled = sorted(scope for scope in subjects if charge.charged_everywhere or scope not in OF_STRANGERS)
    _REFUND.run_many(session, [{"the_scope": scope, "the_subject": subjects[scope], "now": now} for scope in settled])
    _settle(session, charge, "right")


def fail(session: Session, *, actor: Actor, charge: Charge, now: datetime) -> None:
    """Write the wrong attempt down; commits. The company is told when its point reached the day's limit."""
    target = charge.target
    with transaction(session):
        _settle(session, charge, "wrong")
        audit.record(
            session,
            event=f"{target.kind.value}-key:refused",
            actor=actor,
            now=now,
            subject=target.subject,
            company_id=target.company_id,
            details={"consecutive": charge.consecutive},
        )
        if target.delivery_point_id is None or not charge.charged_everywhere:
            return
        day = counters.locked(session, scope="point-day", subject=_point(target), now=now)
        if day.count == POINT_DAY and target.contact_email:
            outbox.post(
                session,
                kind="key-attempts",
                recipient=target.contact_email,
                subject="Intentos repetidos con la clave de su punto de entrega",
                body=(
                    "Hoy se llegó al límite de intentos con claves equivocadas en uno de sus puntos de entrega.\n\n"
                    "Quienes ya lo habían abierto con la clave vigente siguen entrando con normalidad. Si usted no "
                    "reconoce esos intentos, no tiene que hacer nada: la clave no se reveló.\n"
                ),
                now=now,
            )


def wait_until(consecutive: int, now: datetime) -> datetime | None:
    """Return until when the pair must wait after its ``consecutive``-th wrong key; None when it need not."""
    wait = pair_wait(consecutive)
    return now + wait if wait else None


def _settle(session: Session, charge: Charge, outcome: str) -> None:
    _OUTCOME.run(session, attempt=charge.attempt_id, new_outcome=outcome)


# What a pair that opened the present version is not counted by.
OF_STRANGERS = ("point-day", "point-version", "address")

_CHARGED = Statement(
    insert(KeyAttempt)
    .values(
        at=bindparam("now"),
        user_id=bindparam("user"),
        kind=bindparam("key_kind"),
        contract_id=bindparam("contract"),
        delivery_point_id=bindparam("point"),
        address=bindparam("sender"),
        outcome="charged",
    )
    .returning(KeyAttempt.id)
)
_OUTCOME = Statement(
    update(KeyAttempt).where(KeyAttempt.id == bindparam("attempt")).values(outcome=bindparam("new_outcome"))
)
_IS_PAIR = AttemptCounter.scope == "pair"
# The attempt is taken back everywhere; a pair begins anew, and has opened this version.
_REFUND = Statement(
    update(AttemptCounter)
    .where(AttemptCounter.scope == bindparam("the_scope"), AttemptCounter.subject == bindparam("the_subject"))
    .values(
        count=case((or_(_IS_PAIR, AttemptCounter.count < 1), 0), else_=AttemptCounter.count - 1),
        blocked_until=case((_IS_PAIR, AttemptCounter.blocked_until), else_=null()),
        opened_at=case(
            (_IS_PAIR, func.coalesce(AttemptCounter.opened_at, bindparam("now"))), else_=AttemptCounter.opened_at
        ),
    )
)


def _lock_all(session: Session, *, actor: Actor, target: Target, now: datetime) -> dict[str, Tally]:
    """Lock the counters an attempt touches."""
    return counters.tallies(session, subjects=_subjects(actor, target), now=now)


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
