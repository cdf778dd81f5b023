"""The receipts of a point as a chain: each carries the hash of the one before (trust.md §5).

Whoever holds the last receipt of a month can prove that none before it was taken out, put in or changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from portal.models import Nomination, ReceiptHead

# Before the first receipt of a point.
FIRST_HASH = bytes(32)

_HEAD = (
    select(ReceiptHead.position, ReceiptHead.receipt_hash)
    .where(ReceiptHead.delivery_point_id == bindparam("point_id"))
    .with_for_update()
)
_BEGIN = insert(ReceiptHead)
_MOVE = (
    update(ReceiptHead)
    .where(ReceiptHead.delivery_point_id == bindparam("point_id"))
    .values(position=bindparam("new_position"), receipt_hash=bindparam("new_hash"))
)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a receipt stands in the chain of its point: 1..n, and the hash of the receipt before."""

    position: int
    previous_hash: bytes


def add(session: Session, *, nomination: Nomination) -> None:
    """Give a nomination that is about to be written its place in the chain, inside the caller's transaction.

    The head of the point's chain stays locked until the commit, so that two receipts never share a place.
    """
    connection, point_id = session.connection(), nomination.delivery_point_id
    head = connection.execute(_HEAD, {"point_id": point_id}).first()
    link = Link(1, FIRST_HASH) if head is None else Link(head.position + 1, head.receipt_hash)
    nomination.chain_position, nomination.previous_hash = link.position, link.previous_hash
    nomination.receipt_hash = receipt_hash(nomination)
    if head is None:
        connection.execute(
            _BEGIN,
            {"delivery_point_id": point_id, "position": link.position, "receipt_hash": nomination.receipt_hash},
        )
    else:
        connection.execute(
            _MOVE, {"point_id": point_id, "new_position": link.position, "new_hash": nomination.receipt_hash}
        )


def receipt_hash(nomination: Nomination) -> bytes:
    """Return the SHA-256 of everything a receipt says, with the hash of the receipt before it."""
    content = [
        "receipt 1",
        nomination.chain_position,
        (nomination.previous_hash or FIRST_HASH).hex(),
        nomination.filing_number,
        nomination.delivery_point_id,
        nomination.gas_day.isoformat(),
        nomination.revision,
        nomination.kind.value,
        nomination.unit.value,
        nomination.quantity_m3.micro,
        nomination.quantity_mbtu.micro,
        nomination.heating_value.milli,
        nomination.heating_value_on.isoformat() if nomination.heating_value_on else None,
        nomination.effective_at.astimezone(UTC).isoformat() if nomination.effective_at else None,
        nomination.received_at.astimezone(UTC).isoformat(),
        nomination.channel.value,
        nomination.signed_by_id,
        bool(nomination.cancels),
        bool(nomination.is_late),
        (nomination.content_hash or b"").hex(),
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).digest()
