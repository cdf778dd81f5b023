"""The application as granian serves it: ``portal.rsgi:app``, whose threads never wait for a client."""

from __future__ import annotations

import sys

from flask import Flask

from portal import create_app, readiness

from .config import BODY_SECONDS, BadSettings
from .front import Front
from .limits import MAX_BYTES, longest_body

# What a process does at once; more would wait for one another.
THREADS = 2


def fronted(app: Flask) -> Front:
    """Return the application behind its front."""
    settings = app.extensions.get("portal.settings")
    patience = settings.body_seconds if settings else BODY_SECONDS
    return Front(app, threads=THREADS, patience_seconds=patience, usual_bytes=MAX_BYTES, longest_of=longest_body(app))


def __getattr__(name: str) -> Front:
    # Made when granian asks for it, so that tests can put another application behind the same front.
    if name != "app":
        raise AttributeError(name)
    try:
        app = create_app()
        readiness.guard(app)
        return fronted(app)
    except BadSettings as error:
        # One line, not a traceback of each process.
        sys.exit(f"Error: {error}")
