"""Access to views: closed by default, decided before the view runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar, cast

import structlog
from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from portal.domain.accounts import CONSOLE_ROLES, Function, Role, Scope, StaffScope, may
from portal.domain.attempts import normalise_address
from portal.services.keys import grants
from portal.services.people import api_tokens, sessions, staff_tokens
from portal.services.store import counters
from portal.services.store.acts import Act, Actor
from portal.services.store.identity import make_stranger

from . import database, limits, runtime
from .extensions import csrf, login_manager
from .whence import SAFE, refuse_foreign_origin

log = structlog.get_logger("portal.web.access")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
DEVICE_COOKIE = "portal-device"


class Audience(Enum):
    """Audience of a view."""

    PUBLIC = auto()
    SIGNED_IN = auto()
    CUSTOMER = auto()
    # Customers, and agents, who see what a verified call opens to them.
    NOMINATOR = auto()
    STAFF = auto()


@dataclass(frozen=True, slots=True)
class Staff:
    """Accounts of the consoles whose role has a function: ``open_to(Staff(Function.READ_CASES))``."""

    function: Function

    @property
    def name(self) -> str:
        """Name printed by ``portal routes``."""
        return f"STAFF:{self.function.value}"


@dataclass(frozen=True, slots=True)
class Token:
    """Systems of customers whose token has a scope: ``open_to(Token(Scope.READ))``. No cookie opens such a view."""

    scope: Scope

    @property
    def name(self) -> str:
        """Name printed by ``portal routes``."""
        return f"API:{self.scope.value}"


@dataclass(frozen=True, slots=True)
class StaffToken:
    """The distributor's own systems whose token has a scope and whose maker has a function (adr/0137)."""

    scope: StaffScope
    function: Function

    @property
    def name(self) -> str:
        """Name printed by ``portal routes``."""
        return f"API:{self.scope.value}:{self.function.value}"


Audiences = Audience | Staff | Token | StaffToken


def open_to(audience: Audiences) -> Callable[[View], View]:
    """Declare the audience of a view; a view without one answers 404 to everybody.

    ``Audience.STAFF`` is every account of the consoles; ``Staff(function)`` those whose role has the function;
    ``Token(scope)`` the systems of customers; ``StaffToken(scope, function)`` those of the distributor.
    """

    def declare(view: View) -> View:
        view.audience = audience  # type: ignore[attr-defined]
        return view

    return declare


def refreshes(suffix: str) -> Callable[[View], View]:
    """Declare that an open page requests a view by itself: such a request does not prolong the session.

    ``suffix`` is what its path adds to that of the page, to which a new sign-in leads. The view declares it, not the
    request, so that nobody can mark another request as uncounted.
    """

    def declare(view: View) -> View:
        view.refreshes = suffix  # type: ignore[attr-defined]
        return view

    return declare


def page_behind(view: object) -> str | None:
    """Return the path of the page that requests this view by itself, None for a view that people open."""
    suffix = getattr(view, "refreshes", None)
    return None if suffix is None else request.path.removesuffix(suffix)


def audience_of(view: object) -> Audiences | None:
    """Return the declared audience of a view function, None without one."""
    return getattr(view, "audience", None)


class Visitor(UserMixin):
    """Signed-in person for flask-login; the cookie holds the session's token, never the account's id."""

    def __init__(self, token: str, signed_in: sessions.SignedIn) -> None:
        self.token = token
        self.signed_in = signed_in
        self.name = signed_in.name
        self.email = signed_in.email
        self.role = signed_in.role
        self.is_staff = signed_in.role in CONSOLE_ROLES

    def get_id(self) -> str:
        """Return the token, which flask-login keeps in the signed cookie."""
        return self.token


def init_app(app: Flask) -> None:
    """Bind the session loader and the gate that every request passes."""
    login_manager.init_app(app)
    login_manager.session_protection = None
    csrf.init_app(app)
    app.before_request(_gate)


@login_manager.user_loader
def _load(token: str) -> Visitor | None:
    signed_in = sessions.look_up(database.current(), token=token, now=runtime.now())
    return Visitor(token, signed_in) if signed_in else None


def _gate() -> ResponseReturnValue | None:
    if request.endpoint is None or request.routing_exception is not None:
        return None

    audience = audience_of(current_app.view_functions[request.endpoint])
    # No name contains a NUL character, and PostgreSQL refuses one in a query.
    if audience is None or "\0" in request.path:
        abort(404)
    if isinstance(audience, Token):
        _take_token(audience.scope)
        return None
    if isinstance(audience, StaffToken):
        _take_staff_token(audience)
        return None
    if audience is not Audience.PUBLIC:
        visitor = signed_in_visitor()
        if visitor is None:
            return _led_to_sign_in(current_app.view_functions[request.endpoint])
        _refuse_others(visitor.role, audience)
        if page_behind(current_app.view_functions[request.endpoint]) is None:
            sessions.touch(database.current(), signed_in=visitor.signed_in, now=runtime.now())
    if request.method not in SAFE:
        refuse_foreign_origin()
        # After the access decision, before the form is read for its token.
        limits.widen(current_app.view_functions[request.endpoint])
        csrf.protect()
        if audience is Audience.PUBLIC and not limits.counts_itself(current_app.view_functions[request.endpoint]):
            charge_form()
    return None


def _led_to_sign_in(view: object) -> ResponseReturnValue:
    """Redirect to the sign-in; text typed in a session that ended goes along, sealed for its account."""
    answer = redirect(url_for("login.sign_in", siguiente=_wanted()), 303)
    ended = ended_session() if request.method == "POST" else None
    if ended is None:
        return answer
    refuse_foreign_origin()
    limits.widen(view)
    csrf.protect()
    return cast("Callable[..., ResponseReturnValue]", current_app.extensions["portal.keep"])(
        answer, user_id=ended.user_id
    )


