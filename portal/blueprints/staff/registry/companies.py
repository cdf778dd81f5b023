"""Companies of the registry: created, shown with their rows, changed, ended."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import registry
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import CompanyForm, typed
from .presenters import changed_meanwhile, in_words
from .words import REGISTRY_WORDS, TOPIC_WORDS, spoken


@blueprint.route("/consola/registro/empresas/nueva", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def new_registry_company() -> ResponseReturnValue:
    """Create a company."""
    form = CompanyForm()
    if form.validate_on_submit():
        try:
            made = registry.save_company(act(), entry=form.entry())
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        else:
            flash("La empresa quedó creada. Ahora agregue su contrato.", "success")
            return go(".registry_company", company=made.public_id)
    return page("staff/registry/new_company.html", form=form)


@blueprint.route("/consola/registro/empresas/<company>", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_company(company: str) -> ResponseReturnValue:
    """Show a company with its contracts, contacts and changes; change it."""
    sheet = registry.load_company_sheet(act(), company=company)
    form = CompanyForm(data=typed(sheet.entry))
    if form.validate_on_submit():
        try:
            registry.save_company(act(), entry=form.entry(), company=company, seen=form.seen.data or "")
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
            # The refusal's rollback expired what was read before.
            sheet = registry.load_company_sheet(act(), company=company)
        except Conflict:
            return changed_meanwhile(sheet.entry, form.entry(), url_for(".registry_company", company=company))
        else:
            flash("La empresa quedó como la escribió.", "success")
            return go(".registry_company", company=company)
    return page(
        "staff/registry/company.html",
        form=form,
        sheet=sheet,
        changes=in_words(sheet.changes),
        topics=[(topic.value, words) for topic, words in TOPIC_WORDS.items()],
    )
