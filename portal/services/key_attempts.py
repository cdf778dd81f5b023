"""The policy of attempts at keys: charge first, then verify (trust.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, insert, update
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
from .refusals import TooManyAttempts
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
        for scope, counter in found.items():
            if not (known and scope in ("point-day", "point-version", "address")):
                counters.add(counter, now=now)
        if found["account"].count >= ACCOUNT_DAY:
            found["account"].blocked_until = now + DAY
        if found["all"].count == ALERT_HOUR + 1:
            log.warning("keys.attempts_alert", attempts_in_an_hour=found["all"].count)
            audit.record(session, event="keys:alert", actor=actor, now=now, subject="all")
        attempt_id = session.connection().execute(
            _CHARGED,
            {
                "at": now,
                "user_id": actor.user_id,
                "kind": target.kind,
                "contract_id": target.contract_id,
                "delivery_point_id": target.delivery_point_id,
                "address": actor.address,
                "outcome": "charged",
            },
        )
        return Charge(attempt_id.scalar_one(), target, found["pair"].count, not known)


def succeed(session: Session, *, actor: Actor, charge: Charge, now: datetime) -> None:
    """Refund the attempt and reset the pair, inside the caller's transaction."""
    found = _lock_all(session, actor=actor, target=charge.target, now=now)
    for scope, counter in found.items():
        if scope != "pair" and (charge.charged_everywhere or scope in ("account", "all")):
            counters.refund(counter)
    pair = found["pair"]
    pair.count = 0
    pair.opened_at = pair.opened_at or now
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
    session.connection().execute(_OUTCOME, {"attempt_id": charge.attempt_id, "outcome_now": outcome})


_CHARGED = insert(KeyAttempt).returning(KeyAttempt.id)
_OUTCOME = update(KeyAttempt).where(KeyAttempt.id == bindparam("attempt_id")).values(outcome=bindparam("outcome_now"))


def _lock_all(session: Session, *, actor: Actor, target: Target, now: datetime) -> dict[str, AttemptCounter]:
    """Lock the counters an attempt touches."""
    subjects = {
        "pair": f"{actor.user_id}:{target.kind.value}:{target.subject}:{target.version}",
        "account": str(actor.user_id),
        "address": actor.address,
    }
    if target.delivery_point_id is not None:
        subjects |= {"point-day": _point(target), "point-version": _point(target)}
    subjects["all"] = "all"
    return counters.locked_all(session, subjects=subjects, now=now)


def _point(target: Target) -> str:
    return f"{target.delivery_point_id}:{target.version}"


def _refuse_when_spent(found: dict[str, AttemptCounter], *, known: bool, now: datetime) -> None:
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
