"""Provisional readings certified in bulk, and months closed under their statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.lists import Found
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree
from portal.domain.gas_day import Month
from portal.services.ledger import closings
from portal.services.ledger.closings import PointMonth
from portal.services.measures import readings as measured
from portal.services.measures.readings import MonthOfPoint
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import whole
from portal.web.step_up import needs_fresh_factor

from .forms import CertifyForm, CloseForm
from .views import asked_month, beside, this_month
from .words import READING_WORDS, spoken

# Point of the list, and how many of its readings the page showed.
_TICKED = re.compile(r"([A-Za-z0-9_-]{1,16})\.([0-9]{1,3})")


@blueprint.route("/consola/mediciones/certificar", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def certify() -> ResponseReturnValue:
    """Show the provisional readings of a month by point, and request the job that certifies them.

    Of the ticked points, or of all that match the search.
    """
    month = asked_month(this_month().previous)
    form = CertifyForm()
    points = measured.load_month_of_points(act(), month=month)
    found = Found(points, point=lambda row: row.public_id)
    ticked = request.form.getlist("punto")
    if form.validate_on_submit():
        meant, count = _to_certify(found, ticked, whole(form.readings.data or "") or 0)
        if meant is None or meant:
            job = measured.ask(act(), month=month, readings=count, points=meant)
            return go(".job", job=job)
        form.form_errors.append("Marque los puntos que quiere certificar.")
    total = sum(each.provisional for each in found.fitting)
    return page(
        "staff/readings/certify.html",
        status=422 if form.errors else 200,
        form=form,
        certifying=CertifyForm(formdata=None, readings=total),
        found=found,
        ticked=set(ticked),
        total=total,
        totals=_sums(points),
        month=month,
        kept=_kept(month),
        **beside(month),
    )


def _to_certify(found: Found[MonthOfPoint], ticked: Sequence[str], shown: int) -> tuple[list[str] | None, int]:
    """Return the points that the form means, None for all of them, and how many readings it showed."""
    if chosen(("todas", "marcados"), absent="todas") == "marcados":
        read = [each for each in map(_TICKED.fullmatch, ticked) if each is not None]
        return [each[1] for each in read], sum(int(each[2]) for each in read)
    return [each.public_id for each in found.fitting] if found.text else None, shown


def _sums(points: Sequence[MonthOfPoint]) -> dict[str, Any]:
    return {
        "points": len(points),
        "provisional": sum(each.provisional for each in points),
        "estimated": sum(each.estimated for each in points),
    }


def _kept(month: Month) -> dict[str, int]:
    return {"mes": month.number, "anio": month.year}


@blueprint.route("/consola/mediciones/cierres", methods=["GET", "POST"])
@open_to(Staff(Function.CORRECT_CLOSED_MONTHS))
@needs_fresh_factor
def month_closings() -> ResponseReturnValue:
    """Show which points may close a month; close the ticked ones, or all ready ones that match the search."""
    month = asked_month(this_month().previous)
    form = CloseForm()
    board = closings.load_board(database.current(), month=month)
    found = Found(board, point=_point, number=_statement)
    ticked = request.form.getlist("point")
    if form.validate_on_submit() and (done := _close(form, found, ticked, month)) is not None:
        flash(agree(done, "Se cerró 1 punto.", "Se cerraron {} puntos."), "success")
        return go(".month_closings", **_kept(month), **({"q": found.text} if found.text else {}))
    if form.is_submitted():
        # Closings before the first refused one stand.
        board = closings.load_board(database.current(), month=month)
        found = Found(board, point=_point, number=_statement)
    ready = sum(each.is_ready for each in found.fitting)
    return page(
        "staff/readings/closings.html",
        status=422 if form.errors else 200,
        form=form,
        closing=CloseForm(formdata=None, ready=ready),
        found=found,
        ticked=set(ticked),
        ready=ready,
        totals={
            "points": len(board),
            "closed": sum(each.is_closed for each in board),
            "ready": sum(each.is_ready for each in board),
            "missing": sum(bool(each.missing) and not each.is_closed for each in board),
        },
        month=month,
        is_over=month < this_month(),
        kept=_kept(month),
        most=closings.MOST_AT_ONCE,
        **beside(month),
    )


def _point(row: PointMonth) -> str:
    return row.point.public_id


def _statement(row: PointMonth) -> str | None:
    return row.statement_number


def _close(form: CloseForm, found: Found[PointMonth], ticked: Sequence[str], month: Month) -> int | None:
    """Close what the form means and return how many; None when part failed, with the reason on the form."""
    wanted = list(ticked)
    if chosen(("todos", "marcados"), absent="marcados" if ticked else "") == "todos":
        wanted = [each.point.public_id for each in found.fitting if each.is_ready]
        if len(wanted) != whole(form.ready.data or ""):
            form.form_errors.append("Los puntos que están listos cambiaron mientras tanto: mire la lista y repita.")
            return None
    if not wanted:
        form.form_errors.append("Marque los puntos que quiere cerrar.")
        return None
    done = closings.close_points(act(), points=wanted, month=month)
    if done.refused is None:
        return done.months
    refused = spoken(done.refused)
    refused.field = None
    show_refusal(form, refused, READING_WORDS)
    before = agree(done.months, " Antes se cerró 1.", " Antes se cerraron {}.") if done.months else ""
    form.form_errors[-1] = f"{done.point}: {form.form_errors[-1]}{before}"
    return None
