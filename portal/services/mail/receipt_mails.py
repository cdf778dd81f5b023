"""State of the mails about a nomination, as its receipt shows them; recipients are masked (adr/0164)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union

from portal.domain.ports import Port
from portal.models import Nomination, NominationMail, OutboxMessage
from portal.services.store.acts import Act

from .delivery import LEFT, MOST_ATTEMPTS, compute_wait
from .outbox_desk import WITHOUT_CONTENT, Lot

# A company has twenty contacts at most; a day that is cut, given back and decided anew has several mails for each.
MOST = 80


@dataclass(frozen=True, slots=True)
class ReceiptMail:
    """Mail about a nomination: its kind, its masked recipient, its state and the moment of that state.

    ``at`` is when it was written (``NEW``), handed to the mail server (``SENT``), last tried (``FAILING``) or given up;
    ``again_at`` the next try of one that failed. ``is_signers`` when it went to who signed.
    """

    kind: str
    port: Port
    recipient: str
    state: Lot
    at: datetime
    again_at: datetime | None
    is_signers: bool


def list_of_nomination(act: Act, *, nomination: Nomination) -> Sequence[ReceiptMail]:
    """Return the mails about a nomination, oldest first, at most eighty, by one query.

    For who may see its receipt: permission is the caller's.
    """
    its = union(
        select(OutboxMessage.id).where(OutboxMessage.attaches_nomination_id == nomination.id),
        select(NominationMail.outbox_message_id).where(NominationMail.nomination_id == nomination.id),
    ).subquery()
    mails = act.session.scalars(
        select(OutboxMessage)
        .options(WITHOUT_CONTENT)
        .join(its, its.c.id == OutboxMessage.id)
        .order_by(OutboxMessage.id)
        .limit(MOST)
    )
    signer = None if nomination.signed_by is None else nomination.signed_by.email
    return [_state_of(each, act.now, signer) for each in mails]


def _mask(address: str) -> str:
    """Return an address of which the name shows its first letter, or the last four digits of a telephone."""
    name, at, host = address.rpartition("@")
    if not at:
        return f"•••{address[-4:]}"
    return f"{name[:1]}•••{at}{host}"


def _state_of(row: OutboxMessage, now: datetime, signer: str | None) -> ReceiptMail:
    def put(state: Lot, at: datetime, again_at: datetime | None = None) -> ReceiptMail:
        return ReceiptMail(row.kind, row.port, _mask(row.recipient), state, at, again_at, row.recipient == signer)

    if row.sent_at is not None:
        return put(Lot.SENT, row.sent_at)
    if row.last_error in LEFT:
        return put(Lot.GIVEN_UP, row.next_attempt_at)
    if row.attempts == 0 or row.last_error is None:
        # Untried, or in a worker's hand for the first time.
        return put(Lot.NEW, row.created_at)
    # A failure puts the next try off by the wait of its attempts; while a worker holds it, by its claim.
    tried_at = min(now, row.next_attempt_at - compute_wait(row.attempts))
    if row.attempts >= MOST_ATTEMPTS:
        return put(Lot.GIVEN_UP, tried_at)
    return put(Lot.FAILING, tried_at, row.next_attempt_at)
