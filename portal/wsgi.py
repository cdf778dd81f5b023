"""Application as WSGI servers load it: ``portal.wsgi:app``."""

from __future__ import annotations

from portal import create_app
from portal.web import distributor, readiness

app = create_app()
readiness.guard(app)
distributor.learn(app)
