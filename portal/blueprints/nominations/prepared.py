"""Nomination that an agent prepares in a call, for the customer who follows on their own page to sign."""

from __future__ import annotations

from flask import flash
from flask.typing import ResponseReturnValue

from portal.domain.accounts import Function
from portal.services import calls
from portal.services.store.refusals import Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import argument

from .forms import PreparedForm
from .views import blueprint
from .words import PREPARED_WORDS, spoken


@blueprint.route("/llamadas/<call>/preparar", methods=["GET", "POST"])
@open_to(Staff(Function.NOMINATE_FOR_CALLERS))
def prepare(call: str) -> ResponseReturnValue:
    """Ask kind, day and quantity at once; what is prepared waits in the customer's banner."""
    found = calls.get_call_to_verify(act(), public_id=call)
    point = found.delivery_point
    asked = {name: argument(name, longest=20) for name in ("kind", "gas_day", "quantity")}
    form = PreparedForm(data={name: value for name, value in asked.items() if value})
    form.unit = point.unit
    if form.validate_on_submit() and form.day is not None and form.amount is not None:
        try:
            filled = calls.followings.prepare(
                act(), public_id=call, kind=form.value, gas_day=form.day, quantity=form.amount
            )
        except Rejected as refused:
            show_refusal(form, spoken(refused), PREPARED_WORDS)
        else:
            flash("El cliente ya la ve en su página: la revisa y la firma con su clave.", "success")
            if not filled.is_ready:
                flash("La cantidad no es la usual: la página le pide al cliente que la confirme.", "warning")
            return go("calls.call", call=call)
    return page("nominations/prepare.html", form=form, call=found, point=point)
