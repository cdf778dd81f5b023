"""Enter the numeric key: it opens the balance sheet of one delivery point."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.services import keys
from portal.services.keys import grants
from portal.services.store.refusals import Rejected
from portal.web import trusted_devices
from portal.web.access import Audience, act, carry_token, open_to, use_grants
from portal.web.answers import page, safe_next, show_refusal
from portal.web.url_rules import modality_of
from portal.web.whence import asked_by
from portal.words.keys import NUMERIC_KEY_WORDS, with_consequence

from .forms import NumericKeyForm

blueprint = Blueprint("numeric_keys", __name__)


@blueprint.route("/cuentas-de-balance/<modality>/<point>/clave", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def enter(modality: str, point: str) -> ResponseReturnValue:
    """Ask for the numeric key and open the point's sheet."""
    chosen = modality_of(modality)
    use_grants()
    found = grants.require_reachable_point(act(), modality=chosen, public_id=point)
    form = NumericKeyForm()
    if form.validate_on_submit():
        try:
            opened = keys.open_point(
                act(),
                delivery_point=found,
                typed=form.numeric_key.data or "",
                remember=form.remember_device.data,
            )
        except Rejected as refused:
            show_refusal(form, with_consequence(refused), NUMERIC_KEY_WORDS)
        else:
            carry_token(opened.session_token)
            onward = safe_next(url_for("balances.sheet", modality=modality, point=point))
            return trusted_devices.go_on(onward, remember=form.remember_device.data)
    back = asked_by()
    return page(
        "numeric_keys/enter.html",
        "numeric_keys/_form.html",
        form=form,
        modality=chosen,
        point=found,
        action=url_for(".enter", modality=modality, point=point, siguiente=back),
        already_open=found.id in grants.list_opened_point_ids(act()),
    )
