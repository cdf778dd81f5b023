"""Month's consumption against the twelve periods before it, and the seasonal pattern of a point."""

from __future__ import annotations

import re

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice, SelectMultipleField, TextAreaField, widgets

from portal.domain.calendar import MONTHS, month_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.investigations import STEP_WORDS
from portal.services.account import consumption
from portal.services.account.balances import MonthRange, list_offered_months
from portal.services.account.opened_points import OpenedPoint, use_opened_point
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.distributor import current
from portal.web.forms import TypedForm
from portal.web.url_rules import modality_of

from .presenters import HEIGHT, WIDTH, present
from .words import WORDS

blueprint = Blueprint("consumption", __name__)


@blueprint.get("/cuentas-de-balance/<modality>/<point>/consumo")
@open_to(Audience.CUSTOMER)
def alarm(modality: str, point: str) -> ResponseReturnValue:
    """Show the limits and the consumption of a month (``?mes=&anio=``, by default the last complete one)."""
    found = _opened(modality, point)
    month, problem = _asked(found, GasDay.of(runtime.now()))
    return _show(found, month, PatternForm(), problem)


@blueprint.route("/cuentas-de-balance/<modality>/<point>/consumo/patron", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def pattern(modality: str, point: str) -> ResponseReturnValue:
    """Declare the months of the year with another consumption; a GET leads to the form."""
    found, form = _opened(modality, point), PatternForm()
    if not form.validate_on_submit():
        return go(".alarm", modality=modality, point=point)
    try:
        consumption.declare(act(), delivery_point_id=found.id, months=form.chosen, note=form.note.data or "")
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        today = GasDay.of(runtime.now())
        return _show(found, _last_month(_list_offered(found, today), today), form, None)
    flash(f"Guardamos su patrón de consumo. {current().name} lo ve y lo tiene en cuenta.", "success")
    return go(".alarm", modality=modality, point=point)


def _show(point: OpenedPoint, month: Month, form: PatternForm, problem: str | None) -> ResponseReturnValue:
    today = GasDay.of(runtime.now())
    offered = _list_offered(point, today)
    found = consumption.review(database.current(), point=point, month=month, today=today)
    if not form.is_submitted() and found.pattern is not None:
        form.months.data = [str(number) for number in found.pattern.months]
        form.note.data = found.pattern.note
    investigation = consumption.investigations.find_of_point(
        database.current(), delivery_point_id=point.id, month=month
    )
    return page(
        "consumption/alarm.html",
        status=422 if problem else 200,
        point=point,
        month=month,
        view=present(found, investigation, today),
        pattern=found.pattern,
        investigation=investigation,
        today=today.date,
        now=runtime.now(),
        step_words=STEP_WORDS,
        form=form,
        problem=problem,
        size=(WIDTH, HEIGHT),
        earlier=month.previous if month > offered.first else None,
        later=month.next if month < offered.last else None,
    )


def _opened(modality: str, point: str) -> OpenedPoint:
    return use_opened_point(act(), modality=modality_of(modality), public_id=point)


def _list_offered(point: OpenedPoint, today: GasDay) -> MonthRange:
    """Return the months that have a consumption, or will have: without those that are only nominated yet."""
    figures_until = None if point.last_figure_on is None else min(today, point.last_figure_on)
    return list_offered_months(point.starts_on, point.ends_on, today, figures_until)


def _asked(point: OpenedPoint, today: GasDay) -> tuple[Month, str | None]:
    """Return the month of the address; the last complete one, and the problem, when it names none."""
    offered = _list_offered(point, today)
    last = _last_month(offered, today)
    number, year = request.args.get("mes", ""), request.args.get("anio", "")
    if not number and not year:
        return last, None
    if re.fullmatch("[0-9]{1,2}", number) and re.fullmatch("[0-9]{4}", year) and 1 <= int(number) <= 12 and int(year):
        month = Month(int(year), int(number))
        if month in offered:
            return month, None
    if offered.first == offered.last:
        return last, f"De este punto solo hay {month_words(offered.last)}."
    return last, f"Elija un mes entre {month_words(offered.first)} y {month_words(offered.last)}."


def _last_month(offered: MonthRange, today: GasDay) -> Month:
    """Return the last month that is over, or the nearest of those offered."""
    return offered.nearest(Month.of(today).previous)


class MonthBoxes(SelectMultipleField):
    """Months as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class PatternForm(TypedForm):
    """Months with another consumption, and the reason."""

    months = MonthBoxes(
        "Meses en que su consumo cambia",
        choices=[SelectChoice(str(number), name.capitalize()) for number, name in enumerate(MONTHS, start=1)],
        # The service checks the months.
        validate_choice=False,
    )
    note = TextAreaField("Por qué cambia")

    @property
    def chosen(self) -> set[int]:
        """Numbers of the ticked months; 0 for an invalid one."""
        return {
            int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0 for text in self.months.data or ()
        }
