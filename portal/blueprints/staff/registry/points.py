"""Delivery points of the registry: created under a contract, shown with their profile, changed, ended."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import registry
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal

from .forms import PointForm, percent_text, typed
from .presenters import changed_meanwhile, changes_of, hours_of, offer_exit_points, to_confirm
from .words import ACT_WORDS, POINT_KIND_WORDS, REGISTRY_WORDS, spoken


@blueprint.route("/consola/registro/contratos/<contract>/puntos/nuevo", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def new_registry_point(contract: str) -> ResponseReturnValue:
    """Create a delivery point of a contract."""
    sheet = registry.load_contract_sheet(act(), contract=contract)
    form = PointForm(data={"unit": sheet.entry.unit})
    offer_exit_points(form)
    if form.validate_on_submit():
        try:
            made = registry.save_point(act(), entry=form.entry(), contract=contract)
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        else:
            flash("El punto de entrega quedó creado. Sus claves se piden aparte.", "success")
            return go(".registry_point", point=made.public_id)
    return page("staff/registry/new_point.html", form=form, contract=sheet.row)


@blueprint.route("/consola/registro/puntos/<point>", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_point(point: str) -> ResponseReturnValue:
    """Show a delivery point with its profile and changes; change it."""
    sheet = registry.load_point_sheet(act(), point=point)
    form = PointForm(data=typed(sheet.entry))
    offer_exit_points(form)
    later: list[str] = []
    from_a_day = url_for(".registry_point_from_a_day", point=point)
    if form.validate_on_submit():
        try:
            registry.save_point(
                act(), entry=form.entry(), point=point, seen=form.seen.data or "", agreed=form.agreed.data or ""
            )
        except Rejected as refused:
            later = to_confirm(form, refused)
            if refused.refusal is Refusal.FIXED_BY_FIGURES:
                chosen = {"unit": form.unit.data, "exit_point": form.exit_point.data}
                from_a_day = url_for(".registry_point_from_a_day", point=point, **chosen)
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
            # The refusal's rollback expired what was read before.
            sheet = registry.load_point_sheet(act(), point=point)
        except Conflict:
            return changed_meanwhile(sheet.entry, form.entry(), url_for(".registry_point", point=point))
        else:
            flash("El punto de entrega quedó como lo escribió.", "success")
            return go(".registry_point", point=point)
    return page(
        "staff/registry/point.html",
        form=form,
        sheet=sheet,
        later=later,
        from_a_day=from_a_day,
        hours=hours_of(sheet.entry.hourly_profile),
        changes=changes_of(sheet),
        kind_words=POINT_KIND_WORDS,
        reach=sheet.reach,
        act_words=ACT_WORDS,
        percent=lambda points: f"{percent_text(points)} %",
    )
