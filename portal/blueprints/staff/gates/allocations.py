"""Allocation of the differences of a gate in a month: shown, then made, or asked for beyond the limit."""

from __future__ import annotations

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month, parse_month
from portal.services.measures import gates
from portal.services.measures.gates import Allocation
from portal.services.store.refusals import Conflict, Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, refusal_words, show_refusal
from portal.web.filters import measure
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.words.gates import ALLOCATION_WORDS, GATE_WORDS, side
from portal.words.refusals import say_facts

# Shares that are shown; the sums count all of them.
MOST_SHOWN = 200
MADE = "La diferencia quedó repartida: las cuentas están al día."
ASKED = "El reparto pasa del límite de ajustes y quedó pedido: lo decide un supervisor que no sea usted."


class AllocationForm(TypedForm):
    """Reason of an allocation, or the decision about one; ``shown`` is the digest of what it would do."""

    note = TextAreaField("Motivo")
    shown = HiddenField()
    allocation = HiddenField()


@blueprint.route("/consola/puertas/<gate>/reparto/<month>", methods=["GET", "POST"])
@open_to(Staff(Function.ADJUST_BALANCES))
@needs_fresh_factor
def gate_allocation(gate: str, month: str) -> ResponseReturnValue:
    """Show what each point would bear of a month's differences; make, ask for or decide the allocation."""
    wanted = _asked_month(month)
    found = gates.load_gate(database.current(), gate)
    form, status = AllocationForm(), 200
    if form.validate_on_submit():
        action = chosen(("repartir", "aprobar", "rechazar"))
        shown = str(form.shown.data or "")
        try:
            if action == "repartir":
                made = gates.propose_allocation(
                    act(), code=gate, month=wanted, note=str(form.note.data or ""), shown=shown
                )
                flash(MADE if made else ASKED, "success")
                return go(".gate_allocation", gate=gate, month=month)
            approve = action == "aprobar"
            gates.decide_allocation(act(), public_id=str(form.allocation.data or ""), approve=approve, shown=shown)
            done = "aprobado: las cuentas están al día" if approve else "rechazado: nada cambió"
            flash(f"El reparto quedó {done}.", "success")
            return go(".gate_allocation", gate=gate, month=month)
        except Rejected as refused:
            status = 422 if action == "repartir" else 403
            show_refusal(form, say_facts(refused), GATE_WORDS)
        except Conflict as conflict:
            return _changed(gate, month, conflict)
    effect: Allocation | None = None
    reason = ""
    try:
        effect = gates.preview_allocation(act(), code=gate, month=wanted)
        form.shown.data = effect.fingerprint
    except Rejected as refused:
        reason = refusal_words(say_facts(refused), GATE_WORDS)
    # Read again: a refusal ends the transaction in which the gate was read.
    found = gates.load_gate(database.current(), gate)
    every = [each for each in gates.list_allocations(act(), gate=found) if each.month == wanted]
    return page(
        "staff/gates/allocation.html",
        form=form,
        status=status,
        gate=found,
        month=wanted,
        address=url_for(".gate_allocation", gate=gate, month=month),
        effect=effect,
        reason=reason,
        side=side(effect.difference) if effect else "",
        outside=sum(day.is_outside for day in effect.days) if effect else 0,
        rules=sorted({ALLOCATION_WORDS[day.terms.allocation] for day in effect.days}) if effect else [],
        shares=[
            (each, measure(abs(each.quantity)), "a favor" if each.quantity.micro > 0 else "en contra")
            for each in (effect.shares[:MOST_SHOWN] if effect else [])
        ],
        more=max(0, len(effect.shares) - MOST_SHOWN) if effect else 0,
        waiting=[each for each in every if each.approved is None],
        decided=[each for each in every if each.approved is not None],
        my_id=me().user_id,
        decides=may(me().role, Function.APPROVE_ADJUSTMENTS),
    )


def _asked_month(text: str) -> Month:
    found = parse_month(text)
    if found is None or not Month.of(FIRST_GAS_DAY) <= found <= Month.of(GasDay.of(runtime.now())):
        abort(404)
    return found


def _changed(gate: str, month: str, conflict: Conflict) -> ResponseReturnValue:
    what = {
        "allocation-decided": "Otra persona ya decidió este reparto.",
        "gate-allocated": "Otra persona repartió esos días al mismo tiempo.",
    }.get(conflict.reason, "El efecto en las cuentas ya no es el que se le mostró. Mírelo de nuevo.")
    return page(
        "errors/409.html",
        status=409,
        changes=[("Qué cambió", what)],
        continue_url=url_for(".gate_allocation", gate=gate, month=month),
    )
