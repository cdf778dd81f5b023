"""Second factor at the first sign-in, its recovery codes, and invitations to the consoles."""

from __future__ import annotations

from flask import Response, flash, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import InputRequired, Length

from portal.papers import qr_codes
from portal.services.people import accounts
from portal.services.people.accounts.enrolment import Offered
from portal.services.people.accounts.sign_in import Tokens
from portal.services.store.refusals import Refusal, Rejected, TooManyAttempts
from portal.web import database, runtime
from portal.web.access import DEVICE_COOKIE, Audience, act, address, awaiting_second_factor, open_to, start_session
from portal.web.answers import go, page, safe_next, show_refusal
from portal.web.forms import SecretField, TypedForm
from portal.web.second_factor_form import SecondFactorForm, paused_code_words

from .forms import NewPasswordForm
from .views import blueprint, paused, remember_device
from .words import PASSWORD_HINT, WORDS


class RecoveryForm(TypedForm):
    """One of the ten recovery codes."""

    code = SecretField(
        "Código de recuperación",
        validators=[
            InputRequired("Escriba uno de sus códigos de recuperación."),
            Length(max=40, message=WORDS[Refusal.RECOVERY_CODE_FORMAT]),
        ],
    )


@blueprint.route("/ingreso/segundo-factor/alta", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def enrol() -> ResponseReturnValue:
    """Show the secret for an authenticator and take it with its first right code; then the recovery codes, once."""
    awaiting = awaiting_second_factor()
    if awaiting is None:
        return go("login.sign_in", siguiente=safe_next("") or None)
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            done = accounts.enrolment.finish(
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
            return _paused(form, stopped)
        else:
            answer = page("login/recovery_codes.html", codes=done.recovery_codes, home="staff.home", first=True)
            return _entered(done.tokens, answer)
    return _offer(form)


def _offer(form: SecondFactorForm) -> Response:
    awaiting = awaiting_second_factor()
    if awaiting is None:
        return make_response(go("login.sign_in"))
    offered = accounts.enrolment.get_offered(database.current(), vault=runtime.vault(), awaiting=awaiting)
    return page("login/enrol.html", form=form, offered=offered, drawn=draw(offered), onward=safe_next(""))


def draw(offered: Offered) -> str:
    """Return an offered secret as the source of the image that an authenticator reads."""
    return qr_codes.as_source(offered.address, border=2, scale=5)


def _paused(form: SecondFactorForm, stopped: TooManyAttempts) -> Response:
    return paused("login/second_factor.html", form, stopped.until, paused_code_words(stopped.until), onward="")


@blueprint.route("/ingreso/segundo-factor/recuperacion", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def recover() -> ResponseReturnValue:
    """Accept a recovery code in place of the authenticator's."""
    awaiting = awaiting_second_factor()
    if awaiting is None:
        return go("login.sign_in", siguiente=safe_next("") or None)
    form = RecoveryForm()
    if form.validate_on_submit():
        try:
            tokens = accounts.recovery.finish(
                act(),
                awaiting=awaiting,
                typed=form.code.data,
                device=request.cookies.get(DEVICE_COOKIE),
                user_agent=request.user_agent.string,
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_code_words(stopped.until)
            return paused("login/recover.html", form, stopped.until, words, onward=safe_next(""))
        else:
            flash("Ingresó con un código de recuperación. Si perdió el teléfono, active otro aquí.", "warning")
            # Not the wanted page first: a new authenticator is set up there.
            return _entered(tokens, go("staff.security"))
    return page("login/recover.html", form=form, onward=safe_next(""))


def _entered(tokens: Tokens, answer: BaseResponse) -> BaseResponse:
    """Replace the session that owed its second factor by a full one, and make the browser a known device."""
    start_session(tokens.session)
    return answer if tokens.device is None else remember_device(answer, tokens.device)


@blueprint.route("/invitacion/<token>", methods=["GET", "POST"])
@open_to(Audience.PUBLIC)
def invitation(token: str) -> ResponseReturnValue:
    """Choose the first password of an account of the consoles; only an accepted password spends the link."""
    form = NewPasswordForm()
    try:
        email = accounts.staff.get_invited(act(), token=token)
    except Rejected:
        return page("login/spent_invitation.html", status=422)
    if form.validate_on_submit():
        try:
            accounts.staff.accept(act(), token=token, password=form.password.data, address=address())
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        else:
            flash("Su contraseña quedó guardada. Ingrese con ella y active su segundo factor.", "success")
            return go("login.sign_in")
    return page("login/invitation.html", form=form, token=token, email=email, password_hint=PASSWORD_HINT)
