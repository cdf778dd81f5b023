"""Claims of a customer: dispute a day, list them, follow one and add to it."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, TextAreaField
from wtforms.validators import ValidationError

from portal.domain.cases import LONGEST_DISPUTE, answer_due, standing_words
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.readings import is_old
from portal.services.account.opened_points import OpenedPoint, use_opened_point
from portal.services.cases.pqr import day_claims, day_figures
from portal.services.store.refusals import Conflict, NotFound, Rejected
from portal.services.timetable import holidays
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import give_file, go, page, refusal_words, show_refusal
from portal.web.case_form import FILES_BYTES, MOST_PARTS, FilesField, file_facts
from portal.web.distributor import current, named
from portal.web.filters import clock_words
from portal.web.forms import TypedForm
from portal.web.limits import takes_fields, takes_files
from portal.web.url_rules import modality_of
from portal.words.cases import FILE_TYPES

from .words import WORDS

blueprint = Blueprint("claims", __name__)


@blueprint.route("/cuentas-de-balance/<modality>/<point>/dias/<day>/reclamo", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def dispute(modality: str, point: str, day: str) -> ResponseReturnValue:
    """Show the figures of a day and take the objection."""
    session, now = database.current(), runtime.now()
    found, gas_day, form = _opened(modality, point), _gas_day(day), ClaimForm()
    try:
        day_claims.refuse_day(point=found, gas_day=gas_day, today=GasDay.of(now))
    except Rejected as refused:
        words = named(WORDS[refused.refusal])
        return page(
            "claims/refused.html", status=422, point=found, gas_day=gas_day, problem=words, sheet=_sheet(found, gas_day)
        )
    if form.validate_on_submit():
        try:
            claim = day_claims.open_claim(
                act(), point=found, gas_day=gas_day, text=form.text.data, files=form.files.sent
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            flash(
                f"Recibimos su reclamo con el número {claim.filing_number}. Le enviamos el acuse por correo.", "success"
            )
            return go(".thread", modality=modality, point=point, claim=claim.public_id)
    return page(
        "claims/dispute.html",
        form=form,
        point=found,
        gas_day=gas_day,
        figures=day_figures.load_day_figures(session, delivery_point_id=found.id, gas_day=gas_day, unit=found.unit),
        already=day_claims.find_open(session, delivery_point_id=found.id, gas_day=gas_day),
        is_old=is_old(gas_day, GasDay.of(now)),
        due=answer_due(now, holidays.load_known(session)),
        longest=LONGEST_DISPUTE,
        sheet=_sheet(found, gas_day),
        **file_facts(),
    )


@blueprint.get("/cuentas-de-balance/<modality>/<point>/reclamos")
@open_to(Audience.CUSTOMER)
def index(modality: str, point: str) -> ResponseReturnValue:
    """List the claims about days of a point, and the reader's own other cases about it."""
    found = _opened(modality, point)
    listed = day_claims.list_cases_of_point(act(), delivery_point_id=found.id)
    return page("claims/index.html", point=found, cases=listed)


@blueprint.route("/cuentas-de-balance/<modality>/<point>/reclamos/<claim>", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
@takes_files(FILES_BYTES)
@takes_fields(MOST_PARTS)
def thread(modality: str, point: str, claim: str) -> ResponseReturnValue:
    """Show a claim with its record, and take additions while an answer is owed."""
    session = database.current()
    found, form = _opened(modality, point), AdditionForm()
    shown = day_claims.find(session, delivery_point_id=found.id, public_id=claim)
    if form.validate_on_submit():
        try:
            day_claims.write(act(), point=found, public_id=claim, text=form.text.data, files=form.files.sent)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except Conflict:
            return _decided(found, claim, form.text.data)
        else:
            flash("Agregamos su mensaje al reclamo.", "success")
            return go(".thread", modality=modality, point=point, claim=claim)
    return page(
        "claims/thread.html",
        form=form,
        point=found,
        thread=shown,
        appeal_words=day_claims.read_appeal(act(), thread=shown),
        figures=day_figures.load_day_figures(
            session, delivery_point_id=found.id, gas_day=shown.claim.gas_day, unit=found.unit
        ),
        longest=LONGEST_DISPUTE,
        sheet=_sheet(found, shown.claim.gas_day),
        **file_facts(),
    )


@blueprint.get("/cuentas-de-balance/<modality>/<point>/reclamos/<claim>/archivos/<file>")
@open_to(Audience.CUSTOMER)
def claim_file(modality: str, point: str, claim: str, file: str) -> ResponseReturnValue:
    """Give a file of a claim, always to be kept and never shown inside of the portal."""
    opened = _opened(modality, point)
    found = day_claims.get_file(database.current(), delivery_point_id=opened.id, public_id=claim, file=file)
    return give_file(found.content, FILE_TYPES[found.kind], name=found.name)


def _decided(point: OpenedPoint, claim: str, text: str) -> ResponseReturnValue:
    """Tell that the claim was answered meanwhile, and show the unsaved text."""
    shown = day_claims.find(database.current(), delivery_point_id=point.id, public_id=claim)
    changes = [("Estado del reclamo", standing_words(shown.claim.state, shown.claim.outcome))]
    if shown.decision:
        changes += [
            ("Decidido", clock_words(shown.decision.at)),
            (f"Respuesta de {current().name}", shown.decision.text),
        ]
    changes.append(("Lo que usted escribió y no se guardó", text))
    where = url_for(".thread", modality=point.modality.value, point=point.public_id, claim=claim)
    return page("errors/409.html", status=409, changes=changes, continue_url=where)


def _opened(modality: str, point: str) -> OpenedPoint:
    return use_opened_point(act(), modality=modality_of(modality), public_id=point)


def _gas_day(text: str) -> GasDay:
    try:
        return parse_gas_day(text)
    except BadGasDay:
        raise NotFound from None


def _sheet(point: OpenedPoint, gas_day: GasDay) -> str:
    """Return the address of the sheet of the day's month."""
    return url_for(
        "balances.sheet",
        modality=point.modality.value,
        point=point.public_id,
        mes=gas_day.date.month,
        anio=gas_day.date.year,
    )


class ClaimForm(TypedForm):
    """Objection to a day."""

    text = TextAreaField("¿Con qué no está de acuerdo?")
    files = FilesField("Archivos (opcional)")

    def validate_text(self, field: Field) -> None:
        try:
            day_claims.require_text(field.data or "")
        except Rejected as refused:
            raise ValidationError(refusal_words(refused, WORDS)) from None


class AdditionForm(ClaimForm):
    """Addition to a claim."""

    text = TextAreaField("Agregar algo a este reclamo")
