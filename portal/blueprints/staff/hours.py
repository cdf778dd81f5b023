"""Console page that moves the close of one gas day: first its effect, then the move."""

from __future__ import annotations

import hashlib
import re
from datetime import time

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.services import timetable
from portal.services.store.refusals import Rejected
from portal.services.timetable import close_moves
from portal.services.timetable.close_moves import Asked, Effect
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import MODALITY_WORDS
from portal.web.forms import TypedForm
from portal.web.typed_days import read_typed_day

from .views import blueprint
from .words import HOURS_WORDS, spoken_hours

ALL = "todas"


class MoveForm(TypedForm):
    """The day, the modality, the new close, and the reason."""

    gas_day = StringField("Día de gas", validators=[InputRequired("Escriba el día de gas, como 24/11/2026.")])
    modality = RadioField(
        "Modalidad",
        choices=[SelectChoice(ALL, "Todas"), *[SelectChoice(each.value, MODALITY_WORDS[each]) for each in Modality]],
        default=ALL,
    )
    closes_day = SelectField(
        "El cierre es",
        choices=[SelectChoice("-1", "el día anterior"), SelectChoice("0", "el mismo día de gas")],
        default="-1",
    )
    closes_time = StringField("Nueva hora de cierre", validators=[InputRequired("Escriba la hora, como 14:00.")])
    reason = TextAreaField("Razón")
    seen = HiddenField()

    parsed: GasDay | None = None
    hour: time | None = None

    def validate_closes_time(self, field: StringField) -> None:
        typed = (field.data or "").strip()
        if not re.fullmatch("([01]?[0-9]|2[0-3]):[0-5][0-9]", typed, re.ASCII):
            raise ValidationError("No reconocemos esa hora. Escríbala de 0 a 24 horas: 14:00.")
        hour, minute = typed.split(":")
        self.hour = time(int(hour), int(minute))

    def validate_gas_day(self, field: StringField) -> None:
        self.parsed = read_typed_day(field.data or "")

    @property
    def modalities(self) -> list[Modality]:
        """Modalities affected."""
        return list(Modality) if self.modality.data == ALL else [Modality(self.modality.data)]

    def fingerprint(self, effects: list[Effect]) -> str:
        """Return the digest of this request and of the closes it moves: only a previewed effect is confirmed."""
        said = [self.parsed, self.modality.data, self.closes_day.data, self.hour, (self.reason.data or "").strip()]
        said += [effect.closes_at for effect in effects]
        return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()


@blueprint.route("/consola/horario", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_TIMETABLE))
def hours() -> ResponseReturnValue:
    """Show the timetable and the moves; move the close of a day after a preview of its effect."""
    session, now = database.current(), runtime.now()
    form = MoveForm()
    effects: list[Effect] = []
    if form.validate_on_submit() and form.parsed is not None and form.hour is not None:
        asked = Asked(form.parsed, tuple(form.modalities), int(form.closes_day.data), form.hour, form.reason.data or "")
        try:
            effects = close_moves.preview(act(), asked=asked)
            seen = form.fingerprint(effects)
            if "confirm" in request.form and form.seen.data == seen:
                close_moves.move(act(), asked=asked)
                flash("El cierre quedó cambiado y los clientes fueron avisados.", "success")
                return go(".hours")
            form.seen.data = seen
        except Rejected as refused:
            show_refusal(form, spoken_hours(refused), HOURS_WORDS)
    return page(
        "staff/hours.html",
        form=form,
        effects=effects,
        rows=timetable.list_windows(session),
        moves=close_moves.list_moves(session, since=GasDay.of(now).plus(-7)),
    )
