"""Register, confirm the mailbox, sign in and out, reset a forgotten password (guide steps 5 to 8)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.domain.accounts import CONSENT_VERSION, Role, consent_text
from portal.domain.attempts import KNOWN_DEVICE_LIFE
from portal.services.people import accounts
from portal.services.people.accounts.sign_in import Tokens
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import Rejected, TooManyAttempts
from portal.web import consoles, database, kept_work, push_here, runtime, trusted_devices
from portal.web.access import (
    DEVICE_COOKIE,
    Audience,
    act,
    address,
    awaiting_second_factor,
    charge_form,
    ended_session,
    forget_session,
    open_to,
    signed_in_visitor,
    start_awaiting,
    start_session,
)
from portal.web.answers import ask_to_wait, go, page, safe_next, show_refusal
from portal.web.limits import limits_itself
from portal.web.second_factor_form import SecondFactorForm, paused_code_words

from .forms import ForgottenForm, NewPasswordForm, RegistrationForm, SignInForm
from .words import ENDING_WORDS, KEPT_WORDS, PASSWORD_HINT, WORDS, paused_words

blueprint = Blueprint("login", __name__)


@blueprint.route("/registro", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def register() -> ResponseReturnValue:
    """Take a registration; the answer is the same whether or not the address has an account."""
    form = RegistrationForm()
    if form.validate_on_submit():
        try:
            accounts.registration.register(
                act(),
                name=form.name.data,
                email=form.email.data,
                company=form.company.data,
                password=form.password.data,
                consented=form.consent.data,
                address=address(),
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            return go("login.registered")
    return page(
        "login/register.html",
        form=form,
        consent_text=consent_text(distributor_of(database.current())),
        consent_version=CONSENT_VERSION,
        password_hint=PASSWORD_HINT,
    )


@blueprint.get("/registro/correo-enviado")
@open_to(Audience.PUBLIC)
def registered() -> ResponseReturnValue:
    """Show where to look for the mail."""
    return page("login/registered.html")


# Half the length of a link's token, and letters alone: no link of ours, nor one that a mail cut.
TYPED_WORD = re.compile("[a-záéíóúüñ-]{1,20}", re.IGNORECASE)


@blueprint.route("/verificar/<token>", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def verify(token: str) -> ResponseReturnValue:
    """Show what the link confirms; only the button confirms it, because mail scanners open every link.

    A word that somebody typed, such as the month's, was no link: it leads to what can be verified.
    """
    if request.method == "GET" and TYPED_WORD.fullmatch(token):
        return go("verification.month")
    try:
        if request.method == "POST":
            accounts.registration.confirm(act(), token=token, address=address())
            return go("login.verified")
        pending = accounts.registration.get_pending(act(), token=token)
    except Rejected:
        return page("login/spent_verification.html", status=422)
    return page("login/verify.html", token=token, pending=pending)


@blueprint.get("/registro/confirmado")
@open_to(Audience.PUBLIC)
def verified() -> ResponseReturnValue:
    """Lead from the confirmed mailbox to the sign-in."""
    return page("login/verified.html")


@blueprint.route("/ingreso", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
@limits_itself
def sign_in() -> ResponseReturnValue:
    """Check e-mail and password; every refusal is the same page. Consoles ask for a second factor next."""
    visitor = signed_in_visitor()
    if request.method == "GET" and visitor:
        return redirect(onward(visitor.role), 303)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            tokens = accounts.sign_in.begin(
                act(),
                email=form.email.data,
                password=form.password.data,
                device=request.cookies.get(DEVICE_COOKIE),
                address=address(),
                user_agent=request.user_agent.string,
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_words(stopped.until)
            return paused("login/sign_in.html", form, stopped.until, words, onward=safe_next(""))
        else:
            return signed_in(tokens)
    return page("login/sign_in.html", form=form, onward=safe_next(""), ended_words=_ended_words())


def _ended_words() -> str:
    """Return why this browser's session is over and whether typed text is kept; empty when it held none."""
    ended = None if signed_in_visitor() else ended_session()
    if ended is None:
        return ""
    kept = f" {KEPT_WORDS}" if kept_work.kept_for(ended.user_id) else ""
    return f"{ENDING_WORDS[ended.ending]}{kept}"


