"""Desk of cases (PQR), also those about a gas day: the list, one case with what may be done, and the form for what was
said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import structlog
from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, Field, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import AnyOf, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from portal.domain.accounts import Function, may
from portal.domain.cases import (
    CHANNEL_WORDS,
    KIND_WORDS,
    OUTCOME_WORDS,
    PENDING,
    RUNNING,
    SAID,
    CaseAction,
    CaseChannel,
    CaseKind,
    CaseState,
    Outcome,
    standing_words,
)
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.keys import print_code
from portal.papers import case_paper, case_record, case_tables
from portal.services.cases import pqr
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import CSV, PDF, XLSX, ZIP, give_file, go, page, show_refusal
from portal.web.case_form import (
    FILES_BYTES,
    MOST_PARTS,
    FilesField,
    PetitionerForm,
    file_facts,
    follow,
    new_submission,
    petition_facts,
)
from portal.web.distributor import current
from portal.web.filters import clock_words
from portal.web.forms import NOT_SHOWN, TypedForm, argument
from portal.web.limits import takes_fields, takes_files
from portal.words.cases import ACTION_HINTS, ACTION_WORDS, DONE_WORDS, FILE_TYPES, OUTCOME_HINTS, WORDS

from . import lists
from .forms import CountField
from .views import blueprint

log = structlog.get_logger("portal.web.consoles")
ADDRESS = "/consola/casos/<case>"

# Values of `?estado=`; the first is the default.
STATES: Mapping[str, tuple[str, frozenset[CaseState]]] = {
    "pendientes": ("Pendientes", PENDING),
    "por-responder": ("Por responder", RUNNING),
    "vencidos": ("Vencidos", frozenset({CaseState.LAPSED})),
    "respondidos": ("Respondidos", frozenset({CaseState.ANSWERED})),
    "trasladados": ("Trasladados", frozenset({CaseState.PASSED_ON})),
    "cerrados": ("Cerrados", frozenset({CaseState.CLOSED})),
    "todos": ("Todos", frozenset(CaseState)),
}
# Values of `?vence=`: calendar days from today; the first is the default.
DUE: Mapping[str, tuple[str, int | None]] = {
    "": ("Cualquier día", None),
    "hoy": ("Hoy o antes", 0),
    "semana": ("En una semana", 7),
}
# Values of `?sobre=`; the first is the default.
ABOUT: Mapping[str, tuple[str, pqr.desk.About]] = {
    "": ("Todo", pqr.desk.ANYTHING),
    "dia": ("Reclamos de un día", pqr.desk.About(a_day=True)),
    "proceden": ("De un día, proceden", pqr.desk.About(a_day=True, outcome=Outcome.UPHELD)),
    "no-proceden": ("De un día, no proceden", pqr.desk.About(a_day=True, outcome=Outcome.DISMISSED)),
    "otros": ("Los demás", pqr.desk.About(a_day=False)),
}
# Fields that the address of a call fills.
FROM_A_CALL = {"name": "quien", "telephone": "telefono", "delivery_point": "lugar"}
OUTCOMES = frozenset(outcome.value for outcome in Outcome)
# Channels by which the console files what came to it.
SPOKEN_OR_BROUGHT = (CaseChannel.TELEPHONE, CaseChannel.OFFICE, CaseChannel.MAIL)


class ActionForm(TypedForm):
    """Action on a case; which ones there are depends on its state."""

    action = RadioField("Qué hacer", validate_choice=False)
    # Of a claim about a day: what its answer decides, and how much of what was said the page showed.
    outcome = RadioField("Al responder: ¿el reclamo procede?", validate_choice=False)
    seen = CountField(
        "Lo que se había dicho",
        widget=HiddenInput(),
        validators=[Optional(), NumberRange(min=1, max=100_000, message=NOT_SHOWN)],
    )
    text = TextAreaField("Texto")
    files = FilesField("Archivos (opcional)")


class SpokenForm(PetitionerForm):
    """Case that somebody told or brought; ``channel`` says how."""

    channel = RadioField(
        "¿Por dónde llegó?",
        choices=[SelectChoice(channel.value, CHANNEL_WORDS[channel].capitalize()) for channel in SPOKEN_OR_BROUGHT],
        validate_choice=False,
        validators=[AnyOf([channel.value for channel in SPOKEN_OR_BROUGHT], message="Elija por dónde llegó.")],
    )
    arrived_on = StringField("¿Qué día llegó el correo?")
    # Who wrote a mail filled in no form.
    consent = BooleanField("Autorizo")

    @property
    def by_mail(self) -> bool:
        """True for a mail: it is filed without document and authorisation, from the day on which it came."""
        return bool(self.channel.data == CaseChannel.MAIL.value)

    def validate_document(self, field: Field) -> None:
        """Refuse what is no document, and none from who can be asked for it."""
        if field.data or not self.by_mail:
            super().validate_document(field)

    def validate_consent(self, field: Field) -> None:
        """Refuse none from who can be asked for it."""
        if not (field.data or self.by_mail):
            raise ValidationError(WORDS[Refusal.CONSENT_MISSING])

    def validate_arrived_on(self, _field: Field) -> None:
        """Refuse a mail without its day, one to come, and one of long ago."""
        if self.by_mail:
            follow(lambda: pqr.read_arrival(act(), self._arrived()))

    def _arrived(self) -> date | None:
        try:
            return parse_gas_day(self.arrived_on.data or "").date
        except BadGasDay:
            return None

    def petition(self) -> pqr.Petition:
        """Return what a valid form asks for."""
        return replace(super().petition(), arrived_on=self._arrived() if self.by_mail else None)


@blueprint.get("/consola/casos")
@open_to(Staff(Function.READ_CASES))
def cases() -> ResponseReturnValue:
    """List the cases, those that owe an answer first and by the end of their term."""
    listed = lists.read(
        "staff.cases",
        place=3,
        choices={"estado": STATES, "tipo": {each.value for each in CaseKind}, "vence": DUE, "sobre": ABOUT},
    )
    asked, searched = _asked(), listed.text
    found = pqr.desk.list_cases(
        act(),
        states=STATES[asked.shown][1],
        kind=asked.kind,
        due_until=asked.until,
        about=ABOUT[asked.about][1],
        searched=searched,
        after=listed.after,
    )
    listed.next = found.next
    return page(
        "staff/cases.html",
        found=found,
        shown=asked.shown,
        kind=asked.kind.value if asked.kind else "",
        due=asked.due,
        about=asked.about,
        searched=searched,
        listed=listed,
        states=[(name, words, sum(found.counts[state] for state in of)) for name, (words, of) in STATES.items()],
        kinds=[("", "Todas"), *[(kind.value, words) for kind, words in KIND_WORDS.items()]],
        dues=[(name, words) for name, (words, _) in DUE.items()],
        abouts=[(name, words) for name, (words, _) in ABOUT.items()],
        may_file=may(me().role, Function.FILE_CASES),
    )


class Asked(NamedTuple):
    """Filters of the list, from the address; the last one is a day."""

    shown: str
    kind: CaseKind | None
    due: str
    until: date | None
    about: str


def _asked() -> Asked:
    """Return the filters of the address; what is none of them is left out."""
    shown, kind, due, about = (request.args.get(name, "") for name in ("estado", "tipo", "vence", "sobre"))
    due = due if due in DUE else ""
    within = DUE[due][1]
    return Asked(
        # Who searches without choosing a state means any.
        shown if shown in STATES else "todos" if argument("q") else "pendientes",
        CaseKind(kind) if kind in [each.value for each in CaseKind] else None,
        due,
        None if within is None else GasDay.of(runtime.now()).date + timedelta(days=within),
        about if about in ABOUT else "",
    )


@blueprint.get("/consola/casos.csv")
@open_to(Staff(Function.READ_CASES))
def cases_csv() -> ResponseReturnValue:
    """Give the listed cases with their answers and notices as CSV: the relation of clause 69."""
    listed, name = _relation("csv")
    return give_file(case_tables.relation_csv(listed), CSV, name=name)


@blueprint.get("/consola/casos.xlsx")
@open_to(Staff(Function.READ_CASES))
def cases_xlsx() -> ResponseReturnValue:
    """Give the same relation as a workbook."""
    listed, name = _relation("xlsx")
    return give_file(case_tables.relation_xlsx(listed, distributor=current()), XLSX, name=name)


def _relation(suffix: str) -> tuple[Sequence[pqr.desk.Listed], str]:
    """Return the cases that the filters of the address name, and the name of their file; logged."""
    asked = _asked()
    listed = pqr.desk.list_relation(
        act(),
        states=STATES[asked.shown][1],
        kind=asked.kind,
        due_until=asked.until,
        about=ABOUT[asked.about][1],
        searched=argument("q"),
    )
    log.info("cases taken out", request_id=g.get("request_id"), user_id=me().user_id, count=len(listed))
    return listed, f"pqr-{asked.shown}-{GasDay.of(runtime.now()).isoformat()}.{suffix}"


@blueprint.route("/consola/casos/nueva", methods=["GET", "POST"])
@open_to(Staff(Function.FILE_CASES))
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def new_case() -> ResponseReturnValue:
    """Write down a case that was told or brought; its constancia is given at once."""
    # From a call: who said it, and what it is about.
    said = {name: argument(word) for name, word in FROM_A_CALL.items()}
    called = {"channel": CaseChannel.TELEPHONE.value} if said["telephone"] else {}
    form = SpokenForm(submission=new_submission(), data=said | called)
    if form.validate_on_submit():
        try:
            filed = pqr.file_case(act(), petition=form.petition(), channel=CaseChannel(form.channel.data))
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            flash(f"Quedó con el radicado {filed.filing_number}. Entregue la constancia.", "success")
            return go(".case", case=filed.filing_number)
    return page(
        "staff/new_case.html",
        form=form,
        **petition_facts(),
    )


@blueprint.get(ADDRESS)
@open_to(Staff(Function.READ_CASES))
def case(case: str) -> ResponseReturnValue:
    """Show a case with its record and what may be done with it."""
    return _show(case)


@blueprint.post(ADDRESS)
@open_to(Staff(Function.ANSWER_CASES))
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def act_on_case(case: str) -> ResponseReturnValue:
    """Do what the form says; a case that moved on meanwhile is shown as it is now, with what was typed."""
    form = _action_form(pqr.actions.ACTIONS, tuple(Outcome))
    if form.validate_on_submit():
        action = CaseAction(form.action.data)
        try:
            pqr.actions.do(
                act(),
                filing_number=case,
                action=action,
                text=form.text.data or "",
                files=form.files.sent,
                outcome=Outcome(form.outcome.data) if form.outcome.data in OUTCOMES else None,
                seen=form.seen.data,
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except Conflict as conflict:
            return _moved_on(case, form, conflict)
        else:
            flash(DONE_WORDS[action], "success")
            return go(".case", case=case)
    return _show(case, form)


def _action_form(actions: tuple[CaseAction, ...], outcomes: tuple[Outcome, ...], **options: object) -> ActionForm:
    form = ActionForm(**options)
    form.action.validators = [AnyOf([action.value for action in actions], message="Elija qué hacer con el caso.")]
    _offer(form, actions, outcomes)
    return form


def _offer(form: ActionForm, actions: tuple[CaseAction, ...], outcomes: tuple[Outcome, ...]) -> None:
    form.action.choices = [SelectChoice(action.value, ACTION_WORDS[action]) for action in actions]
    form.outcome.choices = [SelectChoice(outcome.value, OUTCOME_WORDS[outcome]) for outcome in outcomes]


def _show(case: str, sent: ActionForm | None = None) -> ResponseReturnValue:
    actor = me()
    shown = pqr.desk.load(act(), filing_number=case)
    # Personal data of the petitioner: who looked is logged.
    log.info("case seen", request_id=g.get("request_id"), user_id=actor.user_id, case=shown.case.filing_number)
    # Nobody takes over what they have.
    is_mine = shown.case.assigned_to == actor.name
    offered = tuple(action for action in shown.actions if not (is_mine and action is CaseAction.ASSIGN))
    if shown.day is not None:
        # Logged until the audit shows the customer who saw the figures.
        log.info("figures seen", request_id=g.get("request_id"), user_id=actor.user_id, claim=shown.case.filing_number)
    form = sent or _action_form(offered, shown.outcomes, formdata=None, seen=shown.said)
    _offer(form, offered, shown.outcomes)
    return page(
        "staff/case.html",
        form=form,
        record=shown,
        code=print_code(shown.code),
        may_act=may(actor.role, Function.ANSWER_CASES),
        action_hints={action.value: ACTION_HINTS[action] for action in offered},
        outcome_hints={outcome.value: hint for outcome, hint in OUTCOME_HINTS.items()},
        **file_facts(),
    )


def _moved_on(case: str, form: ActionForm, conflict: Conflict) -> ResponseReturnValue:
    """Tell how the case stands now or what its customer wrote meanwhile, and show the unsaved text."""
    record = pqr.desk.load(act(), filing_number=case)
    shown = record.case
    if conflict.reason == "case-written":
        newest = [entry for entry in record.entries if entry.kind in SAID][-1]
        changes = [
            ("Mensaje nuevo", newest.text),
            ("De", newest.author or ""),
            ("Cuándo", clock_words(newest.written_at)),
        ]
    else:
        changes = [("Estado del caso", standing_words(shown.state, shown.outcome))]
        changes.append(("A cargo de", shown.assigned_to or "nadie"))
        if record.decision:
            changes += [
                ("Decidido por", record.decision.by or ""),
                ("Cuándo", clock_words(record.decision.at)),
                ("Resultado escrito", record.decision.text),
            ]
    if form.text.data:
        changes.append(("Lo que usted escribió y no se registró", form.text.data))
    return page("errors/409.html", status=409, changes=changes, continue_url=url_for(".case", case=case))


@blueprint.get("/consola/reclamos-de-balance")
@open_to(Staff(Function.READ_CASES))
def former_claims() -> ResponseReturnValue:
    """Lead on from the list of claims, which had pages of its own."""
    return go(".cases", sobre="dia", estado="todos" if request.args.get("estado") else None)


@blueprint.get("/consola/reclamos-de-balance/<claim>")
@open_to(Staff(Function.READ_CASES))
def former_claim(claim: str) -> ResponseReturnValue:
    """Lead on from the former page of a claim."""
    return go(".case", case=pqr.desk.find_number(act(), public_id=claim))


@blueprint.get("/consola/casos/<case>/constancia.pdf")
@open_to(Staff(Function.READ_CASES))
def case_paper_file(case: str) -> ResponseReturnValue:
    """Give the constancia of a case, to be handed over to who spoke it."""
    found = pqr.desk.paper(act(), filing_number=case)
    return give_file(case_paper.as_pdf(act(), case=found), PDF, name=case_paper.file_name(found))


@blueprint.get("/consola/casos/<case>/expediente.zip")
@open_to(Staff(Function.READ_CASES))
def case_record_file(case: str) -> ResponseReturnValue:
    """Give the whole record of a case with its files: what goes to an authority with an appeal."""
    shown = pqr.desk.load(act(), filing_number=case)
    files = pqr.files_of(database.current(), filing_number=case)
    log.info("case taken out", request_id=g.get("request_id"), user_id=me().user_id, case=case)
    packed = case_record.as_zip(act(), record=shown, files=files)
    return give_file(packed, ZIP, name=case_record.file_name(shown))


@blueprint.get("/consola/casos/<number>/archivos/<file>")
@open_to(Staff(Function.READ_CASES))
def case_file(number: str, file: str) -> ResponseReturnValue:
    """Give a file of a case, always to be kept and never shown inside of the portal."""
    found = pqr.file_of(database.current(), filing_number=number, file=file, only_public=False)
    return give_file(found.content, FILE_TYPES[found.kind], name=found.name)
