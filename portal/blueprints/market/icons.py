"""Icons of the portal in the distributor's colours: for the tab, the telephone's screen and the manifest (adr/0124)."""

from __future__ import annotations

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.papers import app_icon
from portal.web.access import Audience, open_to
from portal.web.answers import validated
from portal.web.assets import YEAR
from portal.web.distributor import current, last_read

from .views import blueprint

PNG, SVG, ICO = "image/png", "image/svg+xml; charset=utf-8", "image/x-icon"
DRAWING, APPLE = "icono.svg", "apple-touch-icon.png"


@blueprint.get("/iconos/<name>")
@open_to(Audience.PUBLIC)
def icon(name: str) -> ResponseReturnValue:
    """Give the drawing, or a picture of it."""
    colours = current().colours
    if name == DRAWING:
        return _answer(app_icon.draw_svg(colours).encode(), SVG)
    if name not in app_icon.PICTURES:
        abort(404)
    side, shape = app_icon.PICTURES[name]
    return _answer(app_icon.draw_png(colours, side, shape), PNG)


@blueprint.get("/apple-touch-icon.png")
@open_to(Audience.PUBLIC)
def apple_touch_icon() -> ResponseReturnValue:
    """Give the picture that telephones ask for at this address without being told."""
    return icon(APPLE)


@blueprint.get("/favicon.ico")
@open_to(Audience.PUBLIC)
def favicon() -> ResponseReturnValue:
    """Give the picture that browsers ask for at this address without being told."""
    return _answer(app_icon.draw_favicon(current().colours), ICO)


@blueprint.app_template_global()
def icon_url(name: str) -> str:
    """Return the address of an icon with its version; for templates ``icon_url("icono.svg")``."""
    return url_for("market.icon", name=name, v=app_icon.version_of(last_read().colours))


def _answer(content: bytes, kind: str) -> ResponseReturnValue:
    """Answer with a picture; an address with a version may be kept for a year."""
    answer = validated(Response(content, content_type=kind))
    if request.args.get("v") == app_icon.version_of(current().colours):
        answer.headers["Cache-Control"] = YEAR
    return answer
