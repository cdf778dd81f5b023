"""Log of requests: an id for each, a line for each answer, and on every line of a request who asked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from portal import logs

# Asked for so often that their lines would hide the others: static files, health checks, metrics.
NOT_LOGGED = ("assets", "health.live", "metrics")


def facts() -> Mapping[str, Any]:
    """Return what every line of the request in hand says: its id, the client's address, account or token if known.

    Asks nothing of the database: the account is known once the session was looked up.
    """
    if not has_request_context():
        return {}
    # The objects behind the proxies: each access through a proxy asks for the context again.
    held = vars(g._get_current_object())
    found = {"request_id": held.get("request_id", ""), "client": request.remote_addr}
    if (calling := held.get("caller")) is not None:
        found["token"] = calling.token_id
    elif (signed_in := getattr(held.get("_login_user"), "signed_in", None)) is not None:
        found["account"] = signed_in.public_id
    return found


def init_app(app: Flask) -> None:
    """Give each request an id, and log each answer except health checks and static files."""
    logs.configure()
    logs.enrich(facts)

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        now = perf_counter()
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if request.endpoint not in NOT_LOGGED:
            line = {
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "milliseconds": round((now - g.get("began", now)) * 1000, 1),
            }
            logs.write_line("request", line)
        return response
