"""Draft of a case, kept in the browser of who has no account too: sealed, for this session of the browser (adr/0113).

The number of a document, the authorisation and files are not kept: the machine may be somebody else's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Response, request

from portal.web import runtime, sealed_text
from portal.web.access import signed_in_visitor
from portal.web.case_form import PetitionerForm

COOKIE = "portal-pqr-draft"
KEPT = ("kind", "name", "email", "telephone", "delivery_point", "about_on", "text", "electronic_notice")
LIFE = timedelta(hours=12)


class Draft(NamedTuple):
    """Draft: its fields as they were typed, and when it was kept."""

    fields: dict[str, str | bool]
    kept_at: datetime


def is_blank(form: PetitionerForm) -> bool:
    """Tell whether nothing was typed that a draft would keep."""
    return not any(form[name].data for name in KEPT)


def keep(answer: Response, form: PetitionerForm) -> bool:
    """Give the browser what was typed, sealed; False when it is more than a cookie holds, and nothing is kept."""
    now = runtime.now()
    fields = {name: form[name].data for name in KEPT if form[name].data}
    sealed = sealed_text.seal([now.timestamp(), fields], owner=_owner())
    if sealed is None:
        return False
    # No max_age: it ends with the browser, and after twelve hours by its own moment.
    answer.set_cookie(COOKIE, sealed, secure=runtime.settings().https, httponly=True, samesite="Lax", path="/pqr")
    return True


def forget(answer: Response) -> None:
    """Drop the draft of this browser."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, path="/pqr")


def load() -> Draft | None:
    """Return the draft that this browser keeps for who is here; None when it is another's, too old, or absent."""
    if not (given := request.cookies.get(COOKIE)):
        return None
    said = sealed_text.unseal(given, owner=_owner())
    if said is None:
        return None
    moment, fields = said
    now = runtime.now()
    kept_at = datetime.fromtimestamp(moment, now.tzinfo)
    return Draft(fields, kept_at) if now < kept_at + LIFE else None


def _owner() -> str:
    """Return whose draft it is: who signs in on the same browser does not read that of a guest, nor of another."""
    visitor = signed_in_visitor()
    return f"draft of a case, account {visitor.signed_in.user_id if visitor else 'none'}"
