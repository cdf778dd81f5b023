"""Subscription to web push that this browser carries: its cookie, no proof of anything else (adr/0176)."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from portal.services.mail import push_subscriptions

from . import runtime
from .access import act

COOKIE = "portal-avisos"
# The longest that browsers keep a cookie.
COOKIE_LIFE = timedelta(days=400)


def carried() -> str | None:
    """Return the public id of the subscription that this browser carries."""
    return request.cookies.get(COOKIE)


def mark(answer: Response, public_id: str) -> Response:
    """Name in the browser the subscription by which it receives."""
    answer.set_cookie(
        COOKIE, public_id, max_age=COOKIE_LIFE, secure=runtime.settings().https, httponly=True, samesite="Lax"
    )
    return answer


def drop(answer: Response) -> Response:
    """Take the name of an ended subscription from the browser."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, secure=runtime.settings().https, httponly=True, samesite="Lax")
    return answer


def end_others() -> bool:
    """End what this browser receives for another account than the signed-in one; tell whether it did."""
    public_id = carried()
    return public_id is not None and push_subscriptions.end_here(act(), public_id=public_id, but_of=act().actor.user_id)


def end() -> None:
    """End what this browser receives, for any account."""
    if (public_id := carried()) is not None:
        push_subscriptions.end_here(act(), public_id=public_id)
