"""Metrics of requests, and ``/metrics`` for who brings its token; nothing is loaded or counted unless that is set."""

from __future__ import annotations

import hmac
from time import perf_counter
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, abort, current_app, g, request
from flask.globals import request_ctx

from portal.config import Settings

from .access import Audience, open_to

if TYPE_CHECKING:
    from portal.metrics import Exposition, Instruments

EXPOSITION = "portal.metrics"
ENDPOINT = "metrics"


def init_app(app: Flask, settings: Settings) -> None:
    """Count requests, if somebody may read the counts."""
    if not settings.has_metrics:
        return
    from portal.metrics import Exposition, Instruments

    from .backup_plan import backup_plan_of

    instruments = Instruments(settings.instance)
    instruments.start()
    instruments.watch(app.extensions["portal.engine"])
    plan = backup_plan_of(settings)
    app.extensions[EXPOSITION] = Exposition(instruments, settings, app.extensions["portal.sessions"], plan)
    _count(app, instruments)
    if settings.metrics_token is not None:
        app.add_url_rule("/metrics", ENDPOINT, read)


def open_port(app: Flask) -> None:
    """Answer at the port of the settings, if there is one; called in the process that serves."""
    settings = cast("Settings | None", app.extensions.get("portal.settings"))
    exposition = app.extensions.get(EXPOSITION)
    if settings is not None and exposition is not None and settings.metrics_port is not None:
        from portal import metrics

        metrics.open_port(exposition, settings.metrics_port, after=metrics.LEAVE_SECONDS)


@open_to(Audience.PUBLIC)
def read() -> Response:
    """Return the metrics to who brings the token; 404, as any address that is not there, to everybody else."""
    exposition = cast("Exposition | None", current_app.extensions.get(EXPOSITION))
    token = cast("Settings", current_app.extensions["portal.settings"]).metrics_token
    given = request.authorization
    if exposition is None or token is None or given is None or given.type != "bearer" or not given.token:
        abort(404)
    if not hmac.compare_digest(given.token.encode(), token.encode()):
        abort(404)
    from portal.metrics import exposition as text

    return Response(exposition.write(), content_type=text.CONTENT_TYPE)


def _count(app: Flask, instruments: Instruments) -> None:
    @app.after_request
    def finish(response: Response) -> Response:
        # The objects behind the proxies: each access through a proxy asks for the context again.
        asked, now = request_ctx.request, perf_counter()
        kept = vars(g._get_current_object())
        began = kept.get("began", now)
        rule = asked.url_rule
        if read_by := kept.get("replica_read"):
            instruments.replica_reads.labels(read_by).inc()
        instruments.count_request(rule.rule if rule else None, asked.method, response.status_code, seconds=now - began)
        return response
