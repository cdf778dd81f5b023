"""Text of a form whose session ended: sealed for its account, offered again for an hour (adr/0092)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Response, current_app, g, make_response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, Field, HiddenField
from wtforms.fields.core import UnboundField

from . import runtime, sealed_text
from .access import signed_in_visitor
from .forms import FILES, SECRETS, TypedForm
from .whence import page_of_request

COOKIE = "portal-kept"
LIFE = timedelta(hours=1)
# Value of a button or choice, not typed by people.
SENT_WORD = re.compile(r"[a-z0-9_-]*[a-z_][a-z0-9_-]*")
Typed = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Work:
    """Form that was not accepted: its address, the page it stood on, its fields without any secret."""

    action: str
    page: str
    fields: Typed


def typed() -> Typed:
    """Return the fields of the request's form without keys, passwords, codes and tokens, by their types."""
    return [(name, value) for name, value in request.form.items(multi=True) if not _is_dropped(name)]


def readable(fields: Typed) -> Typed:
    """Return the text that a person can copy: the label of each field, empty without one, and its value."""
    # Forms of the view's own part come last: a shared form that reuses a name does not label its field.
    shown_here = sorted(filter(_may_show, _forms()), key=_is_of_blueprints)
    labels = {name: field for form in shown_here for name, field in _fields_of(form)}
    shown = [(name, value) for name, value in fields if value.strip() and not SENT_WORD.fullmatch(value)]
    return [(_label(labels.get(name)), value) for name, value in shown]


def typed_now(said: Iterable[tuple[str, str]] = ()) -> Typed:
    """Return the copyable text of the request's form, without what the page ``said`` already."""
    texts = [text for _, text in said]
    return [(label, value) for label, value in readable(typed()) if not any(value in text for text in texts)]


def _label(field: UnboundField[Field] | None) -> str:
    given = (field.args[0] if field.args else field.kwargs.get("label")) if field is not None else None
    return str(given or "")


def _forms(base: type[TypedForm] = TypedForm) -> Iterator[type[TypedForm]]:
    for below in base.__subclasses__():
        yield below
        yield from _forms(below)


def _fields_of(form: type[TypedForm]) -> Iterator[tuple[str, UnboundField[Field]]]:
    for name in dir(form):
        field = getattr(form, name, None)
        if isinstance(field, UnboundField):
            yield name, field


def _is_dropped(name: str) -> bool:
    """Tell whether a name belongs to a secret or to something not typed, in a form that this view could show."""
    if name == current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"):
        return True
    kinds = [
        field.field_class for form in _forms() if _may_show(form) for each, field in _fields_of(form) if each == name
    ]
    return any(issubclass(kind, (*SECRETS, HiddenField)) for kind in kinds)


def _may_show(form: type[TypedForm]) -> bool:
    """Tell whether this view may show the form: other parts of the portal reuse names for other things."""
    part = form.__module__.split(".")[:3]
    if part[:2] != ["portal", "blueprints"]:
        return True
    if request.endpoint is None:
        return True
    # By its module: a package may hold several blueprints, of other names than its own.
    return current_app.view_functions[request.endpoint].__module__.split(".")[:3] == part


def _is_of_blueprints(form: type[TypedForm]) -> bool:
    return form.__module__.startswith("portal.blueprints.")


def keep(answer: BaseResponse, *, user_id: int) -> BaseResponse:
    """Return the answer with the typed text of this request in a cookie, sealed for the account.

    Text too long for a cookie is shown for copying instead of the answer.
    """
    fields = typed()
    if not readable(fields):
        return answer
    until = (runtime.now() + LIFE).timestamp()
    sealed = sealed_text.seal([until, request.path, page_of_request(), fields], owner=_owner(user_id))
    if sealed is None:
        return shown_to_copy(fields)
    answer.set_cookie(
        COOKIE, sealed, max_age=LIFE, secure=runtime.settings().https, httponly=True, samesite="Lax", path="/"
    )
    return answer


def shown_to_copy(fields: Typed) -> Response:
    """Answer 400 with the typed text, to be copied before signing in."""
    template = current_app.jinja_env.get_template("errors/400.html")
    return make_response(template.render(typed=readable(fields), ended=True), 400)


def _owner(user_id: int) -> str:
    return f"kept work of account {user_id}"


def kept_for(user_id: int) -> Work | None:
    """Return the work this browser keeps for the account; None when another's, older than an hour, or absent."""
    if not (given := request.cookies.get(COOKIE)):
        return None
    said = sealed_text.unseal(given, owner=_owner(user_id))
    if said is None:
        return None
    until, action, page, fields = said
    if runtime.now() >= datetime.fromtimestamp(until, runtime.now().tzinfo):
        return None
    return Work(action, page, [(name, value) for name, value in fields])


def offered() -> Work | None:
    """Return the work offered on this page: kept for the signed-in person, and typed here."""
    if request.method != "GET" or COOKIE not in request.cookies:
        return None
    if "kept_work" not in g:
        visitor = signed_in_visitor()
        work = kept_for(visitor.signed_in.user_id) if visitor else None
        here = work is not None and request.path in (work.page.partition("?")[0], work.action)
        g.kept_work = work if here else None
    return g.kept_work  # type: ignore[no-any-return]


def fill(form: TypedForm) -> None:
    """Fill the form that the offered text was typed into; nothing is submitted."""
    work = offered()
    if work is None:
        return
    given: MultiDict[str, str] = MultiDict(work.fields)
    known = {name for each in _forms() for name, _ in _fields_of(each)} & set(given)
    if not known or not known <= set(form._fields):
        return
    for name, field in form._fields.items():
        if isinstance(field, (*SECRETS, *FILES, HiddenField)):
            continue
        if name in given or isinstance(field, BooleanField):
            field.raw_data = given.getlist(name)
            try:
                field.process_formdata(field.raw_data)
            except ValueError:
                # Shown as typed; its errors appear when it is submitted.
                continue
    g.kept_filled = True


@dataclass(frozen=True, slots=True)
class Offer:
    """Banner above a page: the copyable text, and whether it stands in its form again."""

    typed: Typed
    is_filled: bool


def offer() -> Offer | None:
    """Return the offer of this page; None on any other page."""
    work = offered()
    return None if work is None else Offer(readable(work.fields), "kept_filled" in g)


def forget(answer: Response) -> Response:
    """Drop the kept work once its form was accepted, and at a sign-out."""
    if request.method != "POST" or COOKIE not in request.cookies or answer.status_code >= 400:
        return answer
    visitor = signed_in_visitor()
    work = kept_for(visitor.signed_in.user_id) if visitor else None
    if request.endpoint == "login.sign_out" or (work is not None and work.action == request.path):
        answer.delete_cookie(COOKIE, path="/", secure=runtime.settings().https, httponly=True, samesite="Lax")
    return answer


def init_app(app: Flask) -> None:
    """Register the hooks that fill forms, offer kept work and drop it."""
    app.extensions["portal.fill"] = fill
    app.extensions["portal.keep"] = keep
    app.jinja_env.globals |= {"kept_work": offer, "typed_now": typed_now}
    app.after_request(forget)
