"""Static files: read once, bundled, compressed, at addresses that change with the content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal.domain.distributor import Colours

from .access import Audience, open_to
from .distributor import last_read, refresh

STATIC = Path(__file__).parents[1] / "static"
# The order is the cascade. What strangers' pages need comes first; an account's own pages add theirs, the consoles more
# (adr/0168); each has one sheet for print.
BUNDLES = {
    "css/site.css": (
        "tokens",
        "portal",
        "header",
        "page",
        "forms",
        "buttons",
        "components",
        "cards",
        "lists",
        "documents",
        "tables",
        "periods",
        "market",
        "guide",
        "claims",
        "cases",
    ),
    "css/account.css": (
        "sheet",
        "sheet-cards",
        "chart",
        "reasons",
        "start",
        "consumption",
        "nominations",
        "months",
        "quick",
        "readings",
        "access",
        "calls",
    ),
    "css/console.css": ("console", "trail", "day-book", "registry", "balance"),
    "css/print.css": ("print",),
    "css/account-print.css": ("print", "print-sheet"),
}
# Carries the distributor's colours at its end, so that they cost no request of their own.
DRESSED = "css/site.css"
YEAR = "public, max-age=31536000, immutable"
TEXT = ("text/", "application/javascript", "image/svg")
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_COMMENT_LINE = re.compile(rb"^\s*//.*$", re.MULTILINE)
_BETWEEN_LINES = re.compile(rb"\s*\n\s*")
_PICTURE = re.compile(rb'url\("\.\./(img/[a-z-]+\.svg)"\)')


@dataclass(frozen=True, slots=True)
class Asset:
    """File as it is sent: plain and, when that is shorter, compressed."""

    body: bytes
    compressed: bytes | None
    kind: str
    version: str


def init_app(app: Flask) -> None:
    """Serve the files and give templates ``asset("css/site.css")``."""
    files = {name: _asset(name, body) for name, body in _files().items()}
    # One of each distributor that was served: in its life a process knows two at most.
    dressed: dict[Colours, Asset] = {}

    def found(name: str) -> Asset | None:
        if name != DRESSED:
            return files.get(name)
        colours = last_read().colours
        if colours not in dressed:
            dressed[colours] = _asset(name, files[name].body + _colours_css(colours))
        return dressed[colours]

    @app.get("/estaticos/<path:name>", endpoint="assets")
    @open_to(Audience.PUBLIC)
    def send(name: str) -> ResponseReturnValue:
        refresh()
        asset = found(name)
        if asset is None:
            abort(404)
        return _answer(asset)

    def address(name: str) -> str:
        asset = found(name)
        if asset is None:
            raise LookupError(f"there is no file {name}")
        return f"/estaticos/{name}?v={asset.version}"

    app.jinja_env.globals["asset"] = app.extensions["portal.asset"] = address
    app.extensions["portal.content"] = lambda name: files[name].body


def address_of(name: str) -> str:
    """Return the address of a static file with its version; ``LookupError`` for none."""
    found: str = current_app.extensions["portal.asset"](name)
    return found


def content_of(name: str) -> bytes:
    """Return the bytes of a static file; ``KeyError`` for none."""
    content: bytes = current_app.extensions["portal.content"](name)
    return content


def _colours_css(colours: Colours) -> bytes:
    """Return the distributor's colours over those of tokens.css, for both themes."""
    return (
        f"\n:root{{--brand:{colours.brand};--brand-strong:{colours.brand_strong};--brand-tint:{colours.brand_tint};"
        f"--header:{colours.brand};--header-line:{colours.brand}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--brand:{colours.dark_brand};"
        f"--brand-strong:{colours.dark_brand_strong};--brand-tint:{colours.dark_brand_tint};"
        "--header:#18232d;--header-line:#2b3945}}\n"
    ).encode()


def _files() -> dict[str, bytes]:
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.is_file() and path.suffix != ".md"
    }
    # A part may stand in two bundles; none is sent by itself.
    sources = {f"css/{part}.css": files[f"css/{part}.css"] for parts in BUNDLES.values() for part in parts}
    for name in sources:
        del files[name]
    for bundle, parts in BUNDLES.items():
        files[bundle] = _with_versions(_shortened(b"\n".join(sources[f"css/{part}.css"] for part in parts)), files)
    for name in [name for name in files if name.startswith("js/")]:
        files[name] = _shortened(_COMMENT_LINE.sub(b"", files[name]))
    return files


def _shortened(text: bytes) -> bytes:
    """Return a style sheet or script without comments, indents and empty lines: a quarter less over the wire."""
    return _BETWEEN_LINES.sub(b"\n", _COMMENT.sub(b"", text)).strip()


def _with_versions(css: bytes, files: dict[str, bytes]) -> bytes:
    """Return a style sheet whose pictures have addresses that may be kept for a year."""
    return _PICTURE.sub(
        lambda found: b'url("../%b?v=%b")' % (found[1], _version(files[found[1].decode()]).encode()), css
    )


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(body, 9, mtime=0) if kind.startswith(TEXT) else None
    return Asset(
        body=body,
        compressed=compressed if compressed and len(compressed) < len(body) else None,
        kind=f"{kind}; charset=utf-8" if kind.startswith(TEXT) else kind,
        version=_version(body),
    )


def _answer(asset: Asset) -> Response:
    """Answer with the file; an address with a version may be cached for a year."""
    response = Response(asset.body, content_type=asset.kind)
    coding = "gzip" if asset.compressed and request.accept_encodings.quality("gzip") > 0 else ""
    if asset.compressed and coding:
        response.set_data(asset.compressed)
        response.headers["Content-Encoding"] = coding
    response.vary.add("Accept-Encoding")
    if request.args.get("v") == asset.version:
        response.headers["Cache-Control"] = YEAR
        response.set_etag(f"{asset.version}{coding and '-'}{coding}")
        response.make_conditional(request)
    return response
