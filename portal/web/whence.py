"""Origin of a request: the page a person came from and returns to, and whether it is ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, request, session
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from .extensions import htmx

SAFE = ("GET", "HEAD", "OPTIONS")


def page_of_request() -> str:
    """Return the address, inside the portal, of the page that this request came from, or is.

    A requested page is itself; a fragment or form belongs to the page that the browser names. Without one a form
    belongs to its own address, which answers a GET too.
    """
    if htmx and not htmx.boosted:
        return _ours(htmx.current_url) or request.path
    if request.method in SAFE:
        return request.full_path.removesuffix("?")
    return _ours(request.referrer) or request.path


def _ours(address: str | None) -> str | None:
    """Return path and query of an address that a browser named, None when it is no page of this portal."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    path = parts.path
    if parts.netloc != request.host or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    adapter = request_ctx.url_adapter
    try:
        if adapter is None or not path.isprintable() or not parts.query.isprintable():
            return None
        adapter.match(path, "GET")
    except (RequestRedirect, HTTPException):
        return None
    return f"{path}?{parts.query}" if parts.query else path


# Page that asked for a key, until the key's page reads it; in the cookie, for one request.
ASKED = "asked_by"
KEYS = ("clave", "clave-web")


def lead_back(key_page: str) -> None:
    """Store for the key's page which page asked for it; not for a file, after which nothing would be seen."""
    page = page_of_request()
    last = page.partition("?")[0].rpartition("/")[2]
    if "." not in last and last not in KEYS:
        session[ASKED] = [key_page, page]


def asked_by() -> str | None:
    """Return the page that led to this key's page, once; None when the person came directly."""
    if request.method not in SAFE or ASKED not in session:
        return request.args.get("siguiente")
    key_page, page = session.pop(ASKED)
    return page if key_page == request.full_path.removesuffix("?") else request.args.get("siguiente")


def refuse_foreign_origin() -> None:
    """Refuse a form from another site: a second defence beside the token (adr/0035).

    ``Sec-Fetch-Site`` comes first: no page can set it. Where it says "same-origin", a withheld origin (``null``, as
    some filters and settings make it) is accepted; without the header it is not.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        abort(400)
    if origin == "null" and site is not None:
        return
    if origin and origin.rstrip("/") != request.host_url.rstrip("/"):
        abort(400)
