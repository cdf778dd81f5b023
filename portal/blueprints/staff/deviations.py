"""Significant deviations: the points beyond annex 4 in a month, and the investigation of each (adr/0172)."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue
from wtforms import Field, SelectChoice, SelectField, StringField, TextAreaField

from portal.domain.accounts import Function, may
from portal.domain.calendar import month_words
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month, parse_month
from portal.domain.investigations import STEP_WORDS, InvestigationStep
from portal.services.account.consumption import investigations
from portal.services.store.refusals import NotFound, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.periods import is_month_asked, read_month
from portal.web.typed_days import read_typed_day

from .views import blueprint
from .words import DEVIATION_CHIPS, DEVIATION_WORDS


class StepForm(TypedForm):
    """Step of an investigation: which, on which day, what was found."""

    step = SelectField("Paso", validate_choice=False)
    done_on = StringField("Día en que se hizo")
    text = TextAreaField("Qué se encontró o se decidió")
    parsed_day: GasDay | None = None

    def validate_done_on(self, field: Field) -> None:
        """Read the day."""
        self.parsed_day = read_typed_day(str(field.data or ""))


@blueprint.get("/consola/desviaciones")
@open_to(Staff(Function.SEE_OVERVIEW))
def deviations() -> ResponseReturnValue:
    """List the points beyond the limits in a month (``?mes=&anio=``), by default the last complete one."""
    today = GasDay.of(runtime.now())
    last, first = Month.of(today).previous, Month.of(FIRST_GAS_DAY)
    asked = read_month()
    month = asked if asked is not None and first <= asked <= last else last
    unknown = is_month_asked() and month != asked
    desk = investigations.load_desk(act(), month=month)
    return page(
        "staff/deviations.html",
        status=404 if unknown else 200,
        problem=f"Elija un mes entre {month_words(first)} y {month_words(last)}." if unknown else "",
        desk=desk,
        earlier=month.previous if month > first else None,
        later=month.next if month < last else None,
        chips=DEVIATION_CHIPS,
        today=today.date,
    )


@blueprint.route("/consola/desviaciones/<point>/<month>", methods=["GET", "POST"])
@open_to(Staff(Function.SEE_OVERVIEW))
def deviation(point: str, month: str) -> ResponseReturnValue:
    """Show the investigation of a point's month; write its next step down."""
    asked, form = parse_month(month), StepForm()
    if asked is None:
        raise NotFound
    case = investigations.find(act(), public_id=point, month=asked)
    form.step.choices = [SelectChoice(each.value, STEP_WORDS[each]) for each in case.investigation.next_steps]
    if form.validate_on_submit() and form.parsed_day is not None:
        try:
            investigations.write(
                act(),
                public_id=point,
                month=asked,
                step=_read_step(form.step.data),
                done_on=form.parsed_day,
                text=form.text.data or "",
            )
        except Rejected as refused:
            show_refusal(form, refused, DEVIATION_WORDS)
        else:
            flash("Quedó escrito; el cliente lo lee en la página de consumo de su punto.", "success")
            return go(".deviation", point=point, month=month)
    return page(
        "staff/deviation.html",
        form=form,
        case=case,
        point=point,
        month=asked,
        chips=DEVIATION_CHIPS,
        today=GasDay.of(runtime.now()).date,
        step_words=STEP_WORDS,
        writes=may(me().role, Function.LOAD_READINGS) and bool(case.investigation.next_steps),
        longest=investigations.LONGEST,
    )


def _read_step(text: str | None) -> InvestigationStep | None:
    return InvestigationStep(text) if text in set(InvestigationStep) else None
