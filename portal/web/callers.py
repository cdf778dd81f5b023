"""Caller for whom the signed-in agent acts: a banner on every page while the grant of a verified call lasts."""

from __future__ import annotations

from flask import Flask, g

from portal.domain.accounts import Function, may
from portal.models import Call
from portal.services.keys import caller_grants

from .access import act, signed_in_visitor


def current_call() -> Call | None:
    """Return the verified call in which the signed-in agent acts, None for everybody else; read once a request."""
    visitor = signed_in_visitor()
    if visitor is None or not may(visitor.role, Function.NOMINATE_FOR_CALLERS):
        return None
    if "acting_call" not in g:
        g.acting_call = caller_grants.find_held(act())
    found: Call | None = g.acting_call
    return found


def init_app(app: Flask) -> None:
    """Let every template ask."""
    app.jinja_env.globals["acting_call"] = current_call
