"""One revision entered: its number, its radicado, its place in the chain, and the head of the day moved to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, inspect, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, Unit
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination, NominationHead
from portal.services import audit, filing, receipts
from portal.services.actors import Actor
from portal.services.heating_values import HeatingValueInForce
from portal.services.refusals import Conflict
from portal.services.statements import Statement

from . import mails, rules

SERIES = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A revision to write. ``gas`` is the day's total in both units, ``unit`` the one it was signed in.

    ``submission_id`` is unique for ever: the same request sent again finds the revision it made. ``content_hash`` is
    the SHA-256 of what was signed, None for what nobody signed. ``cancels`` withdraws the day's nomination, ``is_late``
    waits for the operator.
    """

    delivery_point: DeliveryPoint
    gas_day: GasDay
    kind: RequestKind
    gas: Gas
    unit: Unit
    heating_value: HeatingValueInForce
    received_at: datetime
    channel: Channel
    submission_id: str
    signed_by_id: int | None = None
    content_hash: bytes | None = None
    effective_at: datetime | None = None
    cancels: bool = False
    is_late: bool = False
    batch_id: int | None = None


_INSERT = insert(Nomination).returning(Nomination.id)
_COLUMNS = tuple(column.key for column in inspect(Nomination).column_attrs if column.key != "id")
_FIRST_HEAD = Statement(
    insert(NominationHead).values(
        delivery_point_id=bindparam("point_id"),
        gas_day=bindparam("day"),
        revision=bindparam("new_revision"),
        renominations=bindparam("new_renominations"),
        nomination_id=bindparam("new_nomination_id"),
    )
)
_THIS_HEAD = (
    NominationHead.delivery_point_id == bindparam("point_id"),
    NominationHead.gas_day == bindparam("day"),
    NominationHead.revision == bindparam("seen"),
)
_MOVE_HEAD = Statement(
    update(NominationHead)
    .where(*_THIS_HEAD)
    .values(
        revision=bindparam("new_revision"),
        renominations=bindparam("new_renominations"),
        nomination_id=bindparam("new_nomination_id"),
    )
    .returning(NominationHead.revision)
)
_DROP_HEAD = Statement(delete(NominationHead).where(*_THIS_HEAD).returning(NominationHead.revision))


def enter(session: Session, *, entry: Entry, seen: NominationHead | None) -> Nomination:
    """Write one revision and put it in force, inside the caller's transaction.

    ``seen`` is the head of the day that the decision rested on: ``Conflict("revision")`` when another is there by now.
    A late one leaves the head as it is, a cancellation takes it away. What nobody signed gets no radicado.
    """
    point_id = entry.delivery_point.id
    nomination = Nomination(
        public_id=secrets.token_urlsafe(12),
        delivery_point_id=point_id,
        gas_day=entry.gas_day,
        revision=rules.last_revision(session, delivery_point_id=point_id, gas_day=entry.gas_day) + 1,
        kind=entry.kind,
        unit=entry.unit,
        quantity_m3=entry.gas.m3,
        quantity_mbtu=entry.gas.mbtu,
        heating_value=entry.heating_value.value,
        heating_value_on=entry.heating_value.measured_on,
        effective_at=entry.effective_at,
        received_at=entry.received_at,
        channel=entry.channel,
        signed_by_id=entry.signed_by_id,
        submission_id=entry.submission_id,
        content_hash=entry.content_hash,
        cancels=entry.cancels,
        is_late=entry.is_late,
        batch_id=entry.batch_id,
    )
    if entry.channel is not Channel.POLICY:
        year = entry.received_at.astimezone(BOGOTA).year
        nomination.filing_number = filing.next_number(session, series=SERIES, year=year)
        receipts.add(session, nomination=nomination)
    _write(session, nomination)
    if not entry.is_late:
        put_in_force(session, nomination=nomination, seen=seen)
    return nomination


def put_in_force(session: Session, *, nomination: Nomination, seen: NominationHead | None) -> None:
    """Move the head of the day to a revision, make it, or take it away for a cancellation.

    Inside the caller's transaction; ``Conflict("revision")`` when ``seen`` is not the head any more.
    """
    this = {"point_id": nomination.delivery_point_id, "day": nomination.gas_day.date}
    moved_to = {
        "new_revision": nomination.revision,
        "new_renominations": (seen.renominations if seen else 0) + _counts(nomination),
        "new_nomination_id": nomination.id,
    }
    if seen is None:
        if nomination.cancels:
            raise Conflict("revision")
        _FIRST_HEAD.run(session, **this, **moved_to)
        return
    if nomination.cancels:
        moved = _DROP_HEAD.first(session, **this, seen=seen.revision)
    else:
        moved = _MOVE_HEAD.first(session, **this, **moved_to, seen=seen.revision)
    if moved is None:
        raise Conflict("revision")
    if nomination.cancels:
        session.expunge(seen)
    else:
        session.expire(seen)


def _write(session: Session, nomination: Nomination) -> None:
    """Insert a nomination by a statement that is always the same, and give it to the session as it was written."""
    session.flush()
    values = {name: getattr(nomination, name) for name in _COLUMNS}
    nomination.id = session.connection().execute(_INSERT, values).scalar_one()
    make_transient_to_detached(nomination)
    # One that was rolled back may have left its number to this one.
    earlier = session.identity_map.get(identity_key(instance=nomination))
    if earlier is not None:
        session.expunge(earlier)
    session.add(nomination)


def tell(session: Session, *, actor: Actor, nomination: Nomination, now: datetime) -> None:
    """Write down what happened and the mail that acknowledges it, with the change itself."""
    record(session, actor=actor, nomination=nomination, now=now)
    mails.post_receipt(session, nomination=nomination, actor=actor, now=now)


def record(session: Session, *, actor: Actor, nomination: Nomination, now: datetime) -> None:
    """Write down what happened, with the change itself."""
    point = nomination.delivery_point
    audit.record(
        session,
        event=event_of(nomination),
        actor=actor,
        now=now,
        subject=nomination.public_id,
        company_id=point.contract.company_id,
        details={
            "point": point.public_id,
            "gas_day": nomination.gas_day.isoformat(),
            "revision": nomination.revision,
            "quantity": str(nomination.quantity.amount),
            "unit": nomination.unit.value,
            "filing_number": nomination.filing_number,
            "receipt": None if nomination.receipt_hash is None else nomination.receipt_hash.hex(),
        },
    )


def event_of(nomination: Nomination) -> str:
    """Return what the audit calls it."""
    if nomination.cancels:
        return "nomination:cancelled"
    if nomination.is_late:
        return "nomination:signed-late"
    return f"{'renomination' if nomination.kind is RequestKind.RENOMINATION else 'nomination'}:signed"


def _counts(nomination: Nomination) -> bool:
    """Tell whether it is one of the day's renominations; what the operator accepted is not."""
    return nomination.kind is RequestKind.RENOMINATION and not nomination.is_late
