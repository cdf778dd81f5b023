"""Pages of customers' accounts: contracts opened, and rights in each."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.accounts import BindingAct, Function
from portal.services.people import company_users as users
from portal.services.people.company_users import Shown
from portal.services.store.refusals import Rejected
from portal.services.trace import audit_trail
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.words.bindings import BINDING_WORDS, done_words, offered

from . import lists
from .views import blueprint

ADDRESS = "/consola/usuarios/<account>"

# Values of `?estado=`; the first is the default.
FILTERS: Mapping[str, tuple[str, Shown]] = {
    "por-aprobar": ("Por aprobar", Shown.AWAITING),
    "nominan": ("Nominan", Shown.NOMINATING),
    "consultan": ("Solo consulta", Shown.CONSULTING),
    "sin-acceso": ("Sin acceso", Shown.DISABLED),
    "sin-contrato": ("Sin contrato", Shown.WITHOUT_CONTRACT),
    "todas": ("Todas", Shown.ALL),
}


class DecisionForm(TypedForm):
    """Decision about an account, by the pressed button."""


@blueprint.get("/consola/usuarios")
@open_to(Staff(Function.MANAGE_COMPANY_USERS))
def company_users() -> ResponseReturnValue:
    """List customers' accounts; by default those that wait for approval."""
    listed = lists.read("staff.company_users", choices={"estado": FILTERS})
    words = listed.text
    # Who searches without choosing a state means any.
    shown = listed.kept.get("estado") or ("todas" if words else "por-aprobar")
    after = listed.after_id
    found = users.list_accounts(act(), shown=FILTERS[shown][1], words=words, after=after)
    listed.next = found.next
    return page(
        "staff/company_users.html",
        found=found,
        shown=shown,
        words=words,
        listed=listed,
        filters=[(name, title, found.counts[kind]) for name, (title, kind) in FILTERS.items()],
    )


@blueprint.get(ADDRESS)
@open_to(Staff(Function.MANAGE_COMPANY_USERS))
def company_user(account: str) -> ResponseReturnValue:
    """Show a customer's account, its contracts and the possible decisions about each."""
    return _show(account, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.MANAGE_COMPANY_USERS))
@needs_fresh_factor
def act_on_company_user(account: str) -> ResponseReturnValue:
    """Decide about one contract of the account, or about the account, by the pressed button."""
    form = DecisionForm()
    wanted = chosen(("deshabilitar-cuenta", "habilitar-cuenta", *BindingAct))
    contract = request.form.get("contrato", "")
    try:
        if wanted == "deshabilitar-cuenta":
            users.disable_account(act(), account=account)
            flash("La cuenta quedó deshabilitada desde ahora mismo.", "success")
        elif wanted == "habilitar-cuenta":
            users.enable_account(act(), account=account)
            flash("La cuenta puede ingresar de nuevo.", "success")
        else:
            decision = BindingAct(wanted)
            binding = users.decide(act(), account=account, contract=contract, decision=decision)
            flash(done_words(binding, decision), "success")
    except Rejected as refused:
        show_refusal(form, refused, BINDING_WORDS)
        return _show(account, form)
    return go(".company_user", account=account)


def _show(account: str, form: FlaskForm) -> ResponseReturnValue:
    session = database.current()
    holder = users.load(act(), account=account)
    return page(
        "staff/company_user.html",
        form=form,
        user=holder.user,
        rows=[(binding, offered(binding, by_staff=True)) for binding in holder.bindings],
        trail_entries=audit_trail.list_of_subject(session, subject=holder.user.public_id),
    )
