"""Exit points of the registry: the city gates where the distributor takes the gas."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import registry
from portal.services.store.refusals import Conflict, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal

from .forms import ExitPointForm, typed
from .presenters import changed_meanwhile, in_words
from .words import REGISTRY_WORDS, spoken


@blueprint.route("/consola/registro/salidas/nueva", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def new_registry_exit_point() -> ResponseReturnValue:
    """Create an exit point."""
    form = ExitPointForm()
    if form.validate_on_submit():
        try:
            made = registry.save_exit_point(act(), entry=form.entry())
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        else:
            flash("El punto de salida quedó creado.", "success")
            return go(".registry_exit_point", exit_point=made.code)
    return page("staff/registry/new_exit_point.html", form=form)


@blueprint.route("/consola/registro/salidas/<exit_point>", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_exit_point(exit_point: str) -> ResponseReturnValue:
    """Show an exit point with its delivery points and changes; change it."""
    sheet = registry.load_exit_point_sheet(act(), code=exit_point)
    form = ExitPointForm(data=typed(sheet.entry))
    if form.validate_on_submit():
        try:
            registry.save_exit_point(act(), entry=form.entry(), code=exit_point, seen=form.seen.data or "")
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
            # The refusal's rollback expired what was read before.
            sheet = registry.load_exit_point_sheet(act(), code=exit_point)
        except Conflict:
            address = url_for(".registry_exit_point", exit_point=exit_point)
            return changed_meanwhile(sheet.entry, form.entry(), address)
        else:
            flash("El punto de salida quedó como lo escribió.", "success")
            return go(".registry_exit_point", exit_point=exit_point)
    return page("staff/registry/exit_point.html", form=form, sheet=sheet, changes=in_words(sheet.changes))
