"""Petitions, complaints, claims and appeals of customers (PQR): states, transitions, terms.

Source: docs/rules.md, "PQR".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from .calendar import add_business_days, business_days_between, day_words
from .distributor import Distributor
from .gas_day import GasDay
from .readings import is_old
from .spans import few

LONGEST_TEXT = 10_000
# Of what a customer writes about a gas day: it is kept with the browser while a session ends (adr/0092).
LONGEST_DISPUTE = 2_000
# Fifteen business days counted from the day after filing (contract, clauses 69–73).
ANSWER_WITHIN = 15
MOST_FILES = 3
LARGEST_FILE = 5 * 1024 * 1024
# Business days of the term on which the person in charge is told; it ends on the last one.
ALARM_DAYS = (10, 13, ANSWER_WITHIN)
# Time to recognise the effects of a term that passed unanswered.
RECOGNISE_WITHIN = timedelta(hours=72)
# Time after which the person in charge is told again, and the alarm that stands for it after those of the term.
LAST_CALL_AFTER = timedelta(hours=48)
LAST_CALL = ANSWER_WITHIN + 1
# Business days to appeal after the decision was known, and of a notice on the web.
APPEAL_WITHIN = 5
NOTICE_DAYS = 5

# Stored with each authorisation of personal data; raise it with every change of the text.
CONSENT_VERSION = "pqr-2026-11"


class CaseKind(StrEnum):
    """Kind, by the names that the form and the law give it."""

    PETITION = "peticion"
    COMPLAINT = "queja"
    CLAIM = "reclamo"
    APPEAL = "recurso"


class CaseState(StrEnum):
    """Filed; in progress; answered; closed; open again; passed on to another authority; term passed unanswered."""

    FILED = "filed"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    PASSED_ON = "passed_on"
    LAPSED = "lapsed"


class CaseStanding(StrEnum):
    """Standing of a case by its term: answered within or after it, passed on, or owing an answer within or after it."""

    ON_TIME = "on_time"
    LATE = "late"
    PASSED_ON = "passed_on"
    OPEN = "open"
    OVERDUE = "overdue"


class Outcome(StrEnum):
    """Outcome of a claim about a gas day: procede; no procede."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class CaseAction(StrEnum):
    """Action on a case, as the form of the console names it; ``WRITE`` is the petitioner's, ``LAPSE`` the worker's."""

    ASSIGN = "asignar"
    NOTE = "nota"
    TELL = "escribir"
    ANSWER = "responder"
    EXTEND = "ampliar"
    PASS_ON = "trasladar"  # noqa: S105 - a name
    CLOSE = "cerrar"
    REOPEN = "reabrir"
    WRITE = "agregar"
    LAPSE = "vencer"


class CaseChannel(StrEnum):
    """Channel by which a case came; by telephone and at the office it may be spoken."""

    WEB = "web"
    TELEPHONE = "telephone"
    MAIL = "mail"
    OFFICE = "office"


class EntryKind(StrEnum):
    """Kind of an entry of a case's record."""

    FILED = "filed"
    WRITTEN = "written"
    TOLD = "told"
    ASSIGNED = "assigned"
    NOTE = "note"
    ANSWERED = "answered"
    EXTENDED = "extended"
    PASSED_ON = "passed_on"
    CLOSED = "closed"
    REOPENED = "reopened"
    LAPSED = "lapsed"
    MAILED = "mailed"
    NOTIFIED = "notified"
    ALARM = "alarm"


