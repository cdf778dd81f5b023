"""Where a request comes from: the page a person stood on, to which they go back, and whether it is one of ours."""

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

    A page that is asked for is itself; a part of one and a form belong to the page that the browser names, and where it
    names none a form to its own address, which answers a GET too.
    """
    if htmx and not htmx.boosted:
        return _ours(htmx.current_url) or request.path
    if request.method in SAFE:
        return request.full_path.removesuffix("?")
    return _ours(request.referrer) or request.path


def _ours(address: str | None) -> str | None:
    """Return path and query of an address that a browser named, None of one that is no page of this portal."""
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


# The page that asked for a key, until the page of that key is here; in the cookie, for one request.
ASKED = "asked_by"
KEYS = ("clave", "clave-web")


def lead_back(key_page: str) -> None:
    """Note for the page of a key which page asked for it; a file is none: after the key nothing would be seen."""
    page = page_of_request()
    last = page.partition("?")[0].rpartition("/")[2]
    if "." not in last and last not in KEYS:
        session[ASKED] = [key_page, page]


def asked_by() -> str | None:
    """Return the page that led to this page of a key, which is told once; None when somebody just came."""
    if request.method not in SAFE or ASKED not in session:
        return request.args.get("siguiente")
    key_page, page = session.pop(ASKED)
    return page if key_page == request.full_path.removesuffix("?") else request.args.get("siguiente")


def refuse_foreign_origin() -> None:
    """Refuse a form that another site sent: a second defence beside the token (adr/0035).

    What the browser itself says of where a form stood comes first: no page can set it. Where it says "here", an origin
    that was withheld (``null``, as some filters and settings make it) is believed; where it says nothing, it is not.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        abort(400)
    if origin == "null" and site is not None:
        return
    if origin and origin.rstrip("/") != request.host_url.rstrip("/"):
        abort(400)
