"""Actions of the distributor's people on a case: each with its entry, its mail and its event in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, select

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.cases import (
    KIND_WORDS,
    OUTCOME_WORDS,
    SAID,
    CaseAction,
    CaseState,
    EntryKind,
    Outcome,
    after,
    answer_due,
    extended_due,
    outcomes_in,
)
from portal.domain.gas_day import GasDay
from portal.models import Case, CaseEntry
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays

from . import mails
from .attachments import Judged, NewFile, judged
from .day_claims import refuse_second
from .records import acceptable_text, add_entry, is_said_last, locked, note, notice_words, read_case_appeal


def do(
    act: Act,
    *,
    filing_number: str,
    action: CaseAction,
    text: str = "",
    files: Sequence[NewFile] = (),
    outcome: Outcome | None = None,
    seen: int | None = None,
) -> None:
    """Do ``action`` with a case: its entry, its mail and its event in one transaction. Commits.

    ``text`` is the note, the answer or the reason; to take a case over needs none. The answer to a claim about a day
    has an ``outcome``, and ``seen`` is how many of its ``said`` entries the page showed. Refuses (``Rejected``) a
    missing or too long text, files as ``judged``, a missing outcome and one that the state does not allow, and to open
    again a claim whose day has another open one; ``Conflict`` when the case is in a state that does not take the action
    any more, or when the customer wrote since (``case-written``). The same answer or note sent twice is written once.
    """
    session = act.session
    require(act, Function.ANSWER_CASES)
    if action not in _DOES:
        raise ValueError(f"{action} is not done at the desk")
    kept = "" if action is CaseAction.ASSIGN else acceptable_text(text)
    sent = judged(files)
    with transaction(session):
        case = locked(session, filing_number=filing_number)
        if is_said_last(act, case=case, kind=_ENTRIES[action], text=kept):
            return
        state = after(case.state, action)
        if state is None or (action is CaseAction.EXTEND and case.extended_on is not None):
            raise Conflict("case-moved-on")
        if case.gas_day is not None and action is CaseAction.ANSWER:
            _decide(act, case, outcome, seen)
        elif case.gas_day is not None and action is CaseAction.REOPEN:
            refuse_second(session, delivery_point_id=case.delivery_point_id or 0, gas_day=case.gas_day)
        elif case.gas_day is None and action is CaseAction.TELL:
            raise Conflict("case-moved-on")
        _DOES[action](act, case, state, kept, sent)


def _decide(act: Act, case: Case, outcome: Outcome | None, seen: int | None) -> None:
    """Give a claim about a day the outcome of its answer, by somebody who has read all that was said."""
    if outcome is None:
        raise Rejected(Refusal.CASE_OUTCOME_MISSING, "outcome")
    if outcome not in outcomes_in(case.state):
        raise Rejected(Refusal.CASE_OUTCOME_LAPSED, "outcome")
    said = select(func.count()).where(CaseEntry.case_id == case.id, CaseEntry.kind.in_(SAID))
    if act.session.scalar(said) != seen:
        raise Conflict("case-written")
    case.outcome = outcome


def _tell(act: Act, case: Case, _state: CaseState, text: str, files: Sequence[Judged]) -> None:
    """Write to the customer of a claim without answering it."""
    add_entry(act, case=case, kind=EntryKind.TOLD, text=text, files=files)
    number = case.filing_number
    says = [f"{act.distributor.name} escribió sobre el reclamo {number}:", text]
    mails.changed(act, case=case, subject=f"Un mensaje sobre su reclamo {number}", says=says)
    note(act, event=AuditEvent.CASE_TOLD, case=case, files=files)


def _assign(act: Act, case: Case, state: CaseState, _text: str, files: Sequence[Judged]) -> None:
    case.state, case.assigned_to_id = state, act.actor.user_id
    add_entry(act, case=case, kind=EntryKind.ASSIGNED, text=act.actor.name, files=files)
    note(act, event=AuditEvent.CASE_ASSIGNED, case=case, files=files)


def _note(act: Act, case: Case, _state: CaseState, text: str, files: Sequence[Judged]) -> None:
    add_entry(act, case=case, kind=EntryKind.NOTE, text=text, files=files)
    note(act, event=AuditEvent.CASE_NOTED, case=case, files=files)


def _answer(act: Act, case: Case, state: CaseState, text: str, files: Sequence[Judged]) -> None:
    """Answer; without an accepted notice by mail a notice on the web begins today."""
    recognises = case.state is CaseState.LAPSED
    case.state = state
    case.assigned_to_id = case.assigned_to_id or act.actor.user_id
    case.noticed_on = None if case.electronic_notice else GasDay.of(act.now).date
    add_entry(act, case=case, kind=EntryKind.ANSWERED, text=text, files=files)
    act.session.flush()
    add_entry(act, case=case, kind=EntryKind.NOTIFIED, text=notice_words(case, holidays.read(act.session)))
    number = case.filing_number
    first = f"{act.distributor.name} respondió su {_kind(case)} con radicado {number}:"
    subject, decided = f"Respuesta a su radicado {number}", {}
    if case.outcome is not None:
        words = OUTCOME_WORDS[case.outcome].lower()
        first = f"{act.distributor.name} decidió el reclamo {number}: {words}."
        subject, decided = f"Su reclamo {number}: {words}", {"outcome": case.outcome.value}
    if recognises:
        first = (
            f"El término de su {_kind(case)} con radicado {number} pasó sin respuesta: se entiende resuelta a su "
            f"favor. {act.distributor.name} reconoce sus efectos:"
        )
    says = [first, text]
    if files:
        says.append("Los archivos de la respuesta están en la página de su radicado.")
    written = select(CaseEntry.kind, CaseEntry.written_at).where(CaseEntry.case_id == case.id).order_by(CaseEntry.id)
    record = [(row.kind, row.written_at) for row in act.session.execute(written)]
    if appeal := read_case_appeal(act, case=case, record=record):
        says.append(appeal)
    mails.changed(act, case=case, subject=subject, says=says)
    note(
        act,
        event=AuditEvent.CASE_ANSWERED,
        case=case,
        files=files,
        by_mail=case.electronic_notice,
        recognises=recognises,
        **decided,
    )


def _extend(act: Act, case: Case, state: CaseState, text: str, files: Sequence[Judged]) -> None:
    case.state, case.extended_on, case.extension_reason = state, GasDay.of(act.now).date, text[:2000]
    case.due_on = extended_due(case.due_on, holidays.read(act.session))
    case.alarmed = 0
    add_entry(act, case=case, kind=EntryKind.EXTENDED, text=text, files=files)
    mails.changed(
        act,
        case=case,
        subject=f"Su radicado {case.filing_number}: la respuesta tarda más",
        says=[
            f"La respuesta a su {_kind(case)} necesita más tiempo, por esta razón:",
            text,
            f"La tendrá a más tardar el {day_words(case.due_on)}.",
        ],
    )
    note(act, event=AuditEvent.CASE_EXTENDED, case=case, files=files, due_on=case.due_on.isoformat())


def _pass_on(act: Act, case: Case, state: CaseState, text: str, files: Sequence[Judged]) -> None:
    case.state = state
    add_entry(act, case=case, kind=EntryKind.PASSED_ON, text=text, files=files)
    says = [f"Trasladamos su {_kind(case)} con radicado {case.filing_number} a quien debe resolverla:", text]
    mails.changed(act, case=case, subject=f"Su radicado {case.filing_number} fue trasladado", says=says)
    note(act, event=AuditEvent.CASE_PASSED_ON, case=case, files=files)


def _close(act: Act, case: Case, state: CaseState, text: str, files: Sequence[Judged]) -> None:
    case.state = state
    add_entry(act, case=case, kind=EntryKind.CLOSED, text=text, files=files)
    note(act, event=AuditEvent.CASE_CLOSED, case=case, files=files)


def _reopen(act: Act, case: Case, state: CaseState, text: str, files: Sequence[Judged]) -> None:
    """Open again: a new term runs from tomorrow, which may be extended once as the first."""
    case.state, case.alarmed = state, 0
    case.extended_on = case.extension_reason = case.noticed_on = case.outcome = None
    case.due_on = answer_due(act.now, holidays.read(act.session))
    add_entry(act, case=case, kind=EntryKind.REOPENED, text=text, files=files)
    says = [
        f"Volvimos a abrir su {_kind(case)} con radicado {case.filing_number}:",
        text,
        f"Tendrá una nueva respuesta a más tardar el {day_words(case.due_on)}.",
    ]
    mails.changed(act, case=case, subject=f"Su radicado {case.filing_number} se reabrió", says=says)
    note(act, event=AuditEvent.CASE_REOPENED, case=case, files=files, due_on=case.due_on.isoformat())


def _kind(case: Case) -> str:
    return KIND_WORDS[case.kind].lower()


_Doing = Callable[[Act, Case, CaseState, str, Sequence[Judged]], None]
_DOES: Mapping[CaseAction, _Doing] = {
    CaseAction.ASSIGN: _assign,
    CaseAction.NOTE: _note,
    CaseAction.TELL: _tell,
    CaseAction.ANSWER: _answer,
    CaseAction.EXTEND: _extend,
    CaseAction.PASS_ON: _pass_on,
    CaseAction.CLOSE: _close,
    CaseAction.REOPEN: _reopen,
}
# What the console does with cases; a state takes some of them.
ACTIONS = tuple(_DOES)
_ENTRIES: Mapping[CaseAction, EntryKind] = {
    CaseAction.ASSIGN: EntryKind.ASSIGNED,
    CaseAction.NOTE: EntryKind.NOTE,
    CaseAction.TELL: EntryKind.TOLD,
    CaseAction.ANSWER: EntryKind.ANSWERED,
    CaseAction.EXTEND: EntryKind.EXTENDED,
    CaseAction.PASS_ON: EntryKind.PASSED_ON,
    CaseAction.CLOSE: EntryKind.CLOSED,
    CaseAction.REOPEN: EntryKind.REOPENED,
}
