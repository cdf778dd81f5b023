"""Trusted devices of a person: trust this browser, see all of them, forget one; the second factor of one's own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.services.keys import remembered_keys
from portal.services.people import accounts
from portal.services.store.refusals import NotFound, Rejected, TooManyAttempts
from portal.web import runtime, trusted_devices
from portal.web.access import Audience, act, forget_session, open_to
from portal.web.answers import chosen, go, page, safe_next, show_refusal
from portal.web.second_factor_form import SecondFactorForm, paused_own_code_words

from .enrolment import draw
from .forms import PASSKEY, PasskeyForm, PasswordForm
from .views import blueprint, paused
from .words import WORDS, paused_passkey_words, paused_words


@blueprint.get("/cuenta/equipos")
@open_to(Audience.CUSTOMER)
def devices() -> ResponseReturnValue:
    """List the browsers that open accounts without their keys, and what each opens."""
    here = trusted_devices.find_this()
    return page(
        "login/devices.html",
        devices=remembered_keys.list_devices(act()),
        this_device=here.id if here else None,
        has_authenticator=remembered_keys.has_authenticator(act()),
        passkeys=accounts.passkeys.list_live(act()),
        may_add=accounts.passkeys.is_possible(runtime.settings().base_url),
    )


# A GET of this POST address goes back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/equipos/<device>/olvidar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def forget_device(device: str) -> ResponseReturnValue:
    """End one device, with everything that it opened."""
    if request.method == "GET":
        accounts.trusted_devices.require(act(), public_id=device)
        return go(".devices")
    was_here = request.cookies.get(trusted_devices.KEEPER_COOKIE) == device
    ended = accounts.trusted_devices.forget(act(), public_id=device)
    flash(f"Olvidamos {ended.browser}: lo que abría allí pide sus claves otra vez desde ya.", "success")
    answer = go(".devices")
    return trusted_devices.mark_keeper(answer, None) if was_here else answer


@blueprint.route("/cuenta/equipos/<device>/sin-senal", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def keep_last_seen(device: str) -> ResponseReturnValue:
    """Let this browser keep what was seen last, for when there is no signal, or any device keep it no more."""
    found = accounts.trusted_devices.require(act(), public_id=device)
    if request.method == "GET":
        return go(".devices")
    keeps = chosen(("guardar", "dejar")) == "guardar"
    here = trusted_devices.find_this()
    is_here = here is not None and here.id == found.id
    if keeps and not is_here:
        # What a browser keeps is asked for in it.
        raise NotFound
    changed = accounts.trusted_devices.let_keep(act(), public_id=device, keeps=keeps)
    if keeps:
        flash("Desde ahora este equipo guarda lo último que vea en «Inicio». Sin señal lo verá con su hora.", "success")
    else:
        flash(f"{changed.browser} ya no guarda lo último visto.", "success")
    answer = go(".devices")
    return trusted_devices.mark_keeper(answer, changed) if is_here else answer


@blueprint.route("/cuenta/equipos/recordar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def trust_device() -> ResponseReturnValue:
    """Trust this browser with a passkey or a code of one's own authenticator; the first time it is set up here."""
    onward = safe_next(url_for(".devices"))
    if request.method == "POST" and "preparar" in request.form:
        return _prepare(onward)
    by_passkey = PASSKEY in request.form
    form = PasskeyForm() if by_passkey else SecondFactorForm()
    if form.validate_on_submit():
        try:
            token = _trust(form)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except NotFound:
            form.form_errors.append("Ese código era de otra sesión. Pida un secreto nuevo aquí y agréguelo de nuevo.")
        except TooManyAttempts as stopped:
            words = (paused_passkey_words if by_passkey else paused_own_code_words)(stopped.until)
            return paused("login/trust_device.html", form, stopped.until, words, onward=onward, **_shown(form))
        else:
            flash("Este equipo quedó recordado. Le escribimos un correo; lo ve y lo olvida en «Su cuenta».", "success")
            return trusted_devices.carry(redirect(onward, 303), token)
    return page("login/trust_device.html", form=form, onward=onward, **_shown(form))


def _trust(form: SecondFactorForm | PasskeyForm) -> str:
    """Trust this browser by what the form carries; return the token of its cookie."""
    browser = trusted_devices.browser()
    if isinstance(form, PasskeyForm):
        return remembered_keys.trust_by_passkey(act(), answer=form.passkey.data or "", browser=browser)
    return remembered_keys.trust(
        act(), typed=form.totp.data or "", browser=browser, moments=runtime.authenticator_moments()
    )


def _prepare(onward: str) -> ResponseReturnValue:
    """Offer the secret of an authenticator: at once to an account without a second factor, else by its passkey."""
    form = PasskeyForm()
    if PASSKEY not in request.form:
        remembered_keys.prepare(act())
        return go(".trust_device", siguiente=onward)
    try:
        remembered_keys.prepare_by_passkey(act(), answer=form.passkey.data or "")
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
    except TooManyAttempts as stopped:
        words = paused_passkey_words(stopped.until)
        return paused("login/trust_device.html", form, stopped.until, words, onward=onward, **_shown(form))
    else:
        return go(".trust_device", siguiente=onward)
    return page("login/trust_device.html", form=form, onward=onward, **_shown(form))


def _shown(form: SecondFactorForm | PasskeyForm) -> dict[str, Any]:
    """Return what the page shows: nothing more for an account with an authenticator, else the offered secret."""
    offered = remembered_keys.find_offered(act())
    has_authenticator = remembered_keys.has_authenticator(act())
    has_passkeys = bool(accounts.passkeys.list_live(act()))
    is_possible = accounts.passkeys.is_possible(runtime.settings().base_url)
    return {
        "code_form": form if isinstance(form, SecondFactorForm) else SecondFactorForm(formdata=None),
        "has_authenticator": has_authenticator,
        "has_passkeys": has_passkeys,
        # An account with an authenticator alone gives its code; it adds passkeys on their own page.
        "by_passkey": is_possible and (has_passkeys or not has_authenticator),
        "offered": offered,
        "drawn": draw(offered) if offered else None,
        "waits": remembered_keys.is_waiting(act()),
        "browser": trusted_devices.browser(),
    }


@blueprint.route("/cuenta/segundo-factor/quitar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def remove_second_factor() -> ResponseReturnValue:
    """Take one's authenticator away, given the password: every device is forgotten and every session ends."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            accounts.profile.prove_password(act(), current=form.current.data or "")
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_words(stopped.until)
            return paused("login/remove_second_factor.html", form, stopped.until, words)
        else:
            accounts.second_factor.let_go(act())
            forget_session()
            flash("Quitamos su autenticador, olvidamos sus equipos y cerramos sus sesiones. Ingrese.", "success")
            return go(".sign_in")
    return page("login/remove_second_factor.html", form=form)
