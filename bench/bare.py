"""Frozen anchor of the measurements: a bare Flask application of one view that answers fixed bytes.

Never to be changed: figures of years are told as multiples of what this costs (docs/performance.md, "Light pages"). It
has no hook, no session, no log and no database, and its body is as long as a month's sheet was in November 2026.
"""

from __future__ import annotations

from flask import Flask, Response

BODY = b"<!doctype html><title>Fixed</title>" + b"<p>62 kB, as a month's sheet.</p>\n" * 1_823


def create_bare_app() -> Flask:
    """Return the application; its view answers at ``/sheet``."""
    app = Flask("bare", static_folder=None)

    @app.get("/sheet")
    def sheet() -> Response:
        return Response(BODY, content_type="text/html; charset=utf-8")

    return app
