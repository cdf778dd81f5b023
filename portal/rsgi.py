"""Application as granian serves it: ``portal.rsgi:app``, whose threads never wait for clients."""

from __future__ import annotations

import sys
from typing import cast

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from portal import create_app
from portal.web import distributor, errors, headers, metrics, readiness

from .config import BODY_SECONDS, BadSettings
from .server.front import Front
from .web.limits import MAX_BYTES, longest_body

# Statuses that the front answers without the application.
OF_THE_FRONT = (408, 500, 503)
# Requests a process works on at once; more would wait for one another.
THREADS = 2


def fronted(app: Flask) -> Front:
    """Return the application behind its front."""
    settings = app.extensions.get("portal.settings")
    patience = settings.body_seconds if settings else BODY_SECONDS
    return Front(
        app,
        threads=THREADS,
        patience_seconds=patience,
        usual_bytes=MAX_BYTES,
        longest_of=longest_body(app),
        pages=pages_of(app),
        behind_proxy=bool(settings and settings.behind_proxy),
        begin=lambda: metrics.open_port(app),
    )


def pages_of(app: Flask) -> dict[int, tuple[list[tuple[str, str]], bytes]]:
    """Return the pages of the front's own refusals, with headers, rendered as the application would."""
    settings = app.extensions.get("portal.settings")
    if settings is None:
        return {}
    # Flask builds no address for a request to a foreign host.
    host = next((name.lstrip(".") for name in settings.trusted_hosts), "localhost")
    found = {}
    for status in OF_THE_FRONT:
        with app.test_request_context("/", base_url=f"https://{host}"):
            page = errors.page_of(status)
            # Not through the application's response hooks: those need the session.
            answer = headers.dressed(page, settings)
        found[status] = (
            [(name.lower(), value) for name, value in answer.headers.items() if name != "Content-Length"],
            answer.get_data(),
        )
    return found


def refuse_unfit(front: Front) -> None:
    """End with one line when the database is away, behind the program, or sealed under another pepper."""
    try:
        problem = readiness.find_problem(cast("Flask", front.app))
    except SQLAlchemyError as error:
        sys.exit(f"Error: The database cannot be used: {type(error).__name__}.")
    if problem is not None:
        sys.exit(f"Error: {problem}.")


def __getattr__(name: str) -> Front:
    # Made on access, so that tests can put another application behind the same front.
    if name != "app":
        raise AttributeError(name)
    try:
        app = create_app()
        readiness.guard(app)
        # Before the pages that the front answers by itself are made.
        distributor.learn(app)
        front = fronted(app)
        # Otherwise each fork would do it at its first question, in memory of its own.
        configure_mappers()
        # Forks of this process make connections of their own: no two may use one.
        app.extensions["portal.engine"].dispose()
        return front
    except BadSettings as error:
        # One line, not a traceback per process.
        sys.exit(f"Error: {error}")
