"""Page without a network, and the service worker that keeps it: nothing else is kept of the portal (adr/0124)."""

from __future__ import annotations

import hashlib
import json

from flask import Response, current_app, make_response, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from portal.web import runtime
from portal.web.access import Audience, open_to
from portal.web.answers import validated
from portal.web.assets import address_of, content_of
from portal.web.distributor import refresh

from .icons import icon_url
from .views import blueprint

SCRIPT = "text/javascript; charset=utf-8"


@blueprint.record
def _tell_templates(state: BlueprintSetupState) -> None:
    """Let base.html name the worker where it is on."""
    state.app.jinja_env.globals["offline_page"] = state.app.extensions["portal.settings"].offline_page


@blueprint.get("/sin-red")
@open_to(Audience.PUBLIC)
def offline() -> ResponseReturnValue:
    """Say what can be done without a network; the page is the same for everybody."""
    refresh()
    return make_response(_shell())


@blueprint.get("/sin-red.js")
@open_to(Audience.PUBLIC)
def worker() -> ResponseReturnValue:
    """Give the service worker, which changes with its page and style sheet; where it is off, one that ends it."""
    refresh()
    if not runtime.settings().offline_page:
        return _script(content_of("js/sin-red-fin.js"))
    style = address_of("css/site.css")
    version = hashlib.sha256(f"{style}\n{_shell()}".encode()).hexdigest()[:12]
    kept = {"PAGE": url_for("market.offline"), "STYLE": style, "VERSION": version, "ICON": icon_url("192.png")}
    named = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in kept.items())
    return _script(named.encode() + content_of("js/sin-red.js"))


def _script(content: bytes) -> ResponseReturnValue:
    answer = validated(Response(content, content_type=SCRIPT))
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


def _shell() -> str:
    """Return the page, rendered past the context processors: without anything of who asks."""
    return current_app.jinja_env.get_template("market/offline.html").render()
