"""Signed cookie: holds the session's token, the form token and passing messages, no personal data."""

from __future__ import annotations

from flask import Flask

from portal.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Set names and flags; under HTTPS the ``__Host-`` prefix binds the cookie to this host."""
    *others, signing = settings.session_keys
    app.config.update(
        SECRET_KEY=signing,
        # Under a rotation the other key is accepted too (docs/adr/0155): cookies, and form tokens beside them.
        SECRET_KEY_FALLBACKS=others,
        WTF_CSRF_SECRET_KEY=[*others, signing],
        SESSION_COOKIE_NAME="__Host-portal" if settings.https else "portal",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The access gate checks the token, once it knows whether the person must sign in first.
        WTF_CSRF_CHECK_DEFAULT=False,
        # The form token lives as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
