"""Console page that changes the timetable from a gas day on: first its effect, then the change."""

from __future__ import annotations

import hashlib

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from portal.domain.accounts import Function
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.store.refusals import Rejected
from portal.services.timetable import window_changes
from portal.services.timetable.window_changes import Asked, Effect
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import CountField
from .hours import MoveForm
from .views import blueprint
from .words import HOURS_WORDS, spoken_hours


class WindowForm(MoveForm):
    """Kind of request, modality, close, first gas day, and reason."""

    kind = RadioField(
        "Solicitud",
        choices=[SelectChoice(each.value, KIND_WORDS[each]) for each in RequestKind],
        default=RequestKind.NOMINATION.value,
    )
    gas_day = StringField("Desde el día de gas", validators=[InputRequired("Escriba el día de gas, como 01/12/2026.")])
    closes_day = SelectField(
        "Cierra",
        choices=[SelectChoice("-1", "el día anterior"), SelectChoice("0", "el mismo día de gas")],
        default="-1",
    )
    closes_time = StringField("Hora de cierre", validators=[InputRequired("Escriba la hora, como 12:00.")])
    notice_hours = CountField(
        "Anticipación de las re-nominaciones, en horas",
        default=6,
        validators=[
            InputRequired("Escriba las horas, de 0 a 23."),
            NumberRange(min=0, max=23, message="Escriba las horas, de 0 a 23."),
        ],
    )
    max_per_day = CountField(
        "Re-nominaciones por día",
        default=4,
        validators=[Optional(), NumberRange(min=1, max=99, message="Escriba de 1 a 99, o nada: sin límite.")],
    )

    def asked(self) -> Asked:
        """Return the form for the service; only after validation."""
        if self.parsed is None or self.hour is None or self.notice_hours.data is None:
            raise ValueError("the form was not validated")
        return Asked(
            kind=RequestKind(self.kind.data),
            modalities=tuple(self.modalities),
            valid_from=self.parsed,
            closes_day=int(self.closes_day.data),
            closes_time=self.hour,
            notice_hours=self.notice_hours.data,
            max_per_day=self.max_per_day.data,
            reason=self.reason.data or "",
        )


@blueprint.route("/consola/horario/desde-un-dia", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_TIMETABLE))
@needs_fresh_factor
def windows() -> ResponseReturnValue:
    """Change the timetable from a gas day on, after a preview of the effect."""
    form = WindowForm()
    effects: list[Effect] = []
    if form.validate_on_submit():
        asked = form.asked()
        try:
            effects = window_changes.preview(act(), asked=asked)
            seen = hashlib.sha256(f"{asked}|{[(each.old, each.new) for each in effects]}".encode()).hexdigest()
            if "confirm" in request.form and form.seen.data == seen:
                window_changes.change(act(), asked=asked)
                flash("El horario quedó cambiado y los clientes fueron avisados.", "success")
                return go(".hours")
            form.seen.data = seen
        except Rejected as refused:
            refused.field = "gas_day" if refused.field == "valid_from" else refused.field
            show_refusal(form, spoken_hours(refused), HOURS_WORDS)
    return page(
        "staff/windows.html", form=form, effects=effects, is_renomination=form.kind.data == RequestKind.RENOMINATION
    )
