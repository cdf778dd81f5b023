"""Followed customer: a banner on every page that they open, and the note of which page it is.

A GET writes nothing but the moment of use of session and grants, and this note: it says which page is in use, as they
do, is overwritten, and is written for the followed alone (adr/0115). Whether somebody is followed is read with their
session: no query for anybody else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DBAPIError

from portal.services import calls
from portal.services.calls import Followee

from . import runtime
from .access import Audience, act, audience_of, page_behind, signed_in_visitor
from .forms import SECRETS

log = structlog.get_logger("portal.followings")
TYPES_KEY = "Está escribiendo una clave"
# Addresses of these hold no secret; the other public ones may hold a link's token.
THEIRS = (Audience.CUSTOMER, Audience.NOMINATOR, Audience.SIGNED_IN)
SHOWS_ERROR = "la página le muestra un error"
HEAD = b"<!doctype html"
TITLE = re.compile(r"<title>([^<]*) – [^<]*</title>")
STEP = re.compile(r'<p class="steps-words">([^<]*)</p>')
LONGEST_PATH, LONGEST_TITLE, LONGEST_STATE = 300, 200, 120


def current_followee() -> Followee | None:
    """Return by whom the signed-in customer is followed now, None by nobody; read once a request."""
    visitor = signed_in_visitor()
    until = None if visitor is None else visitor.signed_in.followed_until
    if until is None or until <= runtime.now():
        return None
    if "followee" not in g:
        g.followee = calls.followings.find_followee(act())
    found: Followee | None = g.followee
    return found


def mark_keys(context: Mapping[str, Any]) -> None:
    """Mark the page of a followed customer as one on which a key is typed, if one of its forms has a field for it."""
    if current_followee() is None:
        return
    g.types_key = any(
        isinstance(field, SECRETS)
        for form in context.values()
        for field in (form if hasattr(form, "hidden_tag") else ())
    )


def _note(response: Response) -> Response:
    """Note a whole page that a followed customer opened, or sent and got back with an error, whole or its fragment.

    What goes wrong costs the customer nothing.
    """
    opened = request.method == "GET" and response.status_code == 200
    refused = request.method == "POST" and response.status_code == 422
    if not (opened or refused) or response.mimetype != "text/html" or response.is_streamed or not _is_noted():
        return response
    followee = current_followee()
    if followee is None:
        return response
    body = response.get_data()
    if opened and body.lstrip()[: len(HEAD)].lower() != HEAD:
        return response
    title, step = [html.unescape(found[1]) if found else "" for found in _found(body.decode())]
    state = " · ".join(filter(None, [step, SHOWS_ERROR if refused else ""]))
    try:
        calls.followings.note_page(
            act(),
            call_id=followee.call.id,
            path=request.path[:LONGEST_PATH],
            title=TYPES_KEY if g.get("types_key") else title.removeprefix("Error: ")[:LONGEST_TITLE],
            state=state[:LONGEST_STATE] or None,
        )
    except DBAPIError:
        log.warning("page-not-noted", request_id=g.get("request_id"))
    return response


def _found(body: str) -> Iterator[re.Match[str] | None]:
    return (pattern.search(body) for pattern in (TITLE, STEP))


def _is_noted() -> bool:
    """Tell whether the request's view is a page whose address may be shown, and that nobody's browser polls."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or page_behind(view) is not None:
        return False
    return audience_of(view) in THEIRS or (audience_of(view) is Audience.PUBLIC and not request.view_args)


def init_app(app: Flask) -> None:
    """Let every template ask, and note each page."""
    app.jinja_env.globals["followee"] = current_followee
    app.after_request(_note)
