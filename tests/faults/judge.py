"""Verdict on a flood: acknowledged signatures against the rows of the database.

Source: docs/security.md, "Signatures", "Tests".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, FilingCounter, Nomination, NominationDraft, NominationHead, OutboxMessage
from portal.services import ledger
from portal.services.trace import audit, receipts


@dataclass(frozen=True)
class Row:
    """Nomination as stored."""

    receipt: str
    submission: str
    day: tuple[int, str]
    revision: int
    filing_number: str


@dataclass
class Kept:
    """Rows of the database: nominations, submission and receipt of each draft, heads, counters."""

    rows: list[Row] = field(default_factory=list)
    submissions: dict[str, str] = field(default_factory=dict)
    signed_as: dict[str, str] = field(default_factory=dict)
    heads: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    last_number: int = 0
    events: int = 0
    mails: int = 0


def read(session: Session) -> Kept:
    """Read the rows."""
    session.rollback()
    kept = Kept()
    for found in session.execute(
        select(
            Nomination.public_id,
            Nomination.submission_id,
            Nomination.delivery_point_id,
            Nomination.gas_day,
            Nomination.revision,
            Nomination.filing_number,
        )
    ):
        receipt, submission, point, day, revision, number = found
        kept.rows.append(Row(receipt, submission or "", (point, day.isoformat()), revision, number or ""))
    drafts = select(NominationDraft.public_id, NominationDraft.submission_id, Nomination.public_id).outerjoin(
        Nomination, Nomination.id == NominationDraft.nomination_id
    )
    for draft, submission, receipt in session.execute(drafts):
        kept.submissions[draft] = submission
        if receipt:
            kept.signed_as[draft] = receipt
    heads = select(
        NominationHead.delivery_point_id, NominationHead.gas_day, NominationHead.revision, Nomination.public_id
    ).join(Nomination, Nomination.id == NominationHead.nomination_id)
    for point, day, revision, receipt in session.execute(heads):
        kept.heads[point, day.isoformat()] = (revision, receipt)
    kept.last_number = session.scalar(select(func.sum(FilingCounter.last)).where(FilingCounter.series == "N")) or 0
    kept.events = _count(session, AuditEvent.event == "nomination:signed")
    kept.mails = _count(session, OutboxMessage.kind == "receipt")
    return kept


def _count(session: Session, condition: object) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0  # type: ignore[arg-type]


def verdict(kept: Kept, acknowledged: Mapping[str, set[str]]) -> list[str]:
    """Return every fault; none when each acknowledged nomination exists exactly once, in order."""
    return [*_lost(kept, acknowledged), *_doubled(kept, acknowledged), *_gaps(kept), *_traces(kept)]


def _lost(kept: Kept, acknowledged: Mapping[str, set[str]]) -> Iterable[str]:
    there = {row.receipt for row in kept.rows}
    for draft, led_to in acknowledged.items():
        for receipt in sorted(led_to - there):
            yield f"lost: {draft} was acknowledged as {receipt}, which is not there"
    for draft, receipt in kept.signed_as.items():
        if acknowledged.get(draft, {receipt}) != {receipt}:
            yield f"lost: {draft} is signed as {receipt} and was acknowledged as {sorted(acknowledged[draft])}"


def _doubled(kept: Kept, acknowledged: Mapping[str, set[str]]) -> Iterable[str]:
    for draft, led_to in acknowledged.items():
        if len(led_to) > 1:
            yield f"doubled: {draft} has {len(led_to)} receipts"
    for submission, times in Counter(row.submission for row in kept.rows).items():
        if times > 1:
            yield f"doubled: {submission} has {times} rows"
    signed = Counter(kept.signed_as.values())
    for row in kept.rows:
        if signed[row.receipt] != 1:
            yield f"doubled: {row.receipt} belongs to {signed[row.receipt]} drafts"


def _gaps(kept: Kept) -> Iterable[str]:
    revisions: dict[tuple[int, str], list[int]] = defaultdict(list)
    newest: dict[tuple[int, str], tuple[int, str]] = {}
    for row in kept.rows:
        revisions[row.day].append(row.revision)
        newest[row.day] = max(newest.get(row.day, (0, "")), (row.revision, row.receipt))
    for day, found in revisions.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"gap: the revisions of {day} are {sorted(found)}"
        if kept.heads.get(day) != newest[day]:
            yield f"gap: in force on {day} is {kept.heads.get(day)}, the newest revision is {newest[day]}"
    numbers = sorted(int(row.filing_number.rpartition("-")[2]) for row in kept.rows)
    if numbers != list(range(1, len(numbers) + 1)) or kept.last_number != len(numbers):
        missing = sorted(set(range(1, kept.last_number + 1)) - set(numbers))
        yield f"gap: {len(numbers)} receipts, the last number is {kept.last_number}, missing {missing[:5]}"


def _traces(kept: Kept) -> Iterable[str]:
    # As many mails for each as for any other: one to whoever signed, and to the contacts of the company.
    if len(kept.rows) != kept.events or kept.mails % len(kept.rows or [0]) or kept.mails < len(kept.rows):
        yield f"{len(kept.rows)} nominations, {kept.events} audit events, {kept.mails} mails"


def whole(session: Session) -> list[str]:
    """Return the faults of the chains of events and receipts and of the accounts; reads every row."""
    session.rollback()
    found = (audit.verify(session), receipts.verify(session), ledger.verify(session))
    return [words for words in found if words is not None]
