"""Renewed proof before sensitive acts: the second factor in the consoles, the password for customers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.services.people import accounts
from portal.services.store.refusals import Refusal, Rejected, TooManyAttempts
from portal.web.access import act

from . import kept_work, runtime
from .access import signed_in_visitor
from .answers import go, page, show_refusal
from .extensions import htmx
from .forms import TypedForm
from .second_factor_form import CODE_WORDS, SecondFactorForm, paused_code_words
from .whence import SAFE

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
PROOF_WORDS = {**CODE_WORDS, Refusal.CURRENT_PASSWORD_WRONG: "Esa no es su contraseña. Escríbala de nuevo."}


class PasswordAgainForm(TypedForm):
    """Present password, before a sensitive act of somebody without a second factor."""

    current = PasswordField("Su contraseña", validators=[InputRequired("Escriba la contraseña con la que ingresa.")])


Proof = SecondFactorForm | PasswordAgainForm


def needs_fresh_factor(view: View) -> View:
    """Demand a second factor given in the last five minutes; otherwise ask for it first.

    The page that asks carries the form along: the right code completes it, a wrong one does nothing. Goes below
    ``open_to``, which decides who may act. The address of the form answers a GET.
    """
    return _guarded(view, SecondFactorForm, "totp")


def needs_fresh_password(view: View) -> View:
    """Demand the password, as ``needs_fresh_factor`` does the code: a customer need not have one."""
    return _guarded(view, PasswordAgainForm, "current")


def _guarded(view: View, kind: type[Proof], field: str) -> View:
    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> ResponseReturnValue:
        visitor = signed_in_visitor()
        fresh = visitor is not None and visitor.signed_in.is_fresh(runtime.now())
        if request.method in SAFE or fresh:
            return view(*arguments, **named)
        if visitor is not None and kind is SecondFactorForm and (request.files or (htmx and not htmx.boosted)):
            # A file cannot be carried along, and a fragment has no room for the question.
            flash("Para esto pedimos de nuevo su código. Después, vuelva a enviarlo: todavía no se hizo nada.")
            return kept_work.keep(go("staff.confirm", siguiente=request.path), user_id=visitor.signed_in.user_id)
        # Named explicitly: without a typed proof, the form is the one that led here.
        form = kind() if field in request.form else kind(formdata=None)
        if field in request.form and form.validate():
            status = prove(form)
            if status == 200:
                return view(*arguments, **named)
        else:
            status = 422 if form.errors else 200
        carried = [(name, value) for name, value in request.form.items(multi=True) if name not in (field, "csrf_token")]
        here = request.full_path.removesuffix("?")
        by_code = kind is SecondFactorForm
        return page("login/confirm_act.html", status=status, form=form, here=here, carried=carried, by_code=by_code)

    return cast("View", guarded)


def prove(form: Proof) -> int:
    """Check the typed proof: 200 when right, else 422 or, while throttled, 429, with the reason on the form."""
    try:
        if isinstance(form, PasswordAgainForm):
            accounts.profile.prove_password(act(), current=form.current.data or "")
        else:
            accounts.second_factor.step_up(act(), typed=form.totp.data, moments=runtime.authenticator_moments())
    except Rejected as refused:
        show_refusal(form, refused, PROOF_WORDS)
        return 422
    except TooManyAttempts as stopped:
        form.form_errors.append(paused_code_words(stopped.until))
        return 429
    return 200
