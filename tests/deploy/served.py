"""The portal as the proxies' tests serve it: in production, with a page that says what it knows of a request."""

from __future__ import annotations

import json

from flask import Flask, request

from portal import create_app
from portal.web.access import Audience, open_to


def with_an_echo() -> Flask:
    """The portal, with an address that answers as JSON who asked, how, and under which name."""
    app = create_app()

    @open_to(Audience.PUBLIC)
    def echo() -> str:
        return json.dumps(
            {
                "address": request.remote_addr,
                "scheme": request.scheme,
                "host": request.host,
                "forwarded": [
                    name for name, _value in request.headers if name.lower().startswith(("forwarded", "x-real"))
                ],
            }
        )

    app.add_url_rule("/eco.json", "echo", echo)
    return app
