"""Person's own account: data, contracts, sessions, password."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.accounts import Role
from portal.services import announcements
from portal.services.people import account_views, accounts
from portal.services.store.refusals import Rejected, TooManyAttempts
from portal.web import consoles, database, runtime
from portal.web.access import Audience, act, carry_token, me, open_to, use_grants
from portal.web.answers import go, page, safe_next, show_refusal
from portal.words.browsers import browser_words

from .forms import ChangePasswordForm
from .views import blueprint, paused
from .words import PASSWORD_HINT, WORDS, ended_words, paused_words


@blueprint.get("/cuenta")
@open_to(Audience.CUSTOMER)
def account() -> ResponseReturnValue:
    """Show the account as it is kept."""
    actor = me()
    return page(
        "login/account.html",
        profile=accounts.profile.load(act()),
        present_session=actor.session_id,
        browser_words=browser_words,
    )


@blueprint.route("/cuenta/contrasena", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def change_password() -> ResponseReturnValue:
    """Change the password, given the present one."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            token = accounts.profile.change_password(act(), current=form.current.data, password=form.password.data)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            words = paused_words(stopped.until)
            return paused("login/change_password.html", form, stopped.until, words, password_hint=PASSWORD_HINT)
        else:
            carry_token(token)
            flash("Su contraseña cambió y sus demás sesiones se cerraron.", "success")
            return go("login.account")
    return page("login/change_password.html", form=form, password_hint=PASSWORD_HINT)


# A GET of these POST addresses goes back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/cerrar-sesiones", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def end_other_sessions() -> ResponseReturnValue:
    """End every other session of the account."""
    if request.method == "POST":
        ended = accounts.profile.end_other_sessions(act())
        flash(ended_words(ended), "success")
    return go("login.account")


@blueprint.route("/cuenta/seguir", methods=["GET", "POST"])
@open_to(Audience.SIGNED_IN)
def stay() -> ResponseReturnValue:
    """Prolong the session and its grants; back to ``?siguiente=``, and 204 for a script."""
    if request.method == "POST":
        use_grants()
        # A form navigates; only a script asks in another mode.
        if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
            return Response(status=204, headers={"X-Portal-Now": runtime.now().isoformat()})
    role = me().role
    home = url_for("login.account") if role is None or role is Role.CUSTOMER else url_for(consoles.home_of(role))
    return redirect(safe_next(home), 303)


LAST_PAGE = 1000


@blueprint.get("/cuenta/quien-vio")
@open_to(Audience.CUSTOMER)
def who_saw() -> ResponseReturnValue:
    """List each view of the points in the contracts that this person opened."""
    number = request.args.get("pagina", 1, type=int)
    number = number if 1 <= number <= LAST_PAGE else 1
    found, has_more = account_views.list_seen(act(), page=number)
    return page("login/who_saw.html", found=found, has_more=has_more, page_number=number)


# A GET leads back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/avisos-leidos/<notice>", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def notice_read(notice: str) -> ResponseReturnValue:
    """Mark an announcement as read, and go back."""
    session, user_id = database.current(), me().user_id or 0
    if request.method == "POST":
        announcements.mark_read(act(), user_id=user_id, public_id=notice)
    else:
        announcements.require(session, public_id=notice)
    return redirect(safe_next(url_for("market.notices")), 303)
