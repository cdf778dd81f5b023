"""Provisional readings certified in bulk, and months closed under their statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree
from portal.domain.gas_day import Month
from portal.services.ledger import closings
from portal.services.ledger.closings import Board, State
from portal.services.measures import readings as measured
from portal.services.measures.readings import ToCertify
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import whole
from portal.web.listed import Listed
from portal.web.step_up import needs_fresh_factor

from .forms import CertifyForm, CloseForm
from .views import asked_month, beside, this_month
from .words import READING_WORDS, spoken

# Values of `?estado=`.
STATE_WORDS: Mapping[State, str] = {
    State.READY: "Listos",
    State.MISSING: "Con días sin medición",
    State.BEHIND: "Con un mes anterior abierto",
    State.CLOSED: "Cerrados",
}
# Point of the list, and how many of its readings the page showed.
_TICKED = re.compile(r"([A-Za-z0-9_-]{1,16})\.([0-9]{1,3})")


@blueprint.route("/consola/mediciones/certificar", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def certify() -> ResponseReturnValue:
    """Show the provisional readings of a month by point, and request the job that certifies them.

    Of the ticked points, or of all that match the search.
    """
    month = asked_month(this_month().previous)
    listed = lists.read("staff.certify", always=_kept(month))
    form = CertifyForm()
    found = _to_certify(listed, month)
    ticked = request.form.getlist("punto")
    if form.validate_on_submit():
        meant, count = _choose_points(form, found, listed, ticked, month)
        if meant is None or meant:
            job = measured.ask(act(), month=month, readings=count, points=meant)
            return go(".job", job=job)
        if not form.form_errors:
            form.form_errors.append("Marque los puntos que quiere certificar.")
    listed.next = found.page.next
    return page(
        "staff/readings/certify.html",
        status=422 if form.errors else 200,
        form=form,
        certifying=CertifyForm(formdata=None, readings=found.fit.provisional, micro=found.fit.micro),
        listed=listed,
        rows=found.page.rows,
        ticked=set(ticked),
        fit=found.fit,
        totals=found.every,
        month=month,
        kept=_kept(month),
        **beside(month),
    )


def _to_certify(listed: Listed, month: Month) -> ToCertify:
    after = listed.after_id
    return measured.load_month_of_points(act(), month=month, words=listed.text, after=after)


def _choose_points(
    form: CertifyForm, found: ToCertify, listed: Listed, ticked: Sequence[str], month: Month
) -> tuple[list[str] | None, int]:
    """Return the points that the form means, None for all of them, and how many readings it showed.

    None at all where what fits is not what was shown any more, with the reason on the form.
    """
    if chosen(("todas", "marcados"), absent="todas") == "marcados":
        read = [each for each in map(_TICKED.fullmatch, ticked) if each is not None]
        return [each[1] for each in read], sum(int(each[2]) for each in read)
    shown = whole(form.readings.data or "") or 0, whole(form.micro.data or "") or 0
    if shown != (found.fit.provisional, found.fit.micro):
        form.form_errors.append(
            "Las mediciones que cumplen la búsqueda cambiaron mientras tanto: mire las cifras y repita."
        )
        return [], 0
    return measured.find_points(act(), month=month, words=listed.text) if listed.text else None, shown[0]


def _kept(month: Month) -> dict[str, int]:
    return {"mes": month.number, "anio": month.year}


@blueprint.route("/consola/mediciones/cierres", methods=["GET", "POST"])
@open_to(Staff(Function.CORRECT_CLOSED_MONTHS))
@needs_fresh_factor
def month_closings() -> ResponseReturnValue:
    """Show which points may close a month; close the ticked ones, or all ready ones that match the search."""
    month = asked_month(this_month().previous)
    listed = lists.read("staff.month_closings", choices={"estado": STATE_WORDS}, always=_kept(month))
    form = CloseForm()
    ticked = request.form.getlist("point")
    if form.validate_on_submit() and (done := _close(form, listed, ticked, month)) is not None:
        flash(agree(done, "Se cerró 1 punto.", "Se cerraron {} puntos."), "success")
        return go(".month_closings", **listed.always, **listed.kept)
    # Closings before the first refused one stand.
    found = _board(listed, month)
    listed.next = found.page.next
    ready = found.fit.by_state[State.READY]
    return page(
        "staff/readings/closings.html",
        status=422 if form.errors else 200,
        form=form,
        closing=CloseForm(formdata=None, ready=ready, micro=found.fit.ready_micro),
        listed=listed,
        rows=found.page.rows,
        ticked=set(ticked),
        ready=ready,
        ready_gas=found.ready_gas,
        fit=found.fit.by_state[State(listed.kept["estado"])] if "estado" in listed.kept else found.fit.points,
        states=[(each.value, f"{words} ({found.fit.by_state[each]})") for each, words in STATE_WORDS.items()],
        totals={
            "points": found.every.points,
            "closed": found.every.by_state[State.CLOSED],
            "ready": found.every.by_state[State.READY],
            "missing": found.every.by_state[State.MISSING],
        },
        month=month,
        is_over=month < this_month(),
        kept=_kept(month),
        most=closings.MOST_AT_ONCE,
        **beside(month),
    )


def _board(listed: Listed, month: Month) -> Board:
    state = listed.kept.get("estado")
    return closings.load_board(
        database.current(),
        month=month,
        text=listed.text,
        state=None if state is None else State(state),
        after=listed.after_id,
    )


def _close(form: CloseForm, listed: Listed, ticked: Sequence[str], month: Month) -> int | None:
    """Close what the form means and return how many; None when part failed, with the reason on the form."""
    wanted = list(ticked)
    if chosen(("todos", "marcados"), absent="marcados" if ticked else "") == "todos":
        ready = closings.find_ready(database.current(), month=month, text=listed.text)
        wanted = list(ready.points)
        if (len(wanted), ready.micro) != (whole(form.ready.data or ""), whole(form.micro.data or "")):
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
