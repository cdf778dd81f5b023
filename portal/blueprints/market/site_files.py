"""Files for machines that visit the public pages: robots, the map of the site, the manifest of an installed portal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from portal.domain.tariffs import slug_of
from portal.papers import app_icon
from portal.services import market as market_service
from portal.web import runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import validated
from portal.web.distributor import current

from .icons import APPLE, DRAWING, PNG, icon_url
from .views import blueprint, newest_tariffs

# Everything that asks for an account or a key; a robot would find a sign-in there.
PRIVATE = (
    *("/consola", "/llamadas", "/cuenta", "/cuentas-de-balance", "/nominacion", "/practica", "/inicio", "/api"),
    "/pqr/radicado",
)
PAGES = (
    "market.home",
    "market.tariffs",
    "market.calculator",
    "market.heating_values",
    "market.calendar",
    "market.contract",
    "market.documents",
    "market.guide",
    "market.guide_questions",
    "market.guide_glossary",
    "market.notices",
    "market.privacy",
    "pqr.index",
)


@blueprint.get("/robots.txt")
@open_to(Audience.PUBLIC)
def robots() -> ResponseReturnValue:
    """Tell robots which pages are for everybody."""
    lines = ["User-agent: *", *[f"Disallow: {path}" for path in PRIVATE], f"Sitemap: {_absolute('/sitemap.xml')}"]
    return validated(Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))


@blueprint.get("/sitemap.xml")
@open_to(Audience.PUBLIC)
def sitemap() -> ResponseReturnValue:
    """List the public pages, those of tariffs with the day since which they are shown."""
    entries = "".join(
        f"<url><loc>{escape(_absolute(path))}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for path, day in list_pages()
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )
    return validated(Response(content, content_type="application/xml; charset=utf-8"))


@blueprint.get("/manifest.webmanifest")
@open_to(Audience.PUBLIC)
def manifest() -> ResponseReturnValue:
    """Describe the portal to a telephone that puts it beside its programs."""
    distributor = current()
    described = {
        "id": url_for("market.home"),
        "name": f"{distributor.name} – Clientes no regulados",
        "description": "Cuentas de balance, nominaciones e información del mercado de gas.",
        "short_name": distributor.name,
        "lang": "es-CO",
        # Whose session is over signs in, and is led back here.
        "start_url": url_for("start.start_page"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": distributor.colours.brand,
        "icons": [
            {"src": icon_url(DRAWING), "type": "image/svg+xml", "sizes": "any", "purpose": "any"},
            *[_describe_icon(name, *drawn) for name, drawn in app_icon.PICTURES.items() if name != APPLE],
        ],
        "shortcuts": [
            {"name": "Cuentas de balance", "url": url_for("modalities.balances")},
            {"name": "Nominación", "url": url_for("modalities.nominations")},
        ],
    }
    content = json.dumps(described, ensure_ascii=False)
    return validated(Response(content, content_type="application/manifest+json; charset=utf-8"))


def _describe_icon(name: str, side: int, shape: app_icon.Shape) -> dict[str, str]:
    purpose = "maskable" if shape is app_icon.WHOLE else "any"
    return {"src": icon_url(name), "type": PNG, "sizes": f"{side}x{side}", "purpose": purpose}


def list_pages() -> Iterator[tuple[str, date | None]]:
    """Yield the paths of the public pages, and the day of their last change where it is known."""
    for endpoint in PAGES:
        yield url_for(endpoint), None
    if newest_tariffs() is not None:
        for published in market_service.list_published_months(act()):
            yield url_for("market.tariff_month", month=published.month.isoformat()), published.shown_from
        for published, name in market_service.list_markets(act()):
            month, slug = published.month.isoformat(), slug_of(name)
            yield url_for("market.tariff_market", month=month, market=slug), published.shown_from
    if current().nit:
        for shelved in market_service.list_documents(act()):
            newest = shelved.current or shelved.versions[0]
            yield url_for("market.document", slug=shelved.slug), newest.valid_from
    for gate in market_service.list_gates(act()):
        yield url_for("market.heating_month", gate=gate.code), gate.newest_on.date if gate.newest_on else None


def _absolute(path: str) -> str:
    return runtime.settings().base_url + path
