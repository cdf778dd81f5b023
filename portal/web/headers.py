"""Security headers and caching, on every answer (docs/security.md, "Headers and forms")."""

from __future__ import annotations

from flask import Flask, Response

from portal.config import Settings

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
FIXED = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


FIXED_BY_HTTPS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def init_app(app: Flask, settings: Settings) -> None:
    """Set the headers after each request."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        return dressed(response, settings)


def dressed(response: Response, settings: Settings) -> Response:
    """Return the answer with the headers of every answer."""
    # Appended: no view sets one of these, and to look for each would take twice as long.
    response.headers.extend(FIXED)
    if settings.https:
        response.headers.extend(FIXED_BY_HTTPS)
    # Only a hashed static file sets its own Cache-Control.
    response.headers.setdefault("Cache-Control", "no-store")
    return response
