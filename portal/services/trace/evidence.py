"""Evidence of one nomination: the signed data, its later states, and the chains that hold it.

Source: docs/security.md, "Receipts".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain import audit_events
from portal.domain.accounts import Function
from portal.domain.gas_day import Month
from portal.domain.quantities import plain
from portal.models import AuditEvent, Authorisation, LateDecision, Nomination
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound
from portal.services.store.transactions import transaction

from . import audit, receipts

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """A nomination with its JSON: ``record`` of the nomination, ``chain`` of the receipts of its month."""

    nomination: Nomination
    record: str
    chain: str


def gather(act: Act, *, receipt: str) -> Evidence:
    """Return the evidence of a nomination by its public id, and record in the audit that it was taken; commits.

    ``NotAllowed`` without the function, ``NotFound`` if the id is no receipt's.
    """
    session = act.session
    require(act, Function.EXPORT_EVIDENCE)
    with transaction(session):
        nomination = find(session, receipt=receipt)
        point = nomination.delivery_point
        audit.record(
            act,
            event=audit_events.AuditEvent.EVIDENCE_EXPORTED,
            subject=nomination.public_id,
            company_id=point.contract.company_id,
            details={"point": point.public_id, "filing_number": nomination.filing_number},
        )
        return Evidence(
            nomination,
            _as_json(_record(act, nomination)),
            _as_json(_chain(session, nomination)),
        )


def find(session: Session, *, receipt: str) -> Nomination:
    """Return the nomination of a receipt by its public id; ``NotFound`` if it is no receipt."""
    found = session.scalars(select(Nomination).where(Nomination.public_id == receipt)).unique().one_or_none()
    if found is None or found.filing_number is None:
        raise NotFound
    return found


def _record(act: Act, nomination: Nomination) -> dict[str, Any]:
    session = act.session
    point = nomination.delivery_point
    decision = session.get(LateDecision, nomination.id)
    authorised = session.scalars(
        select(Authorisation)
        .where(Authorisation.delivery_point_id == point.id, Authorisation.gas_day == nomination.gas_day)
        .order_by(Authorisation.version)
    ).all()
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == nomination.public_id).order_by(AuditEvent.sequence)
    ).all()
    return {
        "format": FORMAT,
        "made_at": _moment(act.now),
        "made_by": act.actor.email,
        "company": {"name": point.contract.company.name, "nit": point.contract.company.nit},
        "contract": {"number": point.contract.number, "modality": point.contract.modality.value},
        "delivery_point": {"id": point.public_id, "name": point.name, "carrier_code": point.carrier_code},
        "nomination": {
            "id": nomination.public_id,
            "filing_number": nomination.filing_number,
            "gas_day": nomination.gas_day.isoformat(),
            "kind": nomination.kind.value,
            "revision": nomination.revision,
            "cancels": nomination.cancels,
            "late": nomination.is_late,
            "unit": nomination.unit.value,
            "quantity": plain(nomination.quantity),
            "quantity_m3": plain(nomination.quantity_m3),
            "quantity_mbtu": plain(nomination.quantity_mbtu),
            "received_at": _moment(nomination.received_at),
            "channel": nomination.channel.value,
            "signed_by": None if nomination.signed_by is None else nomination.signed_by.email,
            "content_sha256": _hex(nomination.content_hash),
        },
        "receipt_chain": {
            "position": nomination.chain_position,
            "previous_sha256": _hex(nomination.previous_hash),
            "sha256": _hex(nomination.receipt_hash),
            "recomputed_sha256": receipts.hash_receipt(nomination).hex(),
        },
        "late_decision": None
        if decision is None
        else {"accepted": decision.accepted, "reason": decision.reason, "decided_at": _moment(decision.decided_at)},
        "authorisations": [
            {
                "version": row.version,
                "revision": row.revision,
                "quantity": plain(row.gas.in_unit(point.unit)),
                "cut_reason": None if row.cut_reason is None else row.cut_reason.value,
                "recorded_at": _moment(row.recorded_at),
            }
            for row in authorised
        ],
        "audit": [
            {
                "sequence": event.sequence,
                "at": _moment(event.at),
                "event": event.event,
                "actor": event.actor,
                "channel": event.channel,
                "address": event.address,
                "details": json.loads(event.details),
                "mac": event.mac.hex(),
            }
            for event in events
        ],
    }


def _chain(session: Session, nomination: Nomination) -> dict[str, Any]:
    month = Month.of(nomination.gas_day)
    proof = receipts.prove_month(session, delivery_point_id=nomination.delivery_point_id, month=month)
    return {
        "format": FORMAT,
        "month": f"{month.year:04}-{month.number:02}",
        "whole": proof.broken is None,
        "broken": None if proof.broken is None else proof.broken.filing_number,
        "receipts": [
            {
                "position": each.chain_position,
                "filing_number": each.filing_number,
                "gas_day": each.gas_day.isoformat(),
                "previous_sha256": _hex(each.previous_hash),
                "sha256": _hex(each.receipt_hash),
            }
            for each in proof.receipts
        ],
    }


def _as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _hex(digest: bytes | None) -> str | None:
    return None if digest is None else digest.hex()
