"""Work that waits for the signed-in role of the consoles, by one query for most of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from portal.domain.accounts import Function, may
from portal.domain.cases import RUNNING, CaseState
from portal.domain.gas_day import GasDay
from portal.domain.jobs import HeldState, JobState, UploadKind, UploadState
from portal.domain.keys import LetterState
from portal.domain.publications import PublicationState
from portal.models import (
    AdjustmentRequest,
    AuthorisationDraft,
    Binding,
    Case,
    Contract,
    DailyBalance,
    DeliveryPoint,
    DocumentVersion,
    GateAllocation,
    HeldRow,
    InvestigationEntry,
    Job,
    KeyLetter,
    LateCorrection,
    LateDecision,
    LateHeatingValue,
    Nomination,
    NominationHead,
    OutboxMessage,
    TariffPublication,
    Upload,
    begins_open_investigation,
)
from portal.services import day_book
from portal.services.ledger import heating_values
from portal.services.mail.delivery import may_leave
from portal.services.measures import readings
from portal.services.nominations import standing_orders
from portal.services.store.acts import Act

# Rows of these kinds of file are mended on one page.
HELD_KINDS = (UploadKind.READINGS, UploadKind.HEATING_VALUES)
# A failed job is shown for this long.
RECENT = timedelta(days=2)


class Waiting(StrEnum):
    """Kinds of waiting work, in the order in which they are shown."""

    LATE_NOMINATIONS = "late-nominations"
    NOT_NOMINATED = "not-nominated"
    TO_AUTHORISE = "to-authorise"
    NOT_PUBLISHED = "not-published"
    BOOK_CHANGED = "book-changed"
    BOOK_NOT_FROZEN = "book-not-frozen"
    BOOK_NOT_SENT = "book-not-sent"
    CASES_LAPSED = "cases-lapsed"
    CASES = "cases"
    CLAIMS = "claims"
    INVESTIGATIONS = "investigations"
    LETTERS_TO_DECIDE = "letters-to-decide"
    LETTERS_TO_PRINT = "letters-to-print"
    LETTERS_TO_DISPATCH = "letters-to-dispatch"
    CORRECTIONS = "corrections"
    VALUE_CORRECTIONS = "value-corrections"
    ADJUSTMENTS = "adjustments"
    ALLOCATIONS = "allocations"
    TARIFFS_TO_DECIDE = "tariffs-to-decide"
    DOCUMENTS_TO_DECIDE = "documents-to-decide"
    ACCOUNTS_TO_APPROVE = "accounts-to-approve"
    GAPS = "gaps"
    OLDER_GAPS = "older-gaps"
    HEATING_GAPS = "heating-gaps"
    FILES_TO_CONFIRM = "files-to-confirm"
    HELD_ROWS = "held-rows"
    JOBS_FAILED = "jobs-failed"
    MAILS_FAILING = "mails-failing"


# Function of the roles that do each kind.
FUNCTIONS = {
    Waiting.LATE_NOMINATIONS: Function.AUTHORISE,
    Waiting.NOT_NOMINATED: Function.SEE_DAY_BOOK,
    Waiting.TO_AUTHORISE: Function.AUTHORISE,
    Waiting.NOT_PUBLISHED: Function.AUTHORISE,
    Waiting.BOOK_CHANGED: Function.AUTHORISE,
    Waiting.BOOK_NOT_FROZEN: Function.AUTHORISE,
    Waiting.BOOK_NOT_SENT: Function.AUTHORISE,
    Waiting.CASES_LAPSED: Function.ANSWER_CASES,
    Waiting.CASES: Function.ANSWER_CASES,
    Waiting.CLAIMS: Function.ANSWER_CASES,
    Waiting.INVESTIGATIONS: Function.LOAD_READINGS,
    Waiting.LETTERS_TO_DECIDE: Function.APPROVE_KEYS,
    Waiting.LETTERS_TO_PRINT: Function.APPROVE_KEYS,
    Waiting.LETTERS_TO_DISPATCH: Function.REQUEST_KEYS,
    Waiting.CORRECTIONS: Function.CORRECT_CLOSED_MONTHS,
    Waiting.VALUE_CORRECTIONS: Function.CORRECT_CLOSED_MONTHS,
    Waiting.ADJUSTMENTS: Function.APPROVE_ADJUSTMENTS,
    Waiting.ALLOCATIONS: Function.APPROVE_ADJUSTMENTS,
    Waiting.TARIFFS_TO_DECIDE: Function.PUBLISH_TARIFFS,
    Waiting.DOCUMENTS_TO_DECIDE: Function.PUBLISH_DOCUMENTS,
    Waiting.ACCOUNTS_TO_APPROVE: Function.MANAGE_COMPANY_USERS,
    Waiting.GAPS: Function.LOAD_READINGS,
    Waiting.OLDER_GAPS: Function.LOAD_READINGS,
    Waiting.HEATING_GAPS: Function.LOAD_READINGS,
    Waiting.FILES_TO_CONFIRM: Function.LOAD_READINGS,
    Waiting.HELD_ROWS: Function.LOAD_READINGS,
    Waiting.JOBS_FAILED: Function.LOAD_READINGS,
    Waiting.MAILS_FAILING: Function.ADMINISTER,
}


@dataclass(frozen=True, slots=True)
class Item:
    """Number of waiting items; for a book also since when, when it takes effect, and its day."""

    what: Waiting
    count: int
    since: datetime | None = None
    effective_at: datetime | None = None
    gas_day: GasDay | None = None


def load(act: Act) -> list[Item]:
    """Return the waiting work of the actor's role, also kinds without any.

    Two queries, one of them of the timetable; five more for roles that authorise: the timetable, and each kind of work
    with the day books. A few more for roles that load readings: points, closings, and the missing days.
    """
    actor = act.actor
    wanted = [what for what in Waiting if may(actor.role, FUNCTIONS[what])]
    if not wanted:
        return []
    counted = _questions(act)
    asked = [what for what in wanted if what in counted]
    row = act.session.execute(select(*(counted[what].scalar_subquery() for what in asked))).one()
    found = {what: Item(what, count) for what, count in zip(asked, row, strict=True)}
    if may(actor.role, Function.AUTHORISE):
        for item in day_book.waiting_books(act):
            what = Waiting(item.what.value)
            found[what] = Item(what, item.many, item.since, item.effective_at, item.gas_day)
    if may(actor.role, Function.LOAD_READINGS):
        found[Waiting.OLDER_GAPS] = Item(Waiting.OLDER_GAPS, readings.count_older_gaps(act))
        found[Waiting.HEATING_GAPS] = Item(Waiting.HEATING_GAPS, len(heating_values.list_missing(act)))
    return [found[what] for what in wanted]


def _questions(act: Act) -> dict[Waiting, Select[int]]:
    now = act.now
    today, user = GasDay.of(now), act.actor.user_id or 0
    tomorrow, yesterday = today.plus(1), today.plus(-1)
    later = aliased(Nomination)
    overtaken = exists().where(
        later.delivery_point_id == Nomination.delivery_point_id,
        later.gas_day == Nomination.gas_day,
        later.revision > Nomination.revision,
    )
    return {
        Waiting.LATE_NOMINATIONS: _count(Nomination.id).where(
            # Same predicate as ix_nominations_late; otherwise SQLite scans the table.
            text("nominations.is_late"),
            Nomination.gas_day >= today,
            ~exists().where(LateDecision.nomination_id == Nomination.id),
            ~overtaken,
        ),
        Waiting.NOT_NOMINATED: _served(tomorrow).where(
            ~exists().where(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == tomorrow),
            # A standing order nominates it at the close: nobody has to be called.
            ~standing_orders.is_left_to_order(
                tomorrow, standing_orders.find_cutoff(act.session, gas_day=tomorrow, now=now)
            ),
        ),
        Waiting.NOT_PUBLISHED: _count(AuthorisationDraft.delivery_point_id).where(AuthorisationDraft.gas_day >= today),
        Waiting.CASES_LAPSED: _count(Case.id).where(Case.state == CaseState.LAPSED),
        Waiting.CASES: _count(Case.id).where(Case.state.in_(RUNNING), Case.gas_day.is_(None)),
        Waiting.CLAIMS: _count(Case.id).where(Case.state.in_(RUNNING), Case.gas_day.is_not(None)),
        Waiting.INVESTIGATIONS: _count(InvestigationEntry.id).where(begins_open_investigation()),
        Waiting.LETTERS_TO_DECIDE: _letters(LetterState.REQUESTED).where(KeyLetter.requested_by_id != user),
        Waiting.LETTERS_TO_PRINT: _letters(LetterState.APPROVED),
        Waiting.LETTERS_TO_DISPATCH: _letters(LetterState.PRINTED),
        Waiting.CORRECTIONS: _count(LateCorrection.id).where(
            LateCorrection.decided_at.is_(None), LateCorrection.requested_by_id != user
        ),
        Waiting.ADJUSTMENTS: _count(AdjustmentRequest.id).where(
            AdjustmentRequest.decided_at.is_(None), AdjustmentRequest.requested_by_id != user
        ),
        Waiting.ALLOCATIONS: _count(GateAllocation.id).where(
            GateAllocation.decided_at.is_(None), GateAllocation.requested_by_id != user
        ),
        Waiting.HELD_ROWS: _count(HeldRow.id).where(HeldRow.state == HeldState.WAITING, HeldRow.kind.in_(HELD_KINDS)),
        Waiting.VALUE_CORRECTIONS: _count(LateHeatingValue.id).where(
            LateHeatingValue.decided_at.is_(None), LateHeatingValue.requested_by_id != user
        ),
        Waiting.TARIFFS_TO_DECIDE: _count(TariffPublication.id).where(
            TariffPublication.state == PublicationState.PROPOSED, TariffPublication.proposed_by_id != user
        ),
        Waiting.DOCUMENTS_TO_DECIDE: _count(DocumentVersion.id).where(
            DocumentVersion.state == PublicationState.PROPOSED, DocumentVersion.proposed_by_id != user
        ),
        Waiting.ACCOUNTS_TO_APPROVE: _count(Binding.id).where(
            ~Binding.may_nominate, ~Binding.consult_only, Binding.disabled_at.is_(None)
        ),
        Waiting.GAPS: _served(yesterday).where(
            ~exists().where(
                DailyBalance.delivery_point_id == DeliveryPoint.id,
                DailyBalance.gas_day == yesterday,
                DailyBalance.consumed_m3.is_not(None),
            )
        ),
        Waiting.FILES_TO_CONFIRM: _count(Upload.id).where(Upload.state == UploadState.WAITING),
        Waiting.JOBS_FAILED: _count(Job.id).where(Job.state == JobState.FAILED, Job.finished_at > now - RECENT),
        Waiting.MAILS_FAILING: _count(OutboxMessage.id).where(
            OutboxMessage.sent_at.is_(None), OutboxMessage.attempts > 0, may_leave()
        ),
    }


def _count(column: object) -> Select[int]:
    return select(func.count(column))  # type: ignore[arg-type]


def _letters(state: LetterState) -> Select[int]:
    return _count(KeyLetter.id).where(KeyLetter.state == state)


def _served(day: GasDay) -> Select[int]:
    """Count the points with delivery on a day."""
    return (
        _count(DeliveryPoint.id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(
            *(
                condition
                for row in (DeliveryPoint, Contract)
                for condition in (row.starts_on <= day, or_(row.ends_on.is_(None), row.ends_on > day))
            )
        )
    )
