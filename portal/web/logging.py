"""Logs: one JSON object a line, with the request's id; never a key, a password or a form."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from json import JSONEncoder
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict

HOST = socket.gethostname()
# Asked for so often that their lines would hide the others: static files and health checks.
NOT_LOGGED = ("assets", "health.live")
_spelled = JSONEncoder(ensure_ascii=False).encode


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


def write_line(event: str, fields: Mapping[str, Any]) -> None:
    """Write one line of level ``info`` with ``fields`` (of JSON's own types), past structlog, in half of its time.

    For the line of each request, in the shape of every other line. One write: lines of several threads never mix.
    """
    moment = datetime.now(UTC).replace(tzinfo=None).isoformat()
    line = {**fields, "event": event, "host": HOST, "pid": os.getpid(), "level": "info", "timestamp": f"{moment}Z"}
    sys.stderr.write(f"{_spelled(line)}\n")


def init_app(app: Flask) -> None:
    """Give each request an id, and log each answer except health checks and static files."""
    configure()

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        request_id, now = g.get("request_id", ""), perf_counter()
        response.headers["X-Request-ID"] = request_id
        if request.endpoint not in NOT_LOGGED:
            line = {
                "request_id": request_id,
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "milliseconds": round((now - g.get("began", now)) * 1000, 1),
            }
            write_line("request", line)
        return response
