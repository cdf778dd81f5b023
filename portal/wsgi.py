"""The application as WSGI servers load it: ``portal.wsgi:app``."""

from __future__ import annotations

from portal import create_app

app = create_app()
