"""Enter the web key: it opens one contract for this session, on either way."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask.typing import ResponseReturnValue

from portal.domain.modalities import Modality
from portal.models import Contract
from portal.services import keys
from portal.services.keys import grants
from portal.services.store.refusals import Rejected, StepMissing
from portal.web import trusted_devices
from portal.web.access import Audience, act, carry_token, open_to
from portal.web.answers import is_ours, page, safe_next, show_refusal
from portal.web.filters import CONTRACT_WORDS
from portal.web.url_rules import modality_of
from portal.web.whence import asked_by
from portal.words.keys import WEB_KEY_WORDS, with_consequence

from .forms import WebKeyForm

blueprint = Blueprint("web_keys", __name__)
METHODS = ["GET", "POST"]
NEXT = {"cuentas-de-balance": "delivery_points.choose", "nominacion": "nominations.modality"}


@blueprint.route("/cuentas-de-balance/<modality>/clave-web", defaults={"way": "cuentas-de-balance"}, methods=METHODS)
@blueprint.route("/nominacion/<modality>/clave-web", defaults={"way": "nominacion"}, methods=METHODS)
@open_to(Audience.CUSTOMER)
def enter(way: str, modality: str) -> ResponseReturnValue:
    """Ask for the web key and open its contract."""
    chosen = modality_of(modality)
    form = WebKeyForm()
    if form.validate_on_submit():
        try:
            opened = keys.open_contract(
                act(), modality=chosen, typed=form.web_key.data or "", remember=form.remember_device.data
            )
        except Rejected as refused:
            show_refusal(form, with_consequence(refused), WEB_KEY_WORDS)
        else:
            carry_token(opened.session_token)
            if opened.modality is not chosen:
                flash(
                    f"Esa clave es de su contrato {CONTRACT_WORDS[opened.modality]}: lo abrimos y seguimos allí.",
                    "success",
                )
                onward = url_for(NEXT[way], modality=opened.modality.value)
            else:
                onward = safe_next(url_for(NEXT[way], modality=modality))
            return trusted_devices.go_on(onward, remember=form.remember_device.data)
    back = asked_by()
    return page(
        "web_keys/enter.html",
        "web_keys/_form.html",
        form=form,
        way=way,
        modality=chosen,
        opened=_opened(chosen),
        onward=back if back and is_ours(back) else url_for(NEXT[way], modality=modality),
        action=url_for(".enter", way=way, modality=modality, siguiente=back),
    )


def _opened(modality: Modality) -> list[Contract]:
    try:
        return grants.list_opened_contracts(act(), modality=modality)
    except StepMissing:
        return []
