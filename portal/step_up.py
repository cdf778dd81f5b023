"""Sensitive acts of the consoles ask for the second factor again when it was not given a moment ago."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, request
from flask.typing import ResponseReturnValue

from . import database, kept_work, runtime
from .access import me, signed_in_visitor
from .extensions import htmx
from .second_factor_form import CODE_WORDS, SecondFactorForm, paused_code_words
from .services import accounts
from .services.refusals import Rejected, TooManyAttempts
from .web import go, page, show_refusal
from .whence import SAFE

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
CODE = "totp"


def needs_fresh_factor(view: View) -> View:
    """Let a form through only if the second factor was given in the last five minutes; else ask for it first.

    The page that asks carries the form with it: the right code does what was sent, a wrong one nothing. Goes below
    ``open_to``, which decides who may act at all. The address of the form answers a GET.
    """

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> ResponseReturnValue:
        visitor = signed_in_visitor()
        fresh = visitor is not None and visitor.signed_in.is_fresh(runtime.now())
        if request.method in SAFE or fresh:
            return view(*arguments, **named)
        if visitor is not None and (request.files or (htmx and not htmx.boosted)):
            # A file is not sent twice, and a part of a page is no place to ask.
            flash("Para esto pedimos de nuevo su código. Después, vuelva a enviarlo: todavía no se hizo nada.")
            return kept_work.keep(go("staff.confirm", siguiente=request.path), user_id=visitor.signed_in.user_id)
        # Named explicitly: without a code typed, the form is the one that led here.
        form = SecondFactorForm() if CODE in request.form else SecondFactorForm(formdata=None)
        if CODE in request.form and form.validate():
            status = prove(form)
            if status == 200:
                return view(*arguments, **named)
        else:
            status = 422 if form.errors else 200
        carried = [(name, value) for name, value in request.form.items(multi=True) if name not in (CODE, "csrf_token")]
        here = request.full_path.removesuffix("?")
        return page("staff/confirm_form.html", status=status, form=form, here=here, carried=carried)

    return cast("View", guarded)


def prove(form: SecondFactorForm) -> int:
    """Take the typed code and return 200; else 422 or, while throttled, 429, with the reason on the form."""
    try:
        accounts.second_factor.step_up(
            database.current(),
            vault=runtime.vault(),
            actor=me(),
            typed=form.totp.data,
            moments=runtime.authenticator_moments(),
            now=runtime.now(),
        )
    except Rejected as refused:
        show_refusal(form, refused, CODE_WORDS)
        return 422
    except TooManyAttempts as stopped:
        form.form_errors.append(paused_code_words(stopped.until))
        return 429
    return 200
