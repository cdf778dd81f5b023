"""Errors and their answers, by the table of docs/architecture.md."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError, Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from portal.services.store.constraints import name_of
from portal.services.store.refusals import (
    Busy,
    CallNeeded,
    Conflict,
    NotAllowed,
    NotFound,
    StepMissing,
    TooManyAttempts,
)
from portal.services.store.transactions import is_unsure

from . import kept_work, problems, runtime
from .access import signed_in_visitor
from .answers import NotChosen
from .whence import lead_back

log = structlog.get_logger("portal.web.errors")
RETRY_SECONDS = 30
KNOWN = (400, 403, 404, 405, 413, 429, 500, 503)


def init_app(app: Flask) -> None:
    """Bind a handler to each kind of error."""
    app.register_error_handler(NotFound, _not_there)
    app.register_error_handler(NotAllowed, _not_there)
    app.register_error_handler(StepMissing, _step_missing)
    app.register_error_handler(CallNeeded, _call_needed)
    app.register_error_handler(TooManyAttempts, _too_many)
    app.register_error_handler(Busy, _unavailable)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(NotChosen, _not_chosen)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(PoolTimeout, _unavailable)
    app.register_error_handler(IntegrityError, _constraint)
    app.register_error_handler(StaleDataError, _raced)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _ours)


def _plain(status: int, **context: Any) -> Response:
    """Answer with a page that shows nothing of the request and asks nothing of the database.

    Rendered past Flask's context processors, which load the signed-in person and fail without a database. The API
    answers in JSON.
    """
    if problems.wanted():
        return problems.of_status(status, until=context.get("until"))
    return page_of(status, **context)


def page_of(status: int, **context: Any) -> Response:
    """Return the page of a status, independent of the request."""
    return make_response(current_app.jinja_env.get_template(f"errors/{status}.html").render(**context), status)


def _not_there(_error: Exception) -> ResponseReturnValue:
    return _plain(404)


def _not_chosen(_error: NotChosen) -> ResponseReturnValue:
    """Name the page to open again: the address of the form, where a page lies at it."""
    adapter = request_ctx.url_adapter
    there = adapter is not None and adapter.test(method="GET")
    typed = kept_work.typed_now()
    return _plain(400, nothing_chosen=True, typed=typed, back=request.full_path.rstrip("?") if there else None)


def _http(error: HTTPException) -> ResponseReturnValue:
    if request_ctx.url_adapter is None:
        # "a..b" is no host name, so no address can be built.
        return _unknown_host(error)
    status = error.code or 500
    if status < 400:
        return error.get_response()
    # The form came from our own page (its origin was checked): its author may copy the text.
    typed = kept_work.typed_now() if isinstance(error, CSRFError) else ()
    answer = _plain(status if status in KNOWN or problems.wanted() else 400, typed=typed)
    answer.status_code = status
    if isinstance(error, Unauthorized):
        answer.headers["WWW-Authenticate"] = ", ".join(map(str, error.www_authenticate or ()))
    if status == 405 and (allowed := getattr(error, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _unknown_host(_error: Exception) -> ResponseReturnValue:
    """Answer in one line: without a valid host no address, and so no page, can be built."""
    if problems.wanted():
        return problems.of_status(400)
    return Response("Ese nombre de sitio no es del portal.\n", 400, mimetype="text/plain")


def _step_missing(error: StepMissing) -> ResponseReturnValue:
    way = "nominations" if request.path.startswith("/nominacion") else "balances"
    if error.step == "web-key":
        # A draft outlives its session: after the key the person returns to it.
        draft = request.path if request.path.startswith(DRAFTS) else None
        where = url_for("web_keys.enter", way=WAYS[way], modality=error.where["modality"].value, siguiente=draft)
        lead_back(where)
        return _keeping(redirect(where, 303))
    if error.step == "numeric-key":
        values = {"modality": error.where["modality"].value, "point": error.where["delivery_point"]}
        back = request.path if request.path.startswith(RECEIPTS) and request.method == "GET" else None
        where = url_for("numeric_keys.enter", **values, siguiente=back)
        lead_back(where)
        return _keeping(redirect(where, 303))
    where = url_for(error.step, **error.where)
    return redirect(where, 303)


def _call_needed(error: CallNeeded) -> ResponseReturnValue:
    """Answer 403 and lead to the last verified call: an agent acts only while one lasts."""
    where = url_for("calls.desk") if error.call is None else url_for("calls.call", call=error.call)
    return make_response(current_app.jinja_env.get_template("errors/no_call.html").render(where=where), 403)


def _keeping(answer: BaseResponse) -> ResponseReturnValue:
    """Keep the typed text until the key is given again: an ended grant is treated as an ended session."""
    visitor = signed_in_visitor() if request.method == "POST" else None
    return answer if visitor is None else kept_work.keep(answer, user_id=visitor.signed_in.user_id)


WAYS = {"balances": "cuentas-de-balance", "nominations": "nominacion"}
DRAFTS = "/nominacion/borradores/"
RECEIPTS = "/nominacion/comprobantes/"


def _too_many(error: TooManyAttempts) -> ResponseReturnValue:
    open_form = error.facts.get("open_form")
    # A form that a guest filled in exists nowhere else; any other attempt is a key or a code, never shown again.
    typed = kept_work.typed_now() if open_form else ()
    answer = _plain(429, until=error.until, open_form=open_form, typed=typed)
    seconds = (error.until - runtime.now()).total_seconds() if error.until else 86400
    answer.headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return answer


def _conflict(error: Conflict) -> ResponseReturnValue:
    if problems.wanted():
        return problems.known(error.reason if error.reason in problems.PROBLEMS else "conflict")
    return make_response(render_template("errors/409.html", reason=error.reason, **error.facts), 409)


def _constraint(error: IntegrityError) -> ResponseReturnValue:
    """Answer 409 to a race that no service foresaw; any other broken constraint is our error."""
    return _raced(error) if name_of(error) else _ours(error)


def _raced(error: Exception) -> ResponseReturnValue:
    """Tell that somebody else was faster, and show the typed text; the transaction was rolled back."""
    log.warning("raced", request_id=g.get("request_id"), route=str(request.url_rule), reason=str(error)[:300])
    if problems.wanted():
        return problems.known("conflict")
    adapter = request_ctx.url_adapter
    there = adapter is not None and adapter.test(method="GET")
    template = current_app.jinja_env.get_template("errors/raced.html")
    typed = kept_work.typed_now()
    return make_response(template.render(typed=typed, back=request.full_path.rstrip("?") if there else None), 409)


def _unavailable(error: Exception) -> ResponseReturnValue:
    log.error("unavailable", request_id=g.get("request_id"), error=type(error).__name__, reason=str(error)[:300])
    answer = _unsure() if _is_unsure() else _plain(503)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _is_unsure() -> bool:
    session = g.get("database_session")
    return session is not None and is_unsure(session)


def _unsure() -> Response:
    """Tell that the outcome of the commit is unknown, and where to look before sending again."""
    if problems.wanted():
        return problems.known("unavailable", detail=problems.UNSURE)
    adapter, path = request_ctx.url_adapter, request.path
    back = request.full_path.rstrip("?") if adapter is not None and adapter.test(method="GET") else None
    look = "el historial de Nominación" if path.startswith("/nominacion") else "la página de donde lo envió"
    return _plain(503, unsure=True, back=back, look=look)


def _database(error: DBAPIError) -> ResponseReturnValue:
    """Answer 503 for a full disk or a lost connection; any other database error is ours."""
    text = str(error.orig).lower()
    passing = error.connection_invalidated or "disk" in text or "readonly" in text or "locked" in text
    return _unavailable(error) if passing else _ours(error)


def _ours(error: Exception) -> ResponseReturnValue:
    log.error("failure", request_id=g.get("request_id"), route=str(request.url_rule), exc_info=error)
    return _plain(500, request_id=g.get("request_id"), at=datetime.now(UTC))
