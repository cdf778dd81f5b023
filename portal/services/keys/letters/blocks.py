"""Blocks of attempts at keys of either kind, and their end by a supervisor after a check.

Source: docs/security.md, "Attempts".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.attempts import ADDRESS_HOUR, PAIR_FREE, POINT_DAY, POINT_VERSION, PairState
from portal.domain.audit_events import AuditEvent
from portal.domain.keys import KeyKind, KeyState
from portal.domain.modalities import Modality
from portal.models import AccessKey, AttemptCounter, Contract, DeliveryPoint, User
from portal.services.keys import contract_openings
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .overview import find_newest_version
from .requests import LONGEST_REASON

MOST_SHOWN = 50
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Stopped(StrEnum):
    """Kinds of block, by the counter that causes them."""

    PAIR = "pair"
    ACCOUNT = "account"
    POINT_DAY = "point-day"
    POINT_VERSION = "point-version"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Block:
    """A block in force: its person and key, the number of wrong keys, and its end; None until somebody lifts it.

    Of a pair, ``kind`` says which key and ``point`` or ``modality`` its place; of an account only ``email`` is set, of
    a point ``point``, of an address none.
    """

    stopped: Stopped
    subject: str
    wrong: int
    until: datetime | None
    email: str | None = None
    kind: KeyKind | None = None
    modality: Modality | None = None
    point: DeliveryPoint | None = None


def list_blocks(act: Act) -> tuple[list[Block], bool]:
    """Return the blocks of keys in force, latest first, fifty at most, and whether there are more."""
    session = act.session
    require(act, Function.REQUEST_KEYS)
    rows = session.scalars(
        select(AttemptCounter).where(_stops(act.now)).order_by(AttemptCounter.last_at.desc()).limit(MOST_SHOWN + 1)
    ).all()
    users = _users(session, rows)
    points = _points(session, rows)
    found = [_block(act, row, users=users, points=points) for row in rows[:MOST_SHOWN]]
    return [block for block in found if block is not None], len(rows) > MOST_SHOWN


def lift(act: Act, *, stopped: Stopped, subject: str, check: str) -> None:
    """Lift a block; ``check`` says how the person's identity was verified.

    Supervisors only; commits. Writes to the account or, for a point, to the company. Refuses (``Rejected``) without the
    check; ``NotFound`` if the counter is empty.
    """
    session = act.session
    require(act, Function.APPROVE_KEYS)
    words = check_reason(check, most=LONGEST_REASON)
    with transaction(session):
        counter = session.get(AttemptCounter, (stopped.value, subject), with_for_update={"key_share": True})
        if counter is None or counter.count == 0:
            raise NotFound
        users, points = _users(session, [counter]), _points(session, [counter])
        user = next(iter(users.values()), None)
        point = next(iter(points.values()), None)
        old, counter.count, counter.blocked_until = counter.count, 0, None
        session.flush()
        contract = None if point is None else session.get_one(Contract, point.contract_id)
        audit.record(
            act,
            event=AuditEvent.KEY_PAIR_UNLOCKED if stopped is Stopped.PAIR and point else AuditEvent.KEY_BLOCK_LIFTED,
            subject=point.public_id if point else user.public_id if user else subject,
            company_id=contract.company_id if contract else None,
            details={
                "block": stopped.value,
                "account": user.email if user else None,
                "modality": _modality(counter),
                "old_wrong_keys": old,
                "new_wrong_keys": 0,
                "check": words,
            },
        )
        recipient = user.email if user else contract.company.contact_email if contract else None
        if recipient:
            outbox.post(
                act,
                kind="key-block-lifted",
                recipient=recipient,
                subject="Ya se puede escribir de nuevo la clave de su carta",
                body=f"Después de comprobar quién lo pedía, {act.distributor.name} levantó "
                f"{_what(stopped, point)}. Ya se puede "
                "intentar de nuevo, con la carta en la mano.\n\n"
                f"Si usted no lo pidió, llame al {act.distributor.telephone}: nadie recibió la clave.\n",
            )


def unlock(act: Act, *, point: str, email: str, check: str) -> None:
    """Let an account try the point's present key again after ten wrong ones, as ``lift``."""
    session = act.session
    require(act, Function.APPROVE_KEYS)
    found = get_point(session, point)
    user_id = session.scalar(select(User.id).where(User.email == email))
    version = find_newest_version(session, delivery_point_id=found.id)
    subject = f"{user_id}:{KeyKind.NUMERIC.value}:{found.public_id}:{version}"
    lift(act, stopped=Stopped.PAIR, subject=subject, check=check)


def _stops(now: datetime) -> ColumnElement[bool]:
    scope, count = AttemptCounter.scope, AttemptCounter.count
    since = AttemptCounter.window_started_at
    return or_(
        and_(scope == Stopped.PAIR.value, count > PAIR_FREE),
        and_(scope == Stopped.ACCOUNT.value, AttemptCounter.blocked_until > now),
        and_(scope == Stopped.POINT_DAY.value, count >= POINT_DAY, since > now - DAY),
        and_(scope == Stopped.POINT_VERSION.value, count >= POINT_VERSION),
        and_(scope == Stopped.ADDRESS.value, count >= ADDRESS_HOUR, since > now - HOUR),
    )


