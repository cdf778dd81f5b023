"""One door: turns a weighed request into a revision in force, for every channel.

Source: docs/rules.md, "Life of a nomination"; docs/security.md, "Signatures".
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from enum import Enum

from sqlalchemy import inspect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.quantities import Gas, HeatingValue, Quantity
from portal.domain.timetable import RequestKind, commit_in_time
from portal.models import (
    Call,
    Nomination,
    NominationBatch,
    NominationDraft,
    NominationGroup,
    NominationHead,
    StandingOrderUse,
)
from portal.services import ledger
from portal.services.store import filing
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict
from portal.services.trace import audit, receipts

from . import hot, mails, rules
from .requests import GroupKeys, KeptOrder, NumericKey, Operator, Proof, Request, Rule, StaffCode
from .rules import Weighed
from .signing_facts import SigningFacts


def put_in_force(
    act: Act,
    weighed: Sequence[Weighed],
    *,
    proof: Proof,
    digest: str | None = None,
    batch: NominationBatch | None = None,
    group: NominationGroup | None = None,
    draft: NominationDraft | None = None,
    follows: str = "",
) -> list[Nomination]:
    """Put requests in force, each as the day's next revision; the only writer of revisions.

    They are for one point, or with ``group`` for points of its contract, in the order of the points' ids.

    Inside the caller's transaction, in which they were weighed with ``hold``: ``ValueError`` else. ``digest`` is the
    SHA-256 (hex) of the signed content, None without a signature; ``batch`` the batch of the days, ``group`` that of
    the points, ``draft`` the one that is signed; ``follows`` says in the mail what becomes of a day that is withdrawn.
    A late request leaves the head as it is and waits for the operator; a withdrawal removes it.

    Moves the heads, updates the account, numbers the revisions, and writes audit events and mails. Raises the refusal
    of a request that its proof does not exempt, and of one that is written more than ten seconds after the close;
    ``Conflict("revision")`` when another revision is in force than the request rested on.
    """
    if not all(each.is_held for each in weighed):
        raise ValueError("what is put in force is weighed under the lock of its account")
    if proof.is_bound:
        for each in weighed:
            each.demand()
    written = _write_all(act, weighed, proof=proof, digest=digest)
    if draft is not None:
        hot.SIGNED.run(act.session, draft=draft.id, nomination=written[0].id)
    prepared_in = None if draft is None else draft.prepared_in
    read = weighed[0].read if weighed else None
    _tell(act, written, proof=proof, batch=batch, group=group, prepared_in=prepared_in, read=read, follows=follows)
    if proof.is_bound:
        at = act.clock()
        for each in weighed:
            if not commit_in_time(each.window, each.request.gas_day, at):
                raise each.too_late
    return written


def _write_all(act: Act, weighed: Sequence[Weighed], *, proof: Proof, digest: str | None) -> list[Nomination]:
    """Write the revisions, their days and heads; what everybody waits for is locked after what one point waits for."""
    drawn = [(each, _draw_up(act, each, proof=proof, digest=digest)) for each in weighed]
    for each, nomination in drawn:
        if _is_new(each) and not nomination.is_late:
            # Before the counters, the number and the chain are locked, which everybody waits for.
            _project(act, each, nomination)
    proof.settle(act)
    for each, nomination in drawn:
        _put_down(act, each, nomination, proof=proof)
    return [nomination for _, nomination in drawn]


_COLUMNS = tuple(column.key for column in inspect(Nomination).column_attrs if column.key != "id")


def _project(act: Act, weighed: Weighed, nomination: Nomination) -> None:
    """Rewrite the account of the day for a revision that this transaction puts in force later."""
    coming = ledger.Coming(
        nomination.unit.value, nomination.quantity.micro, nomination.revision, nomination.received_at
    )
    ledger.rewrite_day(
        act.session,
        delivery_point=weighed.request.point,
        gas_day=nomination.gas_day,
        heating_value=weighed.heating_value,
        coming=coming,
    )


def _put_down(act: Act, weighed: Weighed, nomination: Nomination, *, proof: Proof) -> None:
    """Write a drawn up revision and move the head to it; an accepted late one is written already."""
    if weighed.request.accepts is None:
        _write_revision(act, weighed, nomination, proof=proof)
    if not _counts_now(weighed, nomination):
        return
    _move_head(act.session, nomination=nomination, seen=weighed.head)
    if not _is_new(weighed):
        # A withdrawn or accepted nomination was converted with the heating value of its own time.
        ledger.rewrite_day(act.session, delivery_point=weighed.request.point, gas_day=nomination.gas_day)


def _counts_now(weighed: Weighed, nomination: Nomination) -> bool:
    return weighed.request.accepts is not None or not nomination.is_late


def _is_new(weighed: Weighed) -> bool:
    return weighed.request.withdraws is None and weighed.request.accepts is None


def _draw_up(act: Act, weighed: Weighed, *, proof: Proof, digest: str | None) -> Nomination:
    """Return the next revision of the day, not written yet and without a number; of a late one accepted, itself."""
    request = weighed.request
    if request.accepts is not None:
        return request.accepts
    last = weighed.read.last_revision if weighed.read is not None else _find_last_revision(act, request)
    received_at = proof.closed_at if isinstance(proof, Rule) else act.now
    gas = Gas.zero() if request.withdraws is not None else weighed.gas
    return Nomination(
        public_id=secrets.token_urlsafe(12),
        delivery_point_id=request.point.id,
        gas_day=request.gas_day,
        revision=last + 1,
        kind=request.kind,
        unit=request.unit,
        quantity_m3=gas.m3,
        quantity_mbtu=gas.mbtu,
        heating_value=weighed.heating_value.value,
        heating_value_on=weighed.heating_value.measured_on,
        effective_at=weighed.effective_at,
        received_at=received_at,
        channel=proof.channel,
        signed_by_id=proof.order.recorded_by_id if isinstance(proof, KeptOrder) else act.actor.user_id,
        submission_id=request.submission_id,
        content_hash=None if digest is None else bytes.fromhex(digest),
        cancels=request.withdraws is not None,
        is_late=weighed.is_late,
        batch_id=request.batch_id,
        call_id=proof.call.id if isinstance(proof, StaffCode) else None,
    )


def _find_last_revision(act: Act, request: Request) -> int:
    return rules.find_last_revision(act.session, delivery_point_id=request.point.id, gas_day=request.gas_day)


def _write_revision(act: Act, weighed: Weighed, nomination: Nomination, *, proof: Proof) -> None:
    """Write a revision with its number and its place in the chain of receipts; a rule's has neither."""
    session = act.session
    if not isinstance(proof, Rule):
        year = nomination.received_at.astimezone(BOGOTA).year
        nomination.filing_number = filing.take_next_number(session, series=act.distributor.nomination_series, year=year)
        if weighed.read is None:
            receipts.add(session, nomination=nomination)
        else:
            receipts.add_after(session, nomination=nomination, last=weighed.read.last_receipt)
    _write(session, nomination)
    if isinstance(proof, KeptOrder):
        session.add(StandingOrderUse(nomination_id=nomination.id, standing_order_id=proof.order.id))
        session.flush()


