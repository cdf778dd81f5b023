"""Calendar of a point's month, where a gap starts a nomination, and the notes for the shift."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint
from portal.services import nominations
from portal.services.keys import grants
from portal.services.ops import shift_notes
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.typed_days import read_typed_day
from portal.web.url_rules import modality_of

from .history import asked_month
from .states import cell_words
from .views import blueprint
from .words import MONTH_WORDS, NOTE_WORDS, WORDS, spoken


class GapForm(TypedForm):
    """Pressed day of the calendar, with the kind of request it takes now: "nominacion 2026-11-24"."""

    pick = HiddenField()

    kind: RequestKind | None = None
    parsed: GasDay | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Read the pressed day; the field is hidden, so no error can stand beside it."""
        if not super().validate(extra_validators):
            return False
        kind, _, day = (self.pick.data or "").partition(" ")
        try:
            self.kind, self.parsed = RequestKind(kind), parse_gas_day(day)
        except (ValueError, BadGasDay):
            self.form_errors.append(MONTH_WORDS)
            return False
        return True


class NoteForm(TypedForm):
    """Note for the shift: the day and the text."""

    gas_day = StringField("Día de gas", validators=[InputRequired("Escriba el día de gas, como 24/11/2026.")])
    text = TextAreaField("Nota para el turno")

    parsed: GasDay | None = None

    def validate_gas_day(self, field: StringField) -> None:
        self.parsed = read_typed_day(field.data or "")


@blueprint.route("/nominacion/<modality>/<point>/calendario", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def calendar(modality: str, point: str) -> ResponseReturnValue:
    """Show a month of a point; a pressed day opens the wizard at its quantity."""
    now = runtime.now()
    found = _reached(modality, point)
    form, asked = GapForm(), asked_month(now)
    if form.validate_on_submit() and form.parsed is not None and form.kind is not None:
        try:
            draft = nominations.start(act(), modality=modality_of(modality), point=point)
            nominations.set_kind(act(), draft=draft, kind=form.kind, version=draft.version)
            nominations.set_day(act(), draft=draft, gas_day=form.parsed, version=draft.version)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".quantity", draft=draft.public_id)
    shown = nominations.load_point_month(act(), point=found, month=asked.month)
    return page(
        "nominations/calendar.html",
        status=422 if asked.problem else 200,
        form=form,
        point=found,
        asked=asked,
        shown=shown,
        cells={cell.gas_day: cell_words(cell.standing, proved=shown.proved) for cell in shown.days},
        gaps=nominations.GAPS,
        today=GasDay.of(now),
    )


@blueprint.route("/nominacion/<modality>/<point>/notas", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def notes(modality: str, point: str) -> ResponseReturnValue:
    """Show the notes of coming days, and take another."""
    session, now = database.current(), runtime.now()
    use_grants()
    found = grants.require_opened_point(act(), modality=modality_of(modality), public_id=point)
    tomorrow = GasDay.of(now).plus(1)
    form = NoteForm(data={"gas_day": tomorrow.date.strftime("%d/%m/%Y")})
    if form.validate_on_submit() and form.parsed is not None:
        try:
            shift_notes.write(act(), point=found, gas_day=form.parsed, text=form.text.data or "")
        except Rejected as refused:
            show_refusal(form, refused, NOTE_WORDS)
        else:
            flash("La nota quedó para el turno del operador.", "success")
            return go(".notes", modality=modality, point=point)
    return page(
        "nominations/notes.html",
        form=form,
        point=found,
        notes=shift_notes.list_of_point(session, point=found, since=GasDay.of(now)),
    )


def _reached(modality: str, point: str) -> DeliveryPoint:
    use_grants()
    return grants.require_reachable_point(act(), modality=modality_of(modality), public_id=point)
