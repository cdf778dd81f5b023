"""Form tokens under a fresh mask: the bytes of a session's token never stand in two answers (docs/adr/0144).

What repeats in compressed answers can be guessed by their lengths (BREACH); what is masked anew each time cannot.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any, cast

from flask import Flask, current_app, g, session
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, _FlaskFormCSRF
from itsdangerous import URLSafeTimedSerializer

# Bytes of a session's token, and of each mask.
BYTES = 20
NAME = "csrf_token"


def token_of_answer() -> str:
    """Return the session's token under the mask of this answer, 54 letters; made when the session has none."""
    found: str | None = g.get(NAME)
    if found is None:
        found = mask(_token_of_session())
        setattr(g, NAME, found)
    return found


def mask(token: bytes) -> str:
    """Return a token under a fresh mask, which goes before it."""
    over = secrets.token_bytes(len(token))
    return urlsafe_b64encode(over + _combined(over, token)).decode().rstrip("=")


def unmask(given: str) -> bytes | None:
    """Return the token under its mask; None for anything that ``mask`` cannot have made."""
    try:
        both = urlsafe_b64decode(given.encode("ascii") + b"==")
    except (NotBase64, UnicodeEncodeError, ValueError):
        return None
    return _combined(both[:BYTES], both[BYTES:]) if len(both) == 2 * BYTES else None


def _combined(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


def _token_of_session() -> bytes:
    try:
        token = bytes.fromhex(session[NAME])
    except (KeyError, TypeError, ValueError):
        token = b""
    if len(token) != BYTES:
        token = secrets.token_bytes(BYTES)
        session[NAME] = token.hex()
    return token


class MaskedTokens(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's protection for tokens under a mask, and for no others."""

    def init_app(self, app: Flask) -> None:
        """Bind the protection, and give templates and every form the masked token."""
        super().init_app(app)
        FlaskForm.Meta.csrf_class = FieldOfForm
        app.jinja_env.globals[NAME] = token_of_answer
        # The library's own would hide the global from whole pages.
        app.context_processor(lambda: {NAME: token_of_answer})

    def _get_csrf_token(self) -> str | None:
        """Return the token that came with the request as the library checks it: without its mask, signed."""
        get = cast("Callable[[], str | None]", super()._get_csrf_token)
        token = unmask(get() or "")
        return None if token is None else signed(token)


def signed(token: bytes) -> str:
    """Return a token as Flask-WTF signs it."""
    key: Any = current_app.config.get("WTF_CSRF_SECRET_KEY") or current_app.secret_key
    made: str = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(token.hex())
    return made


class FieldOfForm(_FlaskFormCSRF):  # type: ignore[misc]
    """Hidden field of a form: the masked token; checked with the request, before any form is read."""

    def generate_csrf_token(self, _csrf_token_field: object) -> str:
        """Return the token of this answer."""
        return token_of_answer()
