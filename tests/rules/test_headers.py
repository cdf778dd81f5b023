"""The headers of every answer, whatever its route and status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from portal.web.access import Audience, open_to
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.blueprints.database_away import on_engine
from tests.rules.visit import Visit

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = "public, max-age=31536000, immutable"


FOR_MACHINES = (
    *("market.robots", "market.sitemap", "market.manifest", "market.worker", "market.guide_pdf"),
    *("market.icon", "market.apple_touch_icon", "market.favicon"),
)
# Published to everybody, and asked for again with its validator.
ASKED_AGAIN = {"market.tariff_json", "market.tariff_csv", "market.heating_csv", "market.document_file", *FOR_MACHINES}
VALIDATED = "public, no-cache"
# Pages without anything of the visitor: kept by the browser of a stranger, never of somebody signed in (adr/0123).
SHARED = "private, no-cache"


def wanting(headers: Headers, *, kept: bool = False, cache: str = "no-store") -> list[str]:
    """What the headers of an answer lack, one sentence each; `kept` for a file whose address carries its version."""
    pairs = [part.split(None, 1) for part in headers.get("Content-Security-Policy", "").split("; ") if part]
    found = [] if dict(map(tuple, pairs)) == POLICY else [f"the policy is {pairs}"]
    found += [f"{name} is {headers.get(name)}" for name, value in FIXED.items() if headers.get(name) != value]
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("nothing is said of camera and the like")
    if headers.get("Cache-Control") != (YEAR if kept else cache):
        found.append(f"Cache-Control is {headers.get('Cache-Control')}")
    if not re.fullmatch("[0-9a-f]{16}", headers.get("X-Request-ID", "")):
        found.append(f"X-Request-ID is {headers.get('X-Request-ID')!r}")
    found += [f"{name} tells what serves" for name in ("Server", "X-Powered-By") if name in headers]
    return found


def caching(rule: Rule, method: str, *, stranger: bool) -> str:
    """What a route says of keeping its answer."""
    if method not in ("GET", "HEAD"):
        return "no-store"
    if rule.endpoint in ASKED_AGAIN:
        return VALIDATED
    of_market = rule.endpoint.startswith("market.") and not rule.rule.endswith(".ics")
    return SHARED if stranger and (of_market or rule.endpoint == "pqr.index") else "no-store"


def test_every_route_answers_everybody_with_every_header(everything: Visit, subtests: pytest.Subtests):
    stranger = everything.portal.browser()
    for browser in (stranger, everything.customer.browser, everything.staff):
        client = browser.client
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT"):
            for rule, url in everything.urls():
                cache = caching(rule, method, stranger=browser is stranger)
                with subtests.test(method=method, rule=rule.rule):
                    assert not wanting(client.open(url, method=method).headers, cache=cache)
                    boosted = client.open(url, method=method, headers={"HX-Request": "true"})
                    assert not wanting(boosted.headers, cache=cache)


def test_every_status_is_answered_with_every_header(everything: Visit):
    portal, customer = everything.portal, everything.customer
    client = customer.browser.client
    page = customer.choose_day()
    seen = {200: client.get("/salud").headers, 404: client.get("/nada").headers, 405: client.put("/").headers}
    seen[303] = portal.browser().client.get("/nominacion").headers
    seen[400] = client.post(page.url).headers
    seen[413] = client.post(page.url, data={"quantity": "x" * 70_000}).headers
    seen[422] = page.form().fill(quantity="x").submit().headers
    page.form().fill(quantity="7").submit()
    seen[409] = page.form().fill(quantity="8").submit().headers
    review = customer.review()
    for _ in range(6):
        refused = customer.sign(review, customer.wrong_code)
        seen[refused.status] = refused.headers
    with on_engine(portal, "sqlite:////nowhere/portal.db"):
        seen[503] = client.get("/nominacion").headers
    assert {200, 303, 400, 404, 405, 409, 413, 422, 429, 503} == seen.keys()
    assert {status: wanting(headers) for status, headers in seen.items() if wanting(headers)} == {}


def test_a_failure_is_answered_with_every_header(portal: RunningPortal):
    @open_to(Audience.PUBLIC)
    def fail() -> str:
        raise ZeroDivisionError

    portal.app.add_url_rule("/falla", view_func=fail)
    answer = portal.app.test_client().get("/falla")
    assert answer.status_code == 500
    assert not wanting(answer.headers)


def test_a_missing_header_is_found(portal: RunningPortal):
    headers = portal.app.test_client().get("/salud").headers
    assert not wanting(headers)
    for name in ("Content-Security-Policy", "Permissions-Policy", "Cache-Control", "X-Request-ID", *FIXED):
        less = Headers([pair for pair in headers if pair[0] != name])
        assert wanting(less), name
    loose = Headers(headers)
    loose["Content-Security-Policy"] = headers["Content-Security-Policy"].replace("'self'", "'self' 'unsafe-inline'")
    assert wanting(loose)


def test_only_a_file_whose_address_carries_its_version_may_be_kept(portal: RunningPortal):
    client = portal.app.test_client()
    with portal.app.app_context():
        versioned = portal.app.jinja_env.globals["asset"]("css/site.css")
    assert not wanting(client.get(versioned).headers, kept=True)
    for url in ("/estaticos/css/site.css", "/estaticos/css/site.css?v=0", "/estaticos/nada.css"):
        assert not wanting(client.get(url).headers)


def test_no_two_requests_share_an_id(portal: RunningPortal):
    client = portal.app.test_client()
    assert len({client.get("/salud").headers["X-Request-ID"] for _ in range(20)}) == 20


def test_under_https_the_cookie_is_bound_to_the_host_and_the_browser_comes_back_by_https(
    sqlite_url: str, tmp_path: Path, clock: SetClock
):
    for portal in run(settings_for(sqlite_url, tmp_path, clock, base_url="https://clientes.example.co")):
        answer = portal.app.test_client().get("/ingreso", base_url="https://clientes.example.co")
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-portal=")
        for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert flag in cookie