def _move_head(session: Session, *, nomination: Nomination, seen: NominationHead | None) -> None:
    """Move the head of the day to a revision, create it, or delete it for a cancellation.

    ``Conflict("revision")`` when ``seen`` is not the head any more.
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
        hot.FIRST_HEAD.run(session, **this, **moved_to)
        return
    if nomination.cancels:
        moved = hot.DROP_HEAD.first(session, **this, seen=seen.revision)
    else:
        moved = hot.MOVE_HEAD.first(session, **this, **moved_to, seen=seen.revision)
    if moved is None:
        raise Conflict("revision")
    if nomination.cancels:
        session.expunge(seen)
    else:
        session.expire(seen)


def _write(session: Session, nomination: Nomination) -> None:
    """Insert a nomination by one constant statement, and attach it to the session as written."""
    session.flush()
    values = {f"new_{name}": _store(getattr(nomination, name)) for name in _COLUMNS}
    written = hot.WRITE.first(session, **values)
    if written is None:
        raise LookupError("the nomination was not written")
    nomination.id = written.id
    make_transient_to_detached(nomination)
    # A rolled-back nomination may have left its number to this one.
    earlier = session.identity_map.get(identity_key(instance=nomination))
    if earlier is not None:
        session.expunge(earlier)
    session.add(nomination)


def _store(value: object) -> object:
    """Return the value of a nomination's column as the driver knows it."""
    if isinstance(value, GasDay):
        return value.date
    if isinstance(value, Quantity):
        return value.micro
    if isinstance(value, HeatingValue):
        return value.milli
    return value.value if isinstance(value, Enum) else value


