"""Second factor of a signed-in console account: given again, replaced, recovery codes."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.accounts import Function, may
from portal.domain.authorisations import OperatorTopic
from portal.services.day_book import operator_mails as services
from portal.services.people import accounts
from portal.web import database
from portal.web.access import Audience, Staff, act, forget_session, me, open_to
from portal.web.answers import NotChosen, go, page, safe_next
from portal.web.forms import TypedForm
from portal.web.second_factor_form import SecondFactorForm
from portal.web.step_up import needs_fresh_factor, prove

from .views import blueprint
from .words import OPERATOR_TOPIC_WORDS


@blueprint.route("/consola/confirmar", methods=["GET", "POST"])
@open_to(Audience.STAFF)
def confirm() -> ResponseReturnValue:
    """Take the code again before a sensitive act, and lead back to its page."""
    form, onward = SecondFactorForm(), safe_next(url_for("staff.home"))
    status = 200
    if form.validate_on_submit():
        status = prove(form)
        if status == 200:
            return redirect(onward, 303)
    return page("staff/confirm.html", status=status, form=form, onward=onward)


@blueprint.get("/consola/seguridad")
@open_to(Audience.STAFF)
def security() -> ResponseReturnValue:
    """Show the protection of the account."""
    actor = me()
    left = accounts.recovery.count_left(database.current(), user_id=actor.user_id or 0)
    return page(
        "staff/security.html",
        left=left,
        may_choose_mails=may(actor.role, Function.AUTHORISE),
        may_make_tokens=may(actor.role, Function.MAKE_TOKENS),
    )


@blueprint.route("/consola/seguridad/correos", methods=["GET", "POST"])
@open_to(Staff(Function.AUTHORISE))
def operator_mails() -> ResponseReturnValue:
    """Show the person's choices of mail about the books, and store the ticks."""
    form = TypedForm()
    if form.validate_on_submit():
        ticked = set(request.form.getlist("topic"))
        if ticked - {topic.value for topic in OperatorTopic}:
            raise NotChosen
        topics = [topic for topic in OperatorTopic if topic.value in ticked]
        services.choose(act(), topics=topics)
        flash("Sus correos quedaron como los marcó." if topics else "No recibirá correos del libro.", "success")
        return go(".operator_mails")
    chosen = services.list_chosen(act())
    return page("staff/operator_mails.html", form=form, topics=OPERATOR_TOPIC_WORDS.items(), chosen=chosen)


@blueprint.route("/consola/seguridad/codigos", methods=["GET", "POST"])
@open_to(Audience.STAFF)
@needs_fresh_factor
def new_recovery_codes() -> ResponseReturnValue:
    """Ask for confirmation, and make ten new codes, shown once."""
    if request.method == "POST":
        codes = accounts.recovery.renew(act())
        return page("login/recovery_codes.html", codes=codes, home="staff.security", first=False)
    return page("staff/new_recovery_codes.html")


@blueprint.route("/consola/seguridad/autenticador", methods=["GET", "POST"])
@open_to(Audience.STAFF)
@needs_fresh_factor
def new_authenticator() -> ResponseReturnValue:
    """Ask for confirmation, and drop the present authenticator: the next sign-in offers another."""
    if request.method == "POST":
        accounts.second_factor.let_go(act())
        forget_session()
        flash("El autenticador anterior ya no sirve. Ingrese con su contraseña y active el nuevo.", "success")
        return go("login.sign_in")
    return page("staff/new_authenticator.html")