class FileKind(StrEnum):
    """Kind of an attached file, by its content."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


KIND_WORDS: Mapping[CaseKind, str] = {
    CaseKind.PETITION: "Petición",
    CaseKind.COMPLAINT: "Queja",
    CaseKind.CLAIM: "Reclamo",
    CaseKind.APPEAL: "Recurso",
}
STATE_WORDS: Mapping[CaseState, str] = {
    CaseState.FILED: "Radicado",
    CaseState.IN_PROGRESS: "En trámite",
    CaseState.ANSWERED: "Respondido",
    CaseState.CLOSED: "Cerrado",
    CaseState.REOPENED: "Reabierto",
    CaseState.PASSED_ON: "Trasladado",
    CaseState.LAPSED: "Vencido: a favor del peticionario",
}
OUTCOME_WORDS: Mapping[Outcome, str] = {Outcome.UPHELD: "Procede", Outcome.DISMISSED: "No procede"}
CHANNEL_WORDS: Mapping[CaseChannel, str] = {
    CaseChannel.WEB: "por la página web",
    CaseChannel.TELEPHONE: "por teléfono",
    CaseChannel.MAIL: "por correo",
    CaseChannel.OFFICE: "en la oficina",
}

# An answer is owed, within the term or after it.
PENDING = frozenset({CaseState.FILED, CaseState.IN_PROGRESS, CaseState.REOPENED, CaseState.LAPSED})
# The term runs.
RUNNING = PENDING - {CaseState.LAPSED}
# Entries that the petitioner reads.
PUBLIC = frozenset(EntryKind) - {EntryKind.ASSIGNED, EntryKind.NOTE, EntryKind.ALARM}
# Entries by the petitioner, and all that was said before the answer.
OF_PETITIONER = frozenset({EntryKind.FILED, EntryKind.WRITTEN, EntryKind.MAILED})
SAID = OF_PETITIONER | {EntryKind.TOLD}
# What is not done on the console's form; what only a claim about a day takes.
_NOT_OF_STAFF = frozenset({CaseAction.WRITE, CaseAction.LAPSE})
_OF_A_DAY = frozenset({CaseAction.TELL, CaseAction.WRITE})
# Channels by which a case may be spoken: an appeal comes in writing.
SPOKEN = frozenset({CaseChannel.TELEPHONE})

# Actions that change no state, with the states that take them.
_KEEPING: Mapping[CaseAction, frozenset[CaseState]] = {
    CaseAction.NOTE: frozenset(CaseState),
    CaseAction.TELL: PENDING,
    CaseAction.WRITE: PENDING,
}
_WHILE_RUNNING = {
    CaseAction.ASSIGN: CaseState.IN_PROGRESS,
    CaseAction.ANSWER: CaseState.ANSWERED,
    CaseAction.EXTEND: CaseState.IN_PROGRESS,
    CaseAction.PASS_ON: CaseState.PASSED_ON,
    CaseAction.LAPSE: CaseState.LAPSED,
}
# Any other pair is refused.
_AFTER: Mapping[CaseState, Mapping[CaseAction, CaseState]] = {
    CaseState.FILED: _WHILE_RUNNING,
    CaseState.IN_PROGRESS: _WHILE_RUNNING,
    CaseState.REOPENED: _WHILE_RUNNING | {CaseAction.ASSIGN: CaseState.REOPENED},
    # The answer recognises that the term passed.
    CaseState.LAPSED: {CaseAction.ASSIGN: CaseState.LAPSED, CaseAction.ANSWER: CaseState.ANSWERED},
    # An appeal that was decided goes on to the Superintendencia, which decides the subsidiary one.
    CaseState.ANSWERED: {
        CaseAction.CLOSE: CaseState.CLOSED,
        CaseAction.REOPEN: CaseState.REOPENED,
        CaseAction.PASS_ON: CaseState.PASSED_ON,
    },
    CaseState.PASSED_ON: {CaseAction.CLOSE: CaseState.CLOSED, CaseAction.REOPEN: CaseState.REOPENED},
    CaseState.CLOSED: {CaseAction.REOPEN: CaseState.REOPENED},
}


def after(state: CaseState, action: CaseAction) -> CaseState | None:
    """Return the state of a case after ``action``; None when the action is not allowed in ``state``."""
    if action in _KEEPING:
        return state if state in _KEEPING[action] else None
    return _AFTER[state].get(action)


def actions_in(state: CaseState, *, extended: bool, about_day: bool = False) -> tuple[CaseAction, ...]:
    """Return what staff may do with a case in ``state``, in the order of the form; a term is extended once.

    Only with the customer of a claim about a day is there a conversation before the answer.
    """
    left_out = _NOT_OF_STAFF if about_day else _NOT_OF_STAFF | _OF_A_DAY
    found = [action for action in CaseAction if action not in left_out and after(state, action) is not None]
    return tuple([action for action in found if not (extended and action is CaseAction.EXTEND)])


def outcomes_in(state: CaseState) -> tuple[Outcome, ...]:
    """Return the outcomes that an answer may give in ``state``: after its term a claim is understood as upheld."""
    return (Outcome.UPHELD,) if state is CaseState.LAPSED else tuple(Outcome)


def standing_words(state: CaseState, outcome: Outcome | None) -> str:
    """Return how a claim about a day stands: its outcome once it has one, else its state."""
    return STATE_WORDS[state] if outcome is None else OUTCOME_WORDS[outcome]


def answer_due(begins: datetime, holidays: Collection[date]) -> date:
    """Return the last day of the term that begins on the day after ``begins``: the fifteenth business day."""
    return add_business_days(GasDay.of(begins), ANSWER_WITHIN, holidays)


def extended_due(due: date, holidays: Collection[date]) -> date:
    """Return the last day of an extended term: fifteen business days more, twice the first term in all."""
    return add_business_days(due, ANSWER_WITHIN, holidays)


def day_of_term(today: GasDay, due: date, holidays: Collection[date]) -> int:
    """Return which of the last fifteen business days of the term has come: 0 on the day of filing, 15 at its end.

    Counted back from ``due``, so that an extended term has its alarms at the same distance from its end; negative
    while an extended term has more than fifteen left.
    """
    return ANSWER_WITHIN - business_days_between(today, due, holidays)


def alarm_reached(today: GasDay, due: date, holidays: Collection[date]) -> int:
    """Return the last of ``ALARM_DAYS`` that has come; 0 before the first."""
    come = day_of_term(today, due, holidays)
    return max((day for day in ALARM_DAYS if day <= come), default=0)


def lapses_at(due: date) -> datetime:
    """Return the moment at which a term ends unanswered: the end of its last day, Colombian time (aware)."""
    return GasDay(due).end


def standing(state: CaseState, due: date, answered_at: datetime | None, now: datetime) -> CaseStanding:
    """Return the standing of a case at ``now``, by the end of its present term.

    ``answered_at`` is when its last answer of that term came, None without one; both moments are aware.
    """
    if state in PENDING:
        return CaseStanding.OVERDUE if now >= lapses_at(due) else CaseStanding.OPEN
    if answered_at is None:
        return CaseStanding.PASSED_ON
    return CaseStanding.LATE if answered_at >= lapses_at(due) else CaseStanding.ON_TIME


def last_call_at(due: date) -> datetime:
    """Return the moment of the second call about a lapsed case that nobody recognised (aware)."""
    return lapses_at(due) + LAST_CALL_AFTER


def recognise_until(due: date) -> datetime:
    """Return until when the effects of a term that passed unanswered are recognised (aware)."""
    return lapses_at(due) + RECOGNISE_WITHIN


def appeal_until(known_on: GasDay | date, holidays: Collection[date]) -> date:
    """Return the last day for an appeal against a decision that was known on that day."""
    return add_business_days(known_on, APPEAL_WITHIN, holidays)


def may_be_appealed(kind: CaseKind, state: CaseState, outcome: Outcome | None, record: Sequence[EntryKind]) -> bool:
    """Tell whether an appeal (recurso) lies against how a case with this record, oldest first, was decided.

    Not while an answer is owed; not after one that grants all or recognises that the term passed, nor once the case was
    passed on; and not against the decision of an appeal, whose apelación goes on by itself.
    """
    if state not in (CaseState.ANSWERED, CaseState.CLOSED) or outcome is Outcome.UPHELD or kind is CaseKind.APPEAL:
        return False
    begun = max((at for at, entry in enumerate(record) if entry is EntryKind.REOPENED), default=0)
    of_term = set(record[begun:])
    return EntryKind.ANSWERED in of_term and not of_term & {EntryKind.LAPSED, EntryKind.PASSED_ON}


def appeal_words(
    number: str,
    *,
    distributor: Distributor,
    known_on: date,
    by_notice: bool,
    holidays: Collection[date],
    today: date,
    form: str,
) -> str:
    """Return which appeal lies against the answer of a case, within how many days from when, and where it is brought.

    ``known_on`` is the day on which the answer went out by mail, or at whose end a notice on the web counts as served;
    ``form`` the address of the form.
    """
    until = appeal_until(known_on, holidays)
    known = f"Si la conoció el {day_words(known_on)}"
    if by_notice:
        known = f"Por el aviso en la página se entiende conocida al terminar el {day_words(known_on)}"
    ends = "terminó" if until < today else "termina"
    return (
        f"Contra esta respuesta cabe el recurso de reposición ante {distributor.name} y, en subsidio, el de apelación "
        "ante la Superintendencia de Servicios Públicos Domiciliarios. Se interponen juntos y por escrito, dentro de "
        f"los {few(APPEAL_WITHIN)} días hábiles siguientes a conocerla. {known}: ese término {ends} el "
        f"{day_words(until)}. Se presentan en {form}, como recurso y con el radicado {number}."
    )


def notice_until(published: date, holidays: Collection[date]) -> date:
    """Return the last of the business days on which a notice stays on the web."""
    return add_business_days(published, NOTICE_DAYS, holidays)


def notified_on(published: date, holidays: Collection[date]) -> date:
    """Return the day at whose end a notice on the web counts as served: the one after its five business days."""
    return add_business_days(published, NOTICE_DAYS + 1, holidays)


def is_out_of_term(kind: CaseKind, about_on: date | None, filed_on: GasDay, holidays: Collection[date]) -> bool:
    """Tell whether a claim is about an invoice of more than five months, or an appeal came after its five days.

    ``about_on`` is the date of the invoice, or the day on which the decision was known; without one nothing is late.
    """
    if about_on is None:
        return False
    if kind is CaseKind.APPEAL:
        return filed_on.date > appeal_until(about_on, holidays)
    return kind is CaseKind.CLAIM and is_old(GasDay(about_on), filed_on)


def may_be_filed(kind: CaseKind, channel: CaseChannel) -> bool:
    """Tell whether a case of this kind may come by this channel: an appeal is not spoken."""
    return kind is not CaseKind.APPEAL or channel not in SPOKEN


# Paragraphs: who, which data and purposes, rights, how to use them (Ley 1581 of 2012, article 12).
_CONSENT = (
    (
        "Autorizo a {distributor.legal_name} (NIT {distributor.nit}), responsable del tratamiento, a recolectar, "
        "guardar y usar los datos que escribo en este formulario y los archivos que adjunto."
    ),
    (
        "Para qué: tramitar esta solicitud, responderla, notificarme la respuesta y probar que se hizo a tiempo. "
        "Para nada más, y sin entregarlos a terceros, salvo a la autoridad que deba conocer del caso o los pida con "
        "derecho."
    ),
    (
        "Mis derechos: conocer, actualizar y rectificar mis datos, pedir prueba de esta autorización, saber qué uso "
        "se les da, revocarla o pedir que se supriman cuando ningún deber legal o contractual lo impida, y quejarme "
        "ante la Superintendencia de Industria y Comercio."
    ),
    (
        "Cómo los ejerzo: en {distributor.privacy_email}, por el PBX {distributor.telephone} o en la "
        "{distributor.place_within}."
    ),
)


def consent_text(distributor: Distributor) -> tuple[str, ...]:
    """Return the paragraphs of the authorisation that a petitioner gives to ``distributor``."""
    return tuple([paragraph.format(distributor=distributor) for paragraph in _CONSENT])