def _block(act: Act, row: AttemptCounter, *, users: dict[int, User], points: dict[str, DeliveryPoint]) -> Block | None:
    """Return the block caused by a counter; None if its wait is over, or a newer key ended it."""
    session = act.session
    stopped, parts = Stopped(row.scope), row.subject.split(":")
    match stopped:
        case Stopped.PAIR:
            user, state = users.get(int(parts[0])), PairState(row.count, row.last_at)
            if user is None or state.may_try(act.now):
                return None
            until = None if state.blocked else state.free_at
            kind, on, version = KeyKind(parts[1]), parts[2], int(parts[3])
            if kind is KeyKind.WEB:
                modality = Modality(on)
                newest = contract_openings.find_newest_version(
                    session, user_id=user.id, email=user.email, modality=modality
                )
                pair = Block(stopped, row.subject, row.count, until, user.email, kind, modality)
            else:
                point = points.get(on)
                newest = 0 if point is None else find_newest_version(session, delivery_point_id=point.id)
                pair = Block(stopped, row.subject, row.count, until, user.email, kind, point=point)
            return pair if version == newest else None
        case Stopped.ACCOUNT:
            user = users.get(int(parts[0]))
            return None if user is None else Block(stopped, row.subject, row.count, row.blocked_until, user.email)
        case Stopped.POINT_DAY | Stopped.POINT_VERSION:
            point = points.get(parts[0])
            if point is None or int(parts[1]) != find_newest_version(session, delivery_point_id=point.id):
                return None
            until = row.window_started_at + DAY if stopped is Stopped.POINT_DAY else None
            return Block(stopped, row.subject, row.count, until, point=point)
    return Block(stopped, row.subject, row.count, row.window_started_at + HOUR)


def _users(session: Session, rows: Iterable[AttemptCounter]) -> dict[int, User]:
    ids = {
        int(row.subject.partition(":")[0]) for row in rows if row.scope in (Stopped.PAIR.value, Stopped.ACCOUNT.value)
    }
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}


def _points(session: Session, rows: Iterable[AttemptCounter]) -> dict[str, DeliveryPoint]:
    """Return the points of counters, by the name in their subject: for a pair its public id."""
    names = {row.subject.split(":")[2] for row in rows if row.scope == Stopped.PAIR.value}
    ids = {int(row.subject.partition(":")[0]) for row in rows if row.scope.startswith("point-")}
    found = session.scalars(
        select(DeliveryPoint).where(or_(DeliveryPoint.public_id.in_(names), DeliveryPoint.id.in_(ids)))
    ).unique()
    return {key: point for point in found for key in (point.public_id, str(point.id))}


def _modality(counter: AttemptCounter) -> str | None:
    parts = counter.subject.split(":")
    return parts[2] if counter.scope == Stopped.PAIR.value and parts[1] == KeyKind.WEB.value else None


def _what(stopped: Stopped, point: DeliveryPoint | None) -> str:
    if point is not None:
        return f"la pausa por claves numéricas incorrectas en {point.name}"
    return "la pausa por claves web incorrectas" if stopped is Stopped.PAIR else "la pausa por claves incorrectas"


_ALIVE = (KeyState.ISSUED, KeyState.ACTIVE)


def revoke(act: Act, *, point: str, kind: KeyKind, reason: str) -> int:
    """End every version of a point's numeric key, or of its contract's web key, at once; return how many; commits.

    Objects opened with them close at the next request. Writes to the company. Refuses (``Rejected``) without a reason
    and if no key is valid; ``NotFound``.
    """
    session = act.session
    require(act, Function.REVOKE_KEYS)
    words = check_reason(reason, most=LONGEST_REASON)
    with transaction(session):
        found = get_point(session, point)
        contract = session.get_one(Contract, found.contract_id)
        owner = AccessKey.contract_id == contract.id if kind is KeyKind.WEB else AccessKey.delivery_point_id == found.id
        ended = session.scalars(
            update(AccessKey)
            .where(owner, AccessKey.state.in_(_ALIVE))
            .values(state=KeyState.REVOKED, ended_at=act.now)
            .returning(AccessKey.id)
        ).all()
        if not ended:
            raise Rejected(Refusal.NO_KEY_TO_REVOKE)
        what = "la clave web de su contrato" if kind is KeyKind.WEB else f"la clave numérica de {found.name}"
        audit.record(
            act,
            event=AuditEvent.WEB_KEY_REVOKED if kind is KeyKind.WEB else AuditEvent.NUMERIC_KEY_REVOKED,
            subject=found.public_id if kind is KeyKind.NUMERIC else contract.public_id,
            company_id=contract.company_id,
            details={"versions": len(ended), "reason": words},
        )
        if contract.company.contact_email:
            outbox.post(
                act,
                kind="key-revoked",
                recipient=contract.company.contact_email,
                subject="Anulamos una clave de su contrato",
                body=f"Desde ahora {what} ({contract.number}) no abre nada. La nueva llega por carta.\n\n"
                f"Si no esperaba este aviso, llame al {act.distributor.telephone}.\n",
            )
        return len(ended)


def get_point(session: Session, public_id: str) -> DeliveryPoint:
    """Return the point; ``NotFound``."""
    found = session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    return found
