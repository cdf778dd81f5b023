"""Pages that every visitor without an account gets alike: their validator and their compression (docs/adr/0123)."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Response, g, request, session

from .access import signed_in_visitor

# Compressed pages kept by a process: the public pages are some forty, the rest are answers of forms.
KEPT_PAGES = 64
# 5 takes half the time of 9 for 1 % more bytes.
LEVEL = 5


def share(response: Response) -> Response:
    """Give a page its validator, and 304 to a browser that has it; registered as ``after_request`` of public pages.

    Only for a stranger's page without anything of the visitor: no name, no form token, no passing message. Every other
    page stays ``no-store`` and without validator.
    """
    if not _is_same_for_all_strangers(response):
        return response
    compress(response)
    # Of the bytes as they are sent: another coding is another validator.
    response.add_etag()
    response.vary.update(("Accept-Encoding", "Cookie", "HX-Request"))
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def compress(response: Response) -> None:
    """Send the body with gzip to who takes it; only for content without secrets, and never for one already coded."""
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0 and "Content-Encoding" not in response.headers:
        response.set_data(_gzip(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"


def _is_same_for_all_strangers(response: Response) -> bool:
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.mimetype != "text/html":
        return False
    # A token stands in `g` once a form was rendered, whether or not the cookie had one before.
    return signed_in_visitor() is None and not session.modified and "csrf_token" not in g


@lru_cache(maxsize=KEPT_PAGES)
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)