def ended_session() -> sessions.Ended | None:
    """Return the account whose session in this browser ended, and why; None without one, or with a live one."""
    token = session.get("_user_id")
    return sessions.look_up_ended(database.current(), token=token, now=runtime.now()) if token else None


def charge_form() -> None:
    """Charge a form sent without an account to its address; raises ``TooManyAttempts`` (429) beyond the limit."""
    counters.charge(database.current(), form=request.endpoint or "", address=address(), now=runtime.now())


def _refuse_others(role: Role, audience: Audience | Staff) -> None:
    """Answer 404 outside the audience, and 403 to an account of the consoles without the function."""
    if audience is Audience.SIGNED_IN:
        return
    if audience is Audience.NOMINATOR:
        if role in CONSOLE_ROLES and not may(role, Function.NOMINATE_FOR_CALLERS):
            abort(404)
        return
    if (audience is Audience.CUSTOMER) is (role in CONSOLE_ROLES):
        abort(404)
    if isinstance(audience, Staff) and not may(role, audience.function):
        abort(403)


def _take_token(scope: Scope) -> None:
    """Load the system behind the token of the request: 401 without one, 429 too often, 403 without the scope.

    Neither cookie nor form token is read: a signed-in browser never sends such a header by itself.
    """
    token = _bearer()
    found = api_tokens.look_up(database.current(), token=token, address=address(), now=runtime.now()) if token else None
    if found is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "portal API"}))
    api_tokens.charge(database.current(), caller=found, now=runtime.now())
    if scope not in found.scopes:
        abort(403)
    g.caller = found


def _take_staff_token(audience: StaffToken) -> None:
    """Load the distributor's system behind the token, as ``_take_token``; 403 too if its maker lacks the function."""
    token = _bearer()
    session, now = database.current(), runtime.now()
    found = staff_tokens.look_up(session, token=token, address=address(), now=now) if token else None
    if found is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "portal API"}))
    staff_tokens.charge(session, caller=found, now=now)
    if audience.scope not in found.scopes or not may(found.actor.role, audience.function):
        abort(403)
    # As the views of the consoles: in the log, by account.
    log.info(
        "staff token used",
        request_id=g.get("request_id"),
        user_id=found.actor.user_id,
        token_id=found.token_id,
        endpoint=request.endpoint,
    )
    g.caller = found


def _bearer() -> str | None:
    given = request.authorization
    return given.token if given is not None and given.type == "bearer" else None


def caller() -> api_tokens.Caller:
    """Return the calling system; only in views for tokens."""
    return cast("api_tokens.Caller", g.caller)


def _wanted() -> str:
    """Return where to go after signing in: this page, or for a form the page it stood on."""
    if request.endpoint is not None and (page := page_behind(current_app.view_functions[request.endpoint])) is not None:
        return page
    return request.full_path.rstrip("?") if request.method in SAFE else request.path


def signed_in_visitor() -> Visitor | None:
    """Return the signed-in person, None without one."""
    # The object behind the proxy: each access through the proxy asks flask-login again.
    visitor = current_user._get_current_object()
    return cast("Visitor", visitor) if visitor.is_authenticated else None


def me() -> Actor:
    """Return the signed-in person as the actor of a use case; only in views that are not public."""
    visitor = signed_in_visitor()
    if visitor is None:
        raise RuntimeError("this view is open to people who are not signed in")
    return _actor(visitor.signed_in)


def act() -> Act:
    """Return the act of this request: by the system behind its token, the signed-in person, or a stranger."""
    if (calling := g.get("caller")) is not None:
        actor = cast("api_tokens.Caller | staff_tokens.StaffCaller", calling).actor
    elif (visitor := signed_in_visitor()) is not None:
        actor = _actor(visitor.signed_in)
    else:
        actor = make_stranger(address=address())
    return Act(database.current(), actor, runtime.now(), runtime.clock)


def awaiting_second_factor() -> Actor | None:
    """Return who gave a right password in this browser and still owes the second factor; for that one page."""
    found = sessions.look_up_awaiting(database.current(), token=session.get("_user_id", ""), now=runtime.now())
    return _actor(found) if found else None


def _actor(signed_in: sessions.SignedIn) -> Actor:
    return Actor(
        user_id=signed_in.user_id,
        email=signed_in.email,
        name=signed_in.name,
        role=signed_in.role,
        session_id=signed_in.session_id,
        address=address(),
        channel="web",
    )


def address() -> str:
    """Return the network address that limits count (``normalise_address``); empty without one."""
    try:
        return normalise_address(request.remote_addr or "")
    except ValueError:
        return ""


def start_session(token: str) -> Role:
    """Put a new session's token in the cookie, drop all else in it, and return the role."""
    session.clear()
    # The form token of this request belonged to the dropped session.
    g.pop("csrf_token", None)
    signed_in = sessions.look_up(database.current(), token=token, now=runtime.now())
    if signed_in is None:
        raise RuntimeError("the session that was just begun is not there")
    login_user(Visitor(token, signed_in))
    return signed_in.role


def start_awaiting(token: str) -> None:
    """Put the token of a session that owes its second factor in the cookie; it opens nothing else."""
    session.clear()
    carry_token(token)


def carry_token(token: str) -> None:
    """Put the rotated token of the same session in the cookie (after each unlock)."""
    session["_user_id"] = token


def forget_session() -> None:
    """Drop the cookie's token and everything else in it."""
    logout_user()
    session.clear()


def use_grants() -> None:
    """Prolong the grants of this session; called by the views that rest on one."""
    grants.keep_alive(act())
