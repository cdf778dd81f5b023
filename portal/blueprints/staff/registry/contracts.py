"""Contracts of the registry: created for a company, shown with their points, changed, ended."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import day_words
from portal.services import registry
from portal.services.registry.maxima import Asked, Effect
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import measure
from portal.web.step_up import needs_fresh_factor

from .forms import ContractForm, MaximumForm, typed
from .presenters import changed_meanwhile, in_words, to_confirm
from .words import MAXIMUM_WORDS, POINT_KIND_WORDS, REGISTRY_WORDS, spoken


@blueprint.route("/consola/registro/empresas/<company>/contratos/nuevo", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def new_registry_contract(company: str) -> ResponseReturnValue:
    """Create a contract of a company."""
    form = ContractForm(data={"tolerance_basis_points": "5"})
    sheet = registry.load_company_sheet(act(), company=company)
    if form.validate_on_submit():
        try:
            made = registry.save_contract(act(), entry=form.entry(), company=company)
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        else:
            flash("El contrato quedó creado. Ahora agregue sus puntos de entrega.", "success")
            return go(".registry_contract", contract=made.public_id)
    return page("staff/registry/new_contract.html", form=form, company=sheet.row)


@blueprint.route("/consola/registro/contratos/<contract>", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_contract(contract: str) -> ResponseReturnValue:
    """Show a contract with its points and changes; change it."""
    sheet = registry.load_contract_sheet(act(), contract=contract)
    form = ContractForm(data=typed(sheet.entry))
    later: list[str] = []
    if form.validate_on_submit():
        try:
            registry.save_contract(
                act(), entry=form.entry(), contract=contract, seen=form.seen.data or "", agreed=form.agreed.data or ""
            )
        except Rejected as refused:
            later = to_confirm(form, refused)
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
            # The refusal's rollback expired what was read before.
            sheet = registry.load_contract_sheet(act(), contract=contract)
        except Conflict:
            return changed_meanwhile(sheet.entry, form.entry(), url_for(".registry_contract", contract=contract))
        else:
            flash("El contrato quedó como lo escribió.", "success")
            return go(".registry_contract", contract=contract)
    return page(
        "staff/registry/contract.html",
        form=form,
        sheet=sheet,
        later=later,
        changes=in_words(sheet.changes),
        kind_words=POINT_KIND_WORDS,
    )


@blueprint.route("/consola/registro/contratos/<contract>/maximo", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_contract_maximum(contract: str) -> ResponseReturnValue:
    """Set the daily maximum of a contract from a gas day on, after a preview."""
    sheet = registry.load_contract_sheet(act(), contract=contract)
    form = MaximumForm()
    form.unit = sheet.entry.unit
    effect: Effect | None = None
    if form.validate_on_submit():
        asked = form.asked()
        try:
            if "confirm" in request.form and _set(form, contract, asked):
                flash(f"El máximo es de {measure(asked.maximum)} desde el {day_words(asked.day.date)}.", "success")
                return go(".registry_contract", contract=contract)
            effect = registry.maxima.preview(act(), contract=contract, asked=asked)
            form.agreed.data = effect.fingerprint
        except Rejected as refused:
            show_refusal(form, spoken(refused), MAXIMUM_WORDS)
        # The refusal's rollback expired what was read before.
        sheet = registry.load_contract_sheet(act(), contract=contract)
    return page("staff/registry/contract_maximum.html", form=form, sheet=sheet, effect=effect)


def _set(form: MaximumForm, contract: str, asked: Asked) -> bool:
    """Set the maximum; False, with the words on the form, where its effect is another one by now."""
    try:
        registry.maxima.change(act(), contract=contract, asked=asked, agreed=form.agreed.data or "")
    except Rejected as refused:
        if refused.refusal is not Refusal.CHANGE_UNCONFIRMED:
            raise
        show_refusal(form, refused, MAXIMUM_WORDS)
        return False
    return True
