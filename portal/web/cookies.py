"""Signed cookie: holds the session's token, the form token and passing messages, no personal data."""

from __future__ import annotations

from time import monotonic
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from portal.config import Settings

# Cookies whose signature was proved less than this ago, by process.
KEPT_SECONDS, KEPT_COOKIES = 60.0, 2000
KEPT_TYPES = (str, int, bool)


class SignedCookies(SecureCookieSessionInterface):
    """Flask's signed cookie, whose signer is made once for the same keys, and whose signature is proved once a minute.

    The same text under the same keys says the same. What it opens is looked up in the database on each request.
    """

    _made: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def __init__(self) -> None:
        # By the text of a cookie: until when its signature need not be proved again, by which signer, and its content.
        self._proved: dict[str, tuple[float, object, dict[str, Any]]] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the content of the request's cookie, empty when its signature is not ours."""
        text, signer, now = (
            request.cookies.get(self.get_cookie_name(app)),
            self.get_signing_serializer(app),
            monotonic(),
        )
        if text and (known := self._proved.get(text)) is not None and now < known[0] and known[1] is signer:
            return self.session_class(known[2])
        opened = super().open_session(app, request)
        # Only what nobody can change in place; none of passing messages.
        if text and opened and all(isinstance(value, KEPT_TYPES) for value in opened.values()):
            if len(self._proved) >= KEPT_COOKIES:
                self._proved.clear()
            self._proved[text] = (now + KEPT_SECONDS, signer, dict(opened))
        return opened

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of the application's present keys."""
        keys = (app.secret_key, tuple(app.config.get("SECRET_KEY_FALLBACKS") or ()))
        made_of, made = self._made
        if made is None or made_of != keys:
            made = super().get_signing_serializer(app)
            self._made = (keys, made)
        return made


def init_app(app: Flask, settings: Settings) -> None:
    """Set names and flags; under HTTPS the ``__Host-`` prefix binds the cookie to this host."""
    *others, signing = settings.session_keys
    app.session_interface = SignedCookies()
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
