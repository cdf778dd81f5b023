"""Cookie of a trusted device: one for each account, so that two people of one computer keep their own (adr/0162)."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.services.keys import remembered_keys
from portal.services.people.accounts import trusted_devices
from portal.words.browsers import browser_words

from . import runtime
from .access import act, signed_in_visitor

COOKIE = "portal-equipo-"


def browser() -> str:
    """Return what this browser calls itself, in plain words; no proof."""
    return browser_words(request.user_agent.string)


def presented() -> str | None:
    """Return the token that this browser carries for the signed-in account."""
    return request.cookies.get(_name())


def is_trusted() -> bool:
    """Tell whether this browser is a trusted device of the signed-in account."""
    return trusted_devices.find(act(), token=presented(), browser=browser()) is not None


def go_on(wanted: str, *, remember: bool) -> ResponseReturnValue:
    """Go on to a page after a key; one to be remembered leads by the page that trusts this browser, if it is not."""
    if not remember or remember_opened():
        return redirect(wanted, 303)
    if not remembered_keys.has_second_factor(act()):
        remembered_keys.prepare(act())
    return redirect(url_for("login.trust_device", siguiente=wanted), 303)


def remember_opened() -> bool:
    """Remember what this session opened to be remembered, if this browser is trusted; tell whether it is."""
    device = trusted_devices.find(act(), token=presented(), browser=browser())
    if device is not None:
        remembered_keys.remember(act(), device=device)
    return device is not None


def open_remembered(answer: Response) -> Response:
    """Open in the session just begun what this browser remembers for the account; change its token in the answer."""
    token = presented()
    if token is None:
        return answer
    following = remembered_keys.open_remembered(act(), token=token, browser=browser())
    return carry(answer, following) if following else drop(answer)


def carry(answer: Response, token: str) -> Response:
    """Give the browser the token of its device."""
    answer.set_cookie(
        _name(),
        token,
        max_age=trusted_devices.LIFE,
        secure=runtime.settings().https,
        httponly=True,
        samesite="Lax",
    )
    return answer


def drop(answer: Response) -> Response:
    """Take the token of an ended device from the browser."""
    answer.delete_cookie(_name(), secure=runtime.settings().https, httponly=True, samesite="Lax")
    return answer


def _name() -> str:
    visitor = signed_in_visitor()
    if visitor is None:
        raise RuntimeError("a device is trusted for a signed-in account")
    return COOKIE + visitor.signed_in.public_id
