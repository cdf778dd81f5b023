"""Console page of the holidays: a year of them; adds or withdraws one after a preview of its effect."""

from __future__ import annotations

import hashlib
from datetime import date

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.services.store.refusals import Rejected
from portal.services.timetable import holiday_changes, holidays
from portal.services.timetable.holiday_changes import Asked, Effect
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.typed_days import read_typed_day

from .views import blueprint
from .words import HOLIDAY_WORDS

ADD, WITHDRAW = "agregar", "retirar"


class HolidayForm(TypedForm):
    """The day, whether it is or is no holiday, its name, and the reason."""

    act = RadioField(
        "¿Qué cambia?",
        choices=[SelectChoice(ADD, "Ese día es festivo"), SelectChoice(WITHDRAW, "Ese día no es festivo")],
        default=ADD,
    )
    day = StringField("Día", validators=[InputRequired("Escriba el día, como 24/11/2026.")])
    name = StringField("Nombre del festivo")
    reason = TextAreaField("Razón")
    seen = HiddenField()

    parsed: date | None = None

    def validate_day(self, field: StringField) -> None:
        self.parsed = read_typed_day(field.data or "").date

    def fingerprint(self, effect: Effect) -> str:
        """Return the digest of this request and of what it moves: only a previewed effect is confirmed."""
        said = [self.parsed, self.act.data, effect.name, (self.reason.data or "").strip(), effect.terms]
        return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()


@blueprint.route("/consola/horario/festivos", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_TIMETABLE))
def holiday_list() -> ResponseReturnValue:
    """Show the holidays of a year; add or withdraw one after a preview of its effect."""
    session, now = database.current(), runtime.now()
    first, last, this = holidays.FIRST_YEAR, holidays.find_last_year(now), GasDay.of(now).date.year
    form = HolidayForm()
    effect: Effect | None = None
    if form.validate_on_submit() and form.parsed is not None:
        asked = Asked(form.parsed, form.act.data == WITHDRAW, form.name.data or "", form.reason.data or "")
        try:
            effect = holiday_changes.preview(act(), asked=asked)
            seen = form.fingerprint(effect)
            if "confirm" in request.form and form.seen.data == seen:
                holiday_changes.change(act(), asked=asked)
                flash("El festivo quedó retirado." if asked.withdraw else "El festivo quedó agregado.", "success")
                return go(".holiday_list", anio=asked.day.year)
            form.seen.data = seen
        except Rejected as refused:
            show_refusal(form, refused, HOLIDAY_WORDS)
    year = request.args.get("anio", form.parsed.year if form.parsed else this, type=int)
    year = year if first <= year <= last else this
    return page(
        "staff/holidays.html",
        form=form,
        effect=effect,
        year=year,
        earlier=year - 1 if year > first else None,
        later=year + 1 if year < last else None,
        rows=holiday_changes.list_of_year(session, year=year),
    )
