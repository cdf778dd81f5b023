"""Corrections of closed months: requested by one person, decided by another."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services.ledger import closings
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import DecisionForm
from .words import READING_WORDS, spoken


@blueprint.route("/consola/mediciones/correcciones", methods=["GET", "POST"])
@open_to(Staff(Function.CORRECT_CLOSED_MONTHS))
@needs_fresh_factor
def late_corrections() -> ResponseReturnValue:
    """List the corrections that wait and the last decided ones; approve or reject one."""
    form = DecisionForm()
    status = 200
    if form.validate_on_submit():
        action = chosen(("aprobar", "rechazar"))
        try:
            decided = closings.decide(act(), public_id=str(form.correction.data or ""), approve=action == "aprobar")
        except Rejected as refused:
            # Nobody approves their own request.
            status = 403
            show_refusal(form, spoken(refused), READING_WORDS)
        except Conflict as conflict:
            return _changed(conflict)
        else:
            done = "aprobada: la cuenta está al día" if action == "aprobar" else "rechazada: nada cambió"
            if decided.approved and decided.treatment is None:
                done = "aprobada y anotada, sin cobro: pasaron más de cinco meses. La cuenta no cambió"
            flash(f"La corrección quedó {done}.", "success")
            return go(".late_corrections")
    return page(
        "staff/readings/corrections.html",
        form=form,
        status=status,
        found=closings.list_requested(database.current()),
        my_id=me().user_id,
    )


def _changed(conflict: Conflict) -> ResponseReturnValue:
    what = "Otra persona ya decidió esta corrección."
    if conflict.reason == "reading-changed":
        what = "La medición de ese día ya no es la que era cuando se pidió: rechácela y pida otra."
    return page(
        "errors/409.html", status=409, changes=[("Qué cambió", what)], continue_url=url_for(".late_corrections")
    )
