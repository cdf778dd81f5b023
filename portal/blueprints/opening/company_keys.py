"""Enter the keys of a company's contracts and points on one page, each checked and charged by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, flash, request, url_for
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portal.domain.counts import agree
from portal.domain.modalities import Modality
from portal.services import keys
from portal.services.keys import company_keys, grants
from portal.services.keys.company_keys import Asked, CompanyKeys
from portal.services.store.refusals import NotFound, Rejected, StepMissing
from portal.web import trusted_devices
from portal.web.access import Audience, act, carry_token, open_to, use_grants
from portal.web.answers import page, refusal_words, safe_next
from portal.web.url_rules import modality_of
from portal.words.keys import NUMERIC_KEY_WORDS, WEB_KEY_WORDS, with_consequence

from .forms import CompanyKeysForm

blueprint = Blueprint("company_keys", __name__)
# A form carries at most fifty fields: two for each key.
MOST_KEYS = 20
CONTRACT_FIRST = (
    "Esta clave no se revisó ni se contó: primero hace falta la clave web de su contrato. Escriba las dos juntas."
)
NOTHING_TYPED = "No escribió ninguna clave: escriba las que tenga; las demás pueden esperar."
NOT_ASKED = "Lo que escribió ya no se pide aquí: lo abrió en otra pestaña, o cambió lo de esta empresa."


class Typed(NamedTuple):
    """A key that was typed: for what, and how."""

    asked: Asked
    text: str


@blueprint.route("/cuenta/claves", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def enter() -> ResponseReturnValue:
    """Ask for the keys of one company that are not given yet; those that are right open at once."""
    use_grants()
    companies = company_keys.list_companies(act())
    company = _chosen(companies)
    form = CompanyKeysForm()
    wrong: dict[str, str] = {}
    if company is not None and form.validate_on_submit():
        opened = 0
        for each in _typed(company):
            try:
                carry_token(_open(each, remember=form.remember_device.data))
                opened += 1
            except Rejected as refused:
                table = NUMERIC_KEY_WORDS if each.asked.point else WEB_KEY_WORDS
                wrong[_name(each.asked)] = refusal_words(with_consequence(refused), table)
            except StepMissing:
                wrong[_name(each.asked)] = CONTRACT_FIRST
        if opened:
            flash(agree(opened, "Se abrió lo de 1 clave.", "Se abrió lo de {} claves."), "success")
        if opened and not wrong:
            here = url_for(".enter", empresa=company.company.nit, siguiente=safe_next("") or None)
            left = len(company.asked) > opened
            return trusted_devices.go_on(here if left else _onward(), remember=form.remember_device.data)
        if opened and form.remember_device.data:
            # Those that were wrong wait for nobody; in a browser that is not trusted yet all wait for the last of them.
            trusted_devices.remember_opened()
        if not opened and not wrong:
            form.form_errors.append(NOT_ASKED if _is_any_typed() else NOTHING_TYPED)
        companies = company_keys.list_companies(act())
        company = _chosen(companies)
    return page(
        "company_keys/enter.html",
        form=form,
        status=422 if wrong else 200,
        companies=companies,
        chosen=company,
        asked=[(each, _name(each)) for each in company.asked[:MOST_KEYS]] if company else [],
        more=max(0, len(company.asked) - MOST_KEYS) if company else 0,
        wrong=wrong,
        onward=_onward(),
        modalities=list(Modality),
    )


def _onward() -> str:
    """Return the page to go on to: the one that was wanted, else the start page.

    Not one that still asks for a key: its page leads here, and a person would go in a circle.
    """
    start = url_for("start.start_page")
    wanted = safe_next(start)
    return start if _asks_for_key(wanted) else wanted


def _asks_for_key(wanted: str) -> bool:
    """Tell whether a page of the portal, a path, asks this session for a key first."""
    try:
        rule, given = request_ctx.url_adapter.match(urlsplit(wanted).path, "GET")  # type: ignore[union-attr]
    except (RequestRedirect, HTTPException):
        return False
    if rule in _KEY_PAGES:
        return True
    if "modality" not in given:
        return False
    try:
        modality = modality_of(given["modality"])
        grants.list_opened_contracts(act(), modality=modality)
        # A nomination is sent without the numeric key; everything else of a point is read with it.
        if "point" in given and not rule.startswith(("nominations.", "batches.")):
            grants.require_opened_point(act(), modality=modality, public_id=given["point"])
    except StepMissing:
        return True
    except NotFound:
        return False
    return False


_KEY_PAGES = ("web_keys.enter", "numeric_keys.enter", "company_keys.enter")


def _chosen(companies: list[CompanyKeys]) -> CompanyKeys | None:
    """Return the company that the address names, else the first one with a key that is not given, else the first."""
    asked = request.args.get("empresa", "")
    named = [each for each in companies if each.company.nit == asked]
    waiting = [each for each in companies if each.asked]
    return next(iter([*named, *waiting, *companies]), None)


def _name(asked: Asked) -> str:
    return f"punto-{asked.point.public_id}" if asked.point else f"contrato-{asked.contract.public_id}"


def _typed(company: CompanyKeys) -> Iterator[Typed]:
    """Yield the keys that were typed: those of contracts first, for a point opens only in an open contract."""
    known = {_name(each): each for each in company.asked}
    for owners, texts in (("contract", "web_key"), ("point", "numeric_key")):
        for name, text in zip(request.form.getlist(owners), request.form.getlist(texts), strict=False):
            if text.strip() and name in known:
                yield Typed(known[name], text)


def _is_any_typed() -> bool:
    return any(text.strip() for texts in ("web_key", "numeric_key") for text in request.form.getlist(texts))


def _open(typed: Typed, *, remember: bool) -> str:
    """Open one contract or point with its key and return the session's next token."""
    if typed.asked.point is None:
        modality = typed.asked.contract.modality
        return keys.open_contract(act(), modality=modality, typed=typed.text, remember=remember).session_token
    # Own rows only: a point whose contract was not opened in this session is not there.
    point = keys.grants.require_reachable_point(
        act(), modality=typed.asked.contract.modality, public_id=typed.asked.point.public_id
    )
    return keys.open_point(act(), delivery_point=point, typed=typed.text, remember=remember).session_token
