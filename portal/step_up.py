"""Sensitive acts of the consoles ask for the second factor again when it was not given a moment ago."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, request
from flask.typing import ResponseReturnValue

from . import runtime
from .access import SAFE, signed_in_visitor
from .web import go

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def needs_fresh_factor(view: View) -> View:
    """Let a form through only if the second factor was given in the last five minutes; else ask for it first.

    Nothing of the form is done then: after the code its page is shown again. Goes below ``open_to``, which decides who
    may act at all. The address of the form answers a GET.
    """

    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> ResponseReturnValue:
        visitor = signed_in_visitor()
        fresh = visitor is not None and visitor.signed_in.is_fresh(runtime.now())
        if request.method in SAFE or fresh:
            return view(*arguments, **named)
        flash("Para esto pedimos de nuevo su código. Después, vuelva a enviar el formulario: todavía no se hizo nada.")
        return go("staff.confirm", siguiente=request.path)

    return cast("View", guarded)