def signed_in(tokens: Tokens) -> BaseResponse:
    """Replace this browser's session by the new one, and make it a known device."""
    if signed_in_visitor():
        accounts.sign_in.end(act())
    if tokens.device is None:
        start_awaiting(tokens.session)
        return go("login.second_factor", siguiente=safe_next("") or None)
    role = start_session(tokens.session)
    answer = remember_device(redirect(onward(role), 303), tokens.device)
    if push_here.end_others():
        push_here.drop(answer)
    if role is Role.CUSTOMER:
        return trusted_devices.open_remembered(answer)
    return trusted_devices.mark_keeper(answer, None)


def onward(role: Role) -> str:
    """Return the page after signing in: the wanted one, when it is one for ``role``."""
    wanted = safe_next("")
    return wanted if wanted and consoles.fits(wanted, role) else url_for(consoles.home_of(role))


@blueprint.route("/ingreso/segundo-factor", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def second_factor() -> ResponseReturnValue:
    """Check the code of the authenticator; without a password given before it leads back to the sign-in."""
    awaiting = awaiting_second_factor()
    if awaiting is None:
        return go("login.sign_in", siguiente=safe_next("") or None)
    if accounts.enrolment.is_owed(database.current(), awaiting=awaiting):
        return go("login.enrol", siguiente=safe_next("") or None)
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            tokens = accounts.second_factor.finish(
                act(),
                awaiting=awaiting,
                typed=form.totp.data,
                device=request.cookies.get(DEVICE_COOKIE),
                user_agent=request.user_agent.string,
                moments=runtime.authenticator_moments(),
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_code_words(stopped.until)
            return paused("login/second_factor.html", form, stopped.until, words, onward=safe_next(""))
        else:
            return signed_in(tokens)
    return page("login/second_factor.html", form=form, onward=safe_next(""))


@blueprint.post("/salir")
@open_to(Audience.PUBLIC)
@limits_itself
def sign_out() -> ResponseReturnValue:
    """End the session on the server and clear the browser; also when it had already ended."""
    # Its browser drops the service worker, to which its messages come.
    push_here.end()
    if signed_in_visitor():
        # Never refuse a sign-out.
        accounts.sign_in.end(act())
    else:
        charge_form()
    forget_session()
    answer = push_here.drop(trusted_devices.mark_keeper(go("market.home"), None))
    answer.headers["Clear-Site-Data"] = '"storage", "cache"'
    return answer


@blueprint.route("/olvido", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def forgot() -> ResponseReturnValue:
    """Ask for a link to choose another password; the answer is the same for every address."""
    form = ForgottenForm()
    if form.validate_on_submit():
        accounts.reset.ask(act(), email=form.email.data, address=address())
        return go("login.reset_asked")
    return page("login/forgot.html", form=form)


@blueprint.get("/olvido/correo-enviado")
@open_to(Audience.PUBLIC)
def reset_asked() -> ResponseReturnValue:
    """Show where to look for the mail."""
    return page("login/reset_asked.html")


@blueprint.route("/restablecer/<token>", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def reset(token: str) -> ResponseReturnValue:
    """Choose another password with the mailed link; only an accepted password spends it."""
    form = NewPasswordForm()
    try:
        email = accounts.reset.get_email(act(), token=token)
    except Rejected:
        return page("login/spent_reset.html", status=422)
    if form.validate_on_submit():
        try:
            device = accounts.reset.finish(act(), token=token, password=form.password.data, address=address())
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            flash("Su contraseña cambió y sus sesiones se cerraron. Ingrese con la nueva.", "success")
            return remember_device(go("login.sign_in"), device)
    return page("login/reset.html", form=form, token=token, email=email, password_hint=PASSWORD_HINT)


def paused(template: str, form: FlaskForm, until: datetime | None, words: str, **context: Any) -> Response:
    """Answer a throttled form with its page and 429: typed text stays, ``words`` say until when."""
    form.form_errors.append(words)
    return ask_to_wait(page(template, status=429, form=form, paused=True, **context), until)


def remember_device(answer: BaseResponse, token: str) -> BaseResponse:
    """Give the browser the token of a known device for 180 days."""
    answer.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=KNOWN_DEVICE_LIFE,
        secure=runtime.settings().https,
        httponly=True,
        samesite="Lax",
    )
    return answer
