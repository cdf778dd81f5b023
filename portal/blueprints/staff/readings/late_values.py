"""Heating values of closed months: requested by one person after a preview, decided by a supervisor."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.services.ledger import closings, heating_values
from portal.services.ledger.closings import PointEffect, WantedValue
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import LateValueForm, ValueDecisionForm
from .words import READING_WORDS, spoken

_ASKS, _DECIDES = ("ver", "pedir"), ("aprobar", "rechazar")


@blueprint.route("/consola/poder-calorifico/correcciones", methods=["GET", "POST"])
@open_to(Staff(Function.CORRECT_CLOSED_MONTHS))
@needs_fresh_factor
def late_values() -> ResponseReturnValue:
    """List the corrections of heating values of closed days; preview one, request it, decide about it."""
    form, decision = LateValueForm(), ValueDecisionForm()
    gates = [gate for gate, _, _ in heating_values.list_newest(database.current())]
    form.exit_point.choices = [("", "Elija uno"), *[(gate.code, f"{gate.code} {gate.name}") for gate in gates]]
    if not decision.is_submitted():
        return _show(form)
    action = chosen((*_ASKS, *_DECIDES), absent="ver")
    if action in _DECIDES:
        return _decide(form, decision, approve=action == "aprobar")
    effects: Sequence[PointEffect] | None = None
    known = {gate.code for gate in gates}
    if form.validate_on_submit() and form.parsed_day is not None and form.parsed_heating is not None:
        if form.exit_point.data not in known:
            form.exit_point.errors = [*form.exit_point.errors, "Elija el punto de salida."]
            return _show(form)
        said = str(form.shown.data or "")
        wanted = WantedValue(str(form.exit_point.data), form.parsed_day, form.parsed_heating)
        try:
            effects = closings.preview_value(act(), wanted=wanted)
            form.shown.data = closings.fingerprint_of(effects)
            if action == "pedir":
                closings.request_value(act(), wanted=wanted, reason=str(form.reason.data or ""), shown=said)
                flash("La corrección quedó pedida: la decide un supervisor que no sea usted.", "success")
                return go(".late_values")
        except Rejected as refused:
            show_refusal(form, spoken(refused), READING_WORDS)
        except Conflict:
            form.form_errors.append("El efecto no es el que se le mostró: mírelo ahora y pida de nuevo.")
    return _show(form, effects)


def _decide(form: LateValueForm, decision: ValueDecisionForm, *, approve: bool) -> ResponseReturnValue:
    if not decision.validate_on_submit():
        return _show(form)
    try:
        closings.decide_value(
            act(), public_id=str(decision.correction.data or ""), approve=approve, shown=str(decision.shown.data or "")
        )
    except Rejected as refused:
        # Nobody approves their own request.
        show_refusal(form, spoken(refused), READING_WORDS)
        return _show(form, status=403)
    except Conflict as conflict:
        what = "Otra persona ya decidió esta corrección."
        if conflict.reason == "effects-changed":
            what = (
                "El valor o su efecto en las cuentas ya no es el que se le mostró. Mírelo de nuevo; si ya no es lo que "
                "se quería, rechácela."
            )
        return page("errors/409.html", status=409, changes=[("Qué cambió", what)], continue_url=url_for(".late_values"))
    flash(
        f"La corrección quedó {'aprobada: las cuentas están al día' if approve else 'rechazada: nada cambió'}.",
        "success",
    )
    return go(".late_values")


def _show(
    form: LateValueForm, effects: Sequence[PointEffect] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    return page(
        "staff/readings/late_values.html",
        form=form,
        effects=effects,
        status=status,
        found=closings.list_requested_values(act()),
        my_id=me().user_id,
        decides=may(me().role, Function.APPROVE_VALUES),
    )
