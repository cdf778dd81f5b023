"""Cookie of a trusted device: one for each account, so that two people of one computer keep their own (adr/0162)."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.domain.spans import span_words
from portal.models import TrustedDevice
from portal.services.keys import remembered_keys
from portal.services.people.accounts import trusted_devices
from portal.words.browsers import browser_words

from . import runtime
from .access import act, signed_in_visitor

COOKIE = "portal-equipo-"
# Names whose last seen figures this browser may keep: read by portal.js, no proof of anything (adr/0167).
KEEPER_COOKIE = "portal-sin-senal"
# A browser shows nothing that was seen longer ago.
LAST_SEEN_LIFE = timedelta(hours=48)
# Why the keys are asked for again, where they were not before: the same for every reason, for a copy is told by mail.
_REMEMBERED_NO_MORE = (
    "Este navegador ya no está recordado: las claves se piden otra vez. Un equipo deja de estarlo a los "
    f"{span_words(trusted_devices.LIFE)}, cuando cambia su contraseña o quita su segundo paso, cuando usted lo olvida "
    "y si su recuerdo se usa en otro navegador, de lo que le avisamos por correo."
)


def browser() -> str:
    """Return what this browser calls itself, in plain words; no proof."""
    return browser_words(request.user_agent.string)


def presented() -> str | None:
    """Return the token that this browser carries for the signed-in account."""
    return request.cookies.get(_name())


def find_this() -> TrustedDevice | None:
    """Return this browser's device of the signed-in account; None where it is not trusted."""
    return trusted_devices.find(act(), token=presented(), browser=browser())


def go_on(wanted: str, *, remember: bool) -> ResponseReturnValue:
    """Go on to a page after a key; one to be remembered leads by the page that trusts this browser, if it is not."""
    if not remember or remember_opened():
        return redirect(wanted, 303)
    if not remembered_keys.has_authenticator(act()):
        remembered_keys.prepare(act())
    return redirect(url_for("login.trust_device", siguiente=wanted), 303)


def remember_opened() -> bool:
    """Remember what this session opened to be remembered, if this browser is trusted; tell whether it is."""
    device = find_this()
    if device is not None:
        remembered_keys.remember(act(), device=device)
    return device is not None


def keeper() -> TrustedDevice | None:
    """Return this browser's device of the signed-in account if it keeps what was seen last."""
    if KEEPER_COOKIE not in request.cookies:
        return None
    device = find_this()
    return device if device is not None and device.keeps_last_seen else None


def mark_keeper(answer: Response, device: TrustedDevice | None) -> Response:
    """Name in the browser the device that keeps what was seen last; without one, portal.js erases what is kept."""
    if device is not None and device.keeps_last_seen:
        answer.set_cookie(
            KEEPER_COOKIE,
            device.public_id,
            max_age=trusted_devices.LIFE,
            secure=runtime.settings().https,
            samesite="Lax",
        )
    elif KEEPER_COOKIE in request.cookies:
        answer.delete_cookie(KEEPER_COOKIE, secure=runtime.settings().https, samesite="Lax")
    return answer


def open_remembered(answer: Response) -> Response:
    """Open in the session just begun what this browser remembers for the account; change its token in the answer."""
    token = presented()
    if token is None:
        return mark_keeper(answer, None)
    opened = remembered_keys.open_remembered(act(), token=token, browser=browser())
    if opened is None:
        flash(_REMEMBERED_NO_MORE, "info")
        return mark_keeper(drop(answer), None)
    device, following = opened
    return mark_keeper(carry(answer, following), device)


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
