"""Pages that merge a delivery point into another from a day on, or divide it, each after a preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.calendar import day_words
from portal.models import DeliveryPoint
from portal.services import registry
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import DivisionForm, MergerForm
from .presenters import changed_meanwhile
from .words import REGISTRY_WORDS, spoken


@blueprint.route("/consola/registro/puntos/<point>/unir", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_point_merger(point: str) -> ResponseReturnValue:
    """Count the gas of a point at another point of its company from a day on, after a preview."""
    return _change(
        point,
        MergerForm,
        {"carries": True},
        registry.mergers,
        "staff/registry/point_merger.html",
        lambda form, made: f"El punto se unió a {made.name} desde el {day_words(form.asked().day.date)}.",
    )


@blueprint.route("/consola/registro/puntos/<point>/dividir", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_point_division(point: str) -> ResponseReturnValue:
    """Count a share of a point's gas at a new point from a day on, after a preview."""
    return _change(
        point,
        DivisionForm,
        {"carries": True, "with_letter": True},
        registry.divisions,
        "staff/registry/point_division.html",
        lambda _form, made: f"{made.name} quedó creado. Esta es su página.",
    )


def _change(
    point: str,
    make_form: Callable[..., Any],
    first: Mapping[str, bool],
    joint: Any,
    template: str,
    said: Callable[[Any, DeliveryPoint], str],
) -> ResponseReturnValue:
    """Show the form of a change, its effect, and do what was confirmed; ``joint`` previews and makes it."""
    sheet = registry.load_point_sheet(act(), point=point)
    form = make_form(data={**first, "seen": registry.fingerprint(sheet.entry)})
    effect = None
    if form.validate_on_submit():
        asked, seen, agreed = form.asked(), form.seen.data or "", form.agreed.data or ""
        try:
            if "confirm" in request.form:
                made = _confirmed(form, lambda: joint.change(act(), point=point, asked=asked, seen=seen, agreed=agreed))
                if made is not None:
                    flash(said(form, made), "success")
                    return go(".registry_point", point=made.public_id)
            effect = joint.preview(act(), point=point, asked=asked, seen=seen)
            form.agreed.data = effect.fingerprint
        except Rejected as refused:
            # A division makes a point, whose fields the form names otherwise.
            refused.field = {"carrier_code": "code", "starts_on": "day"}.get(refused.field or "", refused.field)
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        except Conflict:
            return _changed(point)
        # The refusal's rollback expired what was read before.
        sheet = registry.load_point_sheet(act(), point=point)
    return page(template, form=form, sheet=sheet, effect=effect)


def _confirmed(form: Any, do: Callable[[], DeliveryPoint]) -> DeliveryPoint | None:
    """Do what was confirmed; None, with the words on the form, where the effect is another one by now."""
    try:
        return do()
    except Rejected as refused:
        if refused.refusal is not Refusal.CHANGE_UNCONFIRMED:
            raise
        show_refusal(form, refused, REGISTRY_WORDS)
        return None


def _changed(point: str) -> ResponseReturnValue:
    """Answer that the point changed since it was shown: the new page shows what holds."""
    holds = registry.load_point_sheet(act(), point=point).entry
    return changed_meanwhile(holds, holds, url_for(".registry_point", point=point))