def _tell(
    act: Act,
    nominations: Sequence[Nomination],
    *,
    proof: Proof,
    batch: NominationBatch | None,
    group: NominationGroup | None,
    prepared_in: Call | None,
    read: SigningFacts | None,
    follows: str,
) -> None:
    """Write the acknowledging mail and the audit events in the transaction of the change; the chain is locked last."""
    if isinstance(proof, Rule):
        # The close is one event and one mail, written by its caller.
        return
    if isinstance(proof, StaffCode):
        for nomination in nominations:
            mails.post_for_caller(act, nomination=nomination, call=proof.call, follows=follows)
    elif group is not None:
        mails.post_group(act, group=group.public_id, nominations=nominations)
    elif isinstance(proof, NumericKey) and batch is not None:
        mails.post_batch(act, batch=batch.public_id, nominations=nominations)
    elif isinstance(proof, NumericKey):
        for nomination in nominations:
            contacts = None if read is None else read.addresses
            mails.post_receipt(act, nomination=nomination, contacts=contacts, follows=follows)
    for nomination in nominations:
        _record(act, nomination, proof=proof, group=group, prepared_in=prepared_in)


def _record(
    act: Act, nomination: Nomination, *, proof: Proof, group: NominationGroup | None, prepared_in: Call | None
) -> None:
    point = nomination.delivery_point
    details: dict[str, str | int | None] = {
        "point": point.public_id,
        "gas_day": nomination.gas_day.isoformat(),
        "revision": nomination.revision,
        "quantity": str(nomination.quantity.amount),
        "unit": nomination.unit.value,
        "filing_number": nomination.filing_number,
        "receipt": None if nomination.receipt_hash is None else nomination.receipt_hash.hex(),
    }
    if isinstance(proof, Operator) and proof.reason:
        details["reason"] = proof.reason
    if isinstance(proof, StaffCode):
        details |= {"caller": proof.call.caller, "call": proof.call.public_id, "method": proof.call.method}
    if isinstance(proof, KeptOrder):
        details["standing_order"] = proof.order.public_id
    if isinstance(proof, GroupKeys) and group is not None:
        details |= {"group": group.public_id, "signed_with": proof.way}
    if prepared_in is not None:
        details |= {"prepared_by": prepared_in.agent.name, "call": prepared_in.public_id}
    audit.record(
        act,
        event=_event_of(nomination, proof),
        subject=nomination.public_id,
        company_id=point.contract.company_id,
        details=details,
    )


def _event_of(nomination: Nomination, proof: Proof) -> AuditEvent:
    """Return the audit event of a nomination."""
    if nomination.cancels:
        return AuditEvent.NOMINATION_CANCELLED
    if isinstance(proof, KeptOrder):
        return AuditEvent.NOMINATION_BY_STANDING_ORDER
    if nomination.is_late:
        return AuditEvent.NOMINATION_ACCEPTED_LATE if isinstance(proof, Operator) else AuditEvent.NOMINATION_SIGNED_LATE
    if nomination.kind is RequestKind.RENOMINATION:
        return AuditEvent.RENOMINATION_SIGNED
    return AuditEvent.NOMINATION_SIGNED


def _counts(nomination: Nomination) -> bool:
    """Tell whether it is one of the day's renominations; an accepted late request is not."""
    return nomination.kind is RequestKind.RENOMINATION and not nomination.is_late
