"""Months made certain: provisional readings certified in bulk, months closed under their statements."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Staff, me, open_to
from portal.blueprints.staff.views import blueprint
from portal.domain.gas_day import Month
from portal.domain.roles import Function
from portal.services import closings
from portal.services import readings as measured
from portal.services.refusals import Rejected
from portal.step_up import needs_fresh_factor
from portal.web import chosen, go, page, show_refusal

from .forms import CertifyForm, CloseForm
from .views import asked_month, beside, this_month
from .words import READING_WORDS, spoken


@blueprint.route("/consola/mediciones/certificar", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def certify() -> ResponseReturnValue:
    """Show the provisional readings of a month by point, and ask for the job that certifies them."""
    month = asked_month(this_month().previous)
    form = CertifyForm()
    if form.validate_on_submit():
        job = measured.ask(
            database.current(), actor=me(), month=month, readings=int(form.readings.data or 0), now=runtime.now()
        )
        return go(".job", job=job)
    points = measured.month_of_points(database.current(), month=month, now=runtime.now())
    total = sum(each.provisional for each in points)
    return page(
        "staff/readings/certify.html",
        form=form,
        certifying=CertifyForm(formdata=None, readings=total),
        points=points,
        total=total,
        month=month,
        **beside(month),
    )


@blueprint.route("/consola/mediciones/cierres", methods=["GET", "POST"])
@open_to(Staff(Function.CORRECT_CLOSED_MONTHS))
@needs_fresh_factor
def month_closings() -> ResponseReturnValue:
    """Show which points may close a month, and close one of them or all that are ready."""
    month = asked_month(this_month().previous)
    form = CloseForm()
    if form.validate_on_submit():
        try:
            flash(_close(month, str(form.point.data or "")), "success")
            return go(".month_closings", mes=month.number, anio=month.year)
        except Rejected as refused:
            refused = spoken(refused)
            refused.field = None
            show_refusal(form, refused, READING_WORDS)
    return page(
        "staff/readings/closings.html",
        form=form,
        found=closings.board(database.current(), month=month),
        month=month,
        is_over=month < this_month(),
        here=url_for(".month_closings", mes=month.number, anio=month.year),
        most=closings.MOST_AT_ONCE,
        **beside(month),
    )


def _close(month: Month, point: str) -> str:
    if chosen(("todos", "uno"), absent="uno" if point else "") == "todos":
        count = closings.close_ready(database.current(), actor=me(), month=month, now=runtime.now())
        return "Se cerró 1 punto." if count == 1 else f"Se cerraron {count} puntos."
    closing = closings.close_point(database.current(), actor=me(), point=point, month=month, now=runtime.now())
    return f"El mes quedó cerrado con el estado de cuenta {closing.statement_number}."
