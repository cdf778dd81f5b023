"""Passkeys of a person: the question for the browser, a further one under a name, the end of one (adr/0177)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, request
from flask.typing import ResponseReturnValue

from portal.services.keys import remembered_keys
from portal.services.people import accounts
from portal.services.people.accounts.passkeys import Asked
from portal.services.store.refusals import NotFound, Rejected, TooManyAttempts
from portal.web import runtime, trusted_devices
from portal.web.access import Audience, act, open_to
from portal.web.answers import chosen, go, page, refusal_words, show_refusal

from .forms import PASSKEY, NewPasskeyForm, PasswordForm
from .views import blueprint, paused
from .words import WORDS, paused_passkey_words, paused_words

REMEMBER, ADD = "recordar", "agregar"


# A GET of this POST address goes back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/equipos/llaves/reto", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def passkey_challenge() -> ResponseReturnValue:
    """Answer the script with what the browser's passkey is asked, or with words to show beside the button."""
    if request.method == "GET":
        return go(".devices")
    wanted = chosen((REMEMBER, ADD))
    try:
        asked = _ask(wanted)
    except Rejected as refused:
        return jsonify(words=refusal_words(refused, WORDS)), 422
    except TooManyAttempts as stopped:
        return jsonify(words=paused_passkey_words(stopped.until)), 429
    return jsonify({asked.ceremony: asked.options})


def _ask(wanted: str) -> Asked:
    if wanted == REMEMBER:
        return accounts.passkeys.ask(act())
    return accounts.passkeys.ask_further(
        act(),
        typed=request.form.get("totp", ""),
        answer=request.form.get(PASSKEY, ""),
        moments=runtime.authenticator_moments(),
    )


@blueprint.route("/cuenta/equipos/llaves/nueva", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def add_passkey() -> ResponseReturnValue:
    """Add a passkey under a name, once a second factor that is there was proved."""
    if not accounts.passkeys.is_possible(runtime.settings().base_url):
        raise NotFound
    form = NewPasskeyForm()
    if request.method == "GET" and not form.name.data:
        form.name.data = trusted_devices.browser()
    if form.validate_on_submit():
        try:
            added = accounts.passkeys.add(act(), answer=form.passkey.data or "", name=form.name.data or "")
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_passkey_words(stopped.until)
            return paused("login/add_passkey.html", form, stopped.until, words, **_shown())
        else:
            flash(f"Agregamos la llave de acceso «{added.name}». Le escribimos un correo.", "success")
            return go(".devices")
    return page("login/add_passkey.html", form=form, **_shown())


def _shown() -> dict[str, Any]:
    return {
        "has_authenticator": remembered_keys.has_authenticator(act()),
        "has_passkeys": bool(accounts.passkeys.list_live(act())),
    }


@blueprint.route("/cuenta/equipos/llaves/<passkey>/quitar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def end_passkey(passkey: str) -> ResponseReturnValue:
    """End a passkey, given the password: the devices that it turned on are forgotten."""
    found = accounts.passkeys.require(act(), public_id=passkey)
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            accounts.profile.prove_password(act(), current=form.current.data or "")
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            return _paused_end(form, stopped, found)
        else:
            ended = accounts.passkeys.end(act(), public_id=passkey)
            flash(f"Quitamos la llave de acceso «{ended.name}» y olvidamos los equipos recordados con ella.", "success")
            return go(".devices")
    return page("login/end_passkey.html", form=form, passkey=found)


def _paused_end(form: PasswordForm, stopped: TooManyAttempts, found: Any) -> Response:
    return paused("login/end_passkey.html", form, stopped.until, paused_words(stopped.until), passkey=found)
