"""Logs: one JSON object a line, with the request's id; never a key, a password or a form."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

HOST = socket.gethostname()


def _name_the_process(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Add process and host: several processes write into one log."""
    line["host"], line["pid"] = HOST, os.getpid()
    return line


def configure() -> None:
    """Send the events of structlog to stderr as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _name_the_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up per line: tests and servers replace the stream.
        logger_factory=lambda *_arguments: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Give each request an id, and log each answer except health checks and static files."""
    configure()
    log = structlog.get_logger("portal.requests")

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        request_id = g.get("request_id", "")
        response.headers["X-Request-ID"] = request_id
        if request.endpoint not in ("assets", "health.live"):
            log.info(
                "request",
                request_id=request_id,
                method=request.method,
                route=str(request.url_rule) if request.url_rule else None,
                status=response.status_code,
                milliseconds=round((perf_counter() - g.get("began", perf_counter())) * 1000, 1),
            )
        return response
