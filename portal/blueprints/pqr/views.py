"""PQR for everybody: what they are, the form, the constancia, and the state by number and code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired

from portal.domain.cases import (
    KIND_WORDS,
    STATE_WORDS,
    CaseKind,
    CaseState,
)
from portal.domain.keys import print_code
from portal.papers import case_paper
from portal.services.cases import pqr
from portal.services.store.refusals import NotFound, Rejected
from portal.web import database
from portal.web.access import Audience, act, open_to, signed_in_visitor
from portal.web.answers import PDF, give_file, go, page, show_refusal
from portal.web.case_form import FILES_BYTES, MOST_PARTS, PetitionerForm, new_submission, petition_facts
from portal.web.forms import SecretField, TypedForm, argument
from portal.web.limits import takes_fields, takes_files
from portal.web.shared_pages import share
from portal.words.cases import (
    APPEAL_BEGINS,
    DATA_REQUEST,
    FILE_TYPES,
    KIND_HINTS,
    NOTHING_TO_KEEP,
    STATE_NOTES,
    TOO_LONG_TO_KEEP,
    WORDS,
)

from . import drafts

blueprint = Blueprint("pqr", __name__)
# Cases that this browser filed or proved, by public id; the oldest one goes.
PROVED, MOST_PROVED = "pqr", 8
# What a link of another page begins the form with.
SUBJECTS = {
    "datos": {"kind": CaseKind.PETITION.value, "text": DATA_REQUEST},
    "recurso": {"kind": CaseKind.APPEAL.value, "text": APPEAL_BEGINS},
}
NUMBER = re.compile(r"[A-Z]{1,6}-[0-9]{4}-[0-9]{6}", re.ASCII)


class CaseForm(PetitionerForm):
    """Form of the web: the acknowledgement goes to the address."""

    needs_email = True


class OwnCaseForm(CaseForm):
    """The same for who has delivery points to choose from."""

    delivery_point = SelectField("Punto de entrega (opcional)", validate_choice=False)


class StateForm(TypedForm):
    """Number and code of a case."""

    filing_number = StringField("Radicado", validators=[DataRequired("Escriba el radicado de la constancia.")])
    code = SecretField("Código", validators=[DataRequired("Escriba el código de la constancia, como K7QF-2M9X.")])


@blueprint.get("/pqr")
@open_to(Audience.PUBLIC)
def index() -> ResponseReturnValue:
    """Explain what a PQR is, its term and its rules; list one's own and the notices of answers."""
    return share(
        page(
            "pqr/index.html",
            mine=pqr.mine(act()),
            notices=pqr.notices(act()),
            kind_hints=KIND_HINTS,
        )
    )


@blueprint.route("/pqr/nueva", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def new() -> ResponseReturnValue:
    """Take a case; the answer is its constancia."""
    form = _form(pqr.own_points(act()))
    if form.validate_on_submit():
        try:
            filed = pqr.file_case(act(), petition=form.petition())
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            _remember(filed.public_id)
            answer = make_response(go(".constancia", number=filed.filing_number))
            drafts.forget(answer)
            return answer
    return _page(form)


@blueprint.post("/pqr/borrador")
@open_to(Audience.PUBLIC)
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def keep_draft() -> ResponseReturnValue:
    """Keep what was typed in this browser, unjudged; the form stays as it is where it is too long."""
    form = _form(pqr.own_points(act()))
    answer = make_response(go(".new"))
    if not drafts.is_blank(form) and drafts.keep(answer, form):
        return answer
    form.text.errors = [NOTHING_TO_KEEP if drafts.is_blank(form) else TOO_LONG_TO_KEEP]
    return _page(form)


@blueprint.post("/pqr/borrador/borrar")
@open_to(Audience.PUBLIC)
def drop_draft() -> ResponseReturnValue:
    """Drop the draft of this browser."""
    answer = make_response(go(".new"))
    drafts.forget(answer)
    return answer


def _page(form: CaseForm) -> ResponseReturnValue:
    draft = drafts.load() if request.method == "GET" else None
    return page("pqr/new.html", form=form, draft=draft, **petition_facts())


def _form(points: Sequence[pqr.OwnPoint]) -> CaseForm:
    """Return the form, with name and address of who is signed in, and what this browser's draft says."""
    visitor, draft = signed_in_visitor(), drafts.load()
    known: dict[str, Any] = (
        {} if visitor is None or visitor.is_staff else {"name": visitor.name, "email": visitor.email}
    )
    begun = SUBJECTS.get(request.args.get("asunto", ""), {})
    written = draft.fields if draft else {}
    form = (OwnCaseForm if points else CaseForm)(submission=new_submission(), **known | begun | written)
    if points:
        form.delivery_point.choices = [
            SelectChoice("", "Ninguno en particular"),
            *[SelectChoice(each.public_id, each.name) for each in points],
        ]
    return form


def _remember(public_id: str) -> None:
    """Keep in this browser that it filed or proved a case."""
    cookie[PROVED] = [*[known for known in _proved() if known != public_id], public_id][-MOST_PROVED:]


def _proved() -> list[str]:
    kept: list[str] = cookie.get(PROVED, [])
    return kept


@blueprint.get("/pqr/radicado/<number>")
@open_to(Audience.PUBLIC)
def constancia(number: str) -> ResponseReturnValue:
    """Show a case to the browser that filed or proved it; any other is asked for its code."""
    place = pqr.day_claims.find_place(act(), filing_number=number)
    if place is not None:
        return go("claims.thread", modality=place.modality.value, point=place.point, claim=place.claim)
    try:
        found = pqr.view(act(), filing_number=number, proved=_proved())
    except NotFound:
        if not NUMBER.fullmatch(number):
            raise
        return go(".state", radicado=number)
    return page(
        "pqr/constancia.html",
        case=found,
        state_note=STATE_NOTES[found.state],
        code=print_code(found.code),
        sign=_sign(found),
    )


def _sign(case: pqr.CaseView) -> str:
    """Return the line above the number: received, or where the case stands by now."""
    kind = KIND_WORDS[case.kind]
    if case.state is CaseState.FILED:
        return f"Recibimos su {kind.lower()}"
    return f"{kind} · caso {STATE_WORDS[case.state].lower()}"


@blueprint.get("/pqr/radicado/<number>/constancia.pdf")
@open_to(Audience.PUBLIC)
def constancia_pdf(number: str) -> ResponseReturnValue:
    """Give the constancia as a file to keep."""
    found = pqr.view(act(), filing_number=number, proved=_proved())
    return give_file(case_paper.as_pdf(act(), case=found), PDF, name=case_paper.file_name(found))


@blueprint.get("/pqr/radicado/<number>/archivos/<file>")
@open_to(Audience.PUBLIC)
def case_file(number: str, file: str) -> ResponseReturnValue:
    """Give a file of the public record, always to be kept and never shown inside of the portal."""
    pqr.view(act(), filing_number=number, proved=_proved())
    found = pqr.file_of(database.current(), filing_number=number, file=file, only_public=True)
    return give_file(found.content, FILE_TYPES[found.kind], name=found.name)


@blueprint.route("/pqr/estado", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def state() -> ResponseReturnValue:
    """Open a case by number and code; a wrong code answers as a number that is none."""
    form = StateForm(filing_number=argument("radicado", longest=20)) if request.method == "GET" else StateForm()
    if form.validate_on_submit():
        try:
            proved = pqr.prove(act(), filing_number=form.filing_number.data, code=form.code.data)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            _remember(proved.public_id)
            return go(".constancia", number=proved.filing_number)
    return page("pqr/state.html", form=form)
