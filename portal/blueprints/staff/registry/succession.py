"""Page that continues a delivery point from a day on with another unit, exit point or contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import day_words
from portal.services import registry
from portal.services.registry import PointEntry
from portal.services.registry.sheets import PointSheet
from portal.services.registry.succession import Succession
from portal.services.registry.succession_mails import rule_words
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import argument
from portal.web.step_up import needs_fresh_factor

from .forms import SuccessionForm
from .presenters import changed_meanwhile, offer_exit_points
from .words import REGISTRY_WORDS, spoken

# Fields of the service that have another name on the page.
FIELDS = {"starts_on": "day", "carrier_code": "day", "name": "contract"}


@blueprint.route("/consola/registro/puntos/<point>/desde-un-dia", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_point_from_a_day(point: str) -> ResponseReturnValue:
    """Continue a point from a day on with another unit, exit point or contract, after a preview."""
    sheet = registry.load_point_sheet(act(), point=point)
    form = SuccessionForm(data=_first_filled(sheet))
    offer_exit_points(form)
    _carry_over(form)
    effect: Succession | None = None
    if form.validate_on_submit():
        asked, seen = form.asked(), form.seen.data or ""
        try:
            if "confirm" in request.form:
                try:
                    made = registry.succession.change(
                        act(), point=point, asked=asked, seen=seen, agreed=form.agreed.data or ""
                    )
                except Rejected as refused:
                    if refused.refusal is not Refusal.CHANGE_UNCONFIRMED:
                        raise
                    show_refusal(form, refused, REGISTRY_WORDS)
                else:
                    flash(_done(asked.with_letter, made.name, day_words(asked.day.date)), "success")
                    return go(".registry_point", point=made.public_id)
            effect = registry.succession.preview(act(), point=point, asked=asked, seen=seen)
            form.agreed.data = effect.fingerprint
        except Rejected as refused:
            refused.field = FIELDS.get(refused.field or "", refused.field)
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        except Conflict:
            holds = registry.load_point_sheet(act(), point=point).entry
            here = url_for(".registry_point_from_a_day", point=point)
            return changed_meanwhile(holds, _sent(holds, form), here)
        # The refusal's rollback expired what was read before.
        sheet = registry.load_point_sheet(act(), point=point)
    return page(
        "staff/registry/point_from_a_day.html",
        form=form,
        sheet=sheet,
        effect=effect,
        rule=rule_words(effect) if effect else None,
        numbers=registry.list_contract_numbers(act(), company_id=sheet.row.contract.company_id),
    )


def _first_filled(sheet: PointSheet) -> dict[str, Any]:
    """Return the form's initial values: the present ones."""
    entry = sheet.entry
    return {
        "unit": entry.unit,
        "exit_point": entry.exit_point,
        "contract": sheet.row.contract.number,
        "with_letter": True,
        "carries": True,
        "seen": registry.fingerprint(entry),
    }


def _carry_over(form: SuccessionForm) -> None:
    """Set the choices made on the point's page, which led here."""
    for field in (form.unit, form.exit_point) if request.method == "GET" else ():
        typed = argument(field.name)
        if typed in {choice.value for choice in field.choices} - {""}:
            field.data = typed


def _sent(holds: PointEntry, form: SuccessionForm) -> PointEntry:
    asked = form.asked()
    return replace(holds, unit=asked.unit, exit_point=asked.exit_point, starts_on=asked.day)


def _done(with_letter: bool, name: str, day: str) -> str:
    key = "La carta con su clave quedó pedida." if with_letter else "Pida la carta con su clave numérica."
    return f"{name} cambia desde el {day}. Esta es la página del punto nuevo. {key}"
