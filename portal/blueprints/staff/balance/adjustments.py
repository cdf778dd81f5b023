"""Adjustments of a point's balance: shown, then recorded or proposed; those beyond the limit decided by another."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.quantities import Quantity
from portal.services.ledger import adjustment_requests
from portal.services.ledger.adjustment_requests import Effect, Wanted
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, refusal_words, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import AdjustmentForm, DecisionForm
from .presenters import figure_of
from .words import ADJUSTMENT_WORDS, REASON_WORDS, spoken

_ACTS = ("ver", "registrar")


@blueprint.route("/consola/balance/ajustes", methods=["GET", "POST"])
@open_to(Staff(Function.SEE_OVERVIEW))
@needs_fresh_factor
def balance_adjustments() -> ResponseReturnValue:
    """List the adjustments that wait for a second person and the last decided ones; decide one."""
    form, status = DecisionForm(), 200
    if form.validate_on_submit():
        approve = chosen(("aprobar", "rechazar")) == "aprobar"
        try:
            adjustment_requests.decide(
                act(), public_id=str(form.adjustment.data or ""), approve=approve, shown=str(form.shown.data or "")
            )
        except Rejected as refused:
            # Nobody approves their own.
            status = 403
            show_refusal(form, spoken(refused), ADJUSTMENT_WORDS)
        except Conflict as conflict:
            return _changed(conflict)
        else:
            done = "aprobado: las cuentas están al día" if approve else "rechazado: nada cambió"
            flash(f"El ajuste quedó {done}.", "success")
            return go(".balance_adjustments")
    return page(
        "staff/balance/adjustments.html",
        form=form,
        status=status,
        found=[
            (each, figure_of(each.quantity), _moved(each.effect), _refused(each.refused))
            for each in adjustment_requests.list_requests(act())
        ],
        reasons=REASON_WORDS,
        my_id=me().user_id,
        decides=may(me().role, Function.APPROVE_ADJUSTMENTS),
    )


@blueprint.route("/consola/balance/ajustes/<point>", methods=["GET", "POST"])
@open_to(Staff(Function.ADJUST_BALANCES))
@needs_fresh_factor
def adjust_balance(point: str) -> ResponseReturnValue:
    """Show what an adjustment of a point would do; record it, or propose it beyond the limit."""
    session = database.current()
    found = adjustment_requests.find_point(act(), public_id=point)
    partners = [
        (each.public_id, f"{each.name}, {_said(adjustment_requests.find_total(session, point=each))}")
        for each in adjustment_requests.list_partners(session, point=found)
    ]
    form = AdjustmentForm()
    form.unit = found.unit
    form.other.choices = [("", "Elija uno"), *partners]
    effect: Effect | None = None
    if form.is_submitted():
        action = chosen(_ACTS, absent="ver")
        if form.validate() and form.parsed_day is not None:
            reason = form.wanted_reason
            wanted = Wanted(
                reason,
                point,
                str(form.other.data or "") if reason.value == "netting" else "",
                form.parsed_day,
                form.signed,
                " ".join(str(form.note.data or "").split()),
            )
            said = str(form.shown.data or "")
            try:
                effect = adjustment_requests.preview(act(), wanted=wanted)
                form.shown.data = effect.fingerprint(wanted)
                if action == "registrar":
                    recorded = adjustment_requests.propose(act(), wanted=wanted, shown=said)
                    return _done(recorded)
            except Rejected as refused:
                show_refusal(form, spoken(refused), ADJUSTMENT_WORDS)
            except Conflict:
                form.form_errors.append("El efecto no es el que se le mostró: mírelo ahora y registre de nuevo.")
    return page(
        "staff/balance/adjustment.html",
        form=form,
        point=found,
        total=figure_of(adjustment_requests.find_total(session, point=found)),
        partners=partners,
        effect=effect,
        moved=_moved(effect),
    )


def _done(recorded: bool) -> ResponseReturnValue:
    if recorded:
        flash("El ajuste quedó registrado: la cuenta está al día.", "success")
        return go(".balance_overview")
    flash("El ajuste pasa del límite y quedó pedido: lo decide un supervisor que no sea usted.", "success")
    return go(".balance_adjustments")


def _moved(effect: Effect | None) -> list[tuple[str, str, str]]:
    """Return each point with its balance before and after, in words."""
    if effect is None:
        return []
    return [(each.point, _said(each.before), _said(each.after)) for each in effect.moved]


def _refused(refused: Rejected | None) -> str:
    return "" if refused is None else refusal_words(spoken(refused), ADJUSTMENT_WORDS)


def _said(balance: Quantity) -> str:
    figure = figure_of(balance)
    return f"{figure.size} {figure.side}".strip()


def _changed(conflict: Conflict) -> ResponseReturnValue:
    what = "Otra persona ya decidió este ajuste."
    if conflict.reason == "effects-changed":
        what = "Su efecto en las cuentas ya no es el que se le mostró. Mírelo de nuevo, o rechácelo."
    return page(
        "errors/409.html", status=409, changes=[("Qué cambió", what)], continue_url=url_for(".balance_adjustments")
    )
