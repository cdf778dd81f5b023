"""Carrier that hands messages to the push services of browsers: encrypted for the browser, signed by the push key.

pywebpush encrypts (RFC 8291) and py_vapid signs (RFC 8292); the request is our own, for pywebpush's follows redirects
and reads the whole answer. Imported when the first message leaves: it is large (adr/0176).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from portal.domain.ports import Port
from portal.domain.web_push import BadSubscription, BrowserSubscription, read_subscription
from portal.services.store.push_keys import PushKey

from .delivery import Mail, NotCarried, RecipientGone
from .push_subscriptions import Destination

SECONDS = 8
# A token is good for at most a day (RFC 8292, 2).
TOKEN_SECONDS = 12 * 3600
FIRST_REST, LONGEST_REST = 5.0, 300.0
# The longest that a push service may ask to be left alone.
MOST_ASKED = 3600.0
GONE = (404, 410)
TOO_MANY = 429


@dataclass(slots=True)
class _Rest:
    """Pause of one push service: how long the last was, and until when it lasts."""

    seconds: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class WebPush:
    """Carrier of messages to browsers.

    ``host`` names the portal to push services (``sub`` of the token); ``services`` are the ones that may be called. A
    push service that is away, or asks for it, is left alone while the others are called.
    """

    key: PushKey
    services: Sequence[str]
    host: str
    clock: Callable[[], float] = time.monotonic
    port: Port = Port.PUSH
    _rests: dict[str, _Rest] = field(default_factory=dict, repr=False)
    # Made once: reading the trusted certificates takes 17 ms, a hundred times the encryption of a message.
    _trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def carry(self, message: Mail) -> None:
        """Hand a message to the push service of its browser.

        ``RecipientGone`` when the browser is reached no more, ``NotCarried`` when the message was not taken. Follows no
        redirect, and keeps nothing of the answer but its status and the pause that it asks for.
        """
        if message.push is None:
            raise NotCarried("a message without a browser")
        if message.push.key_mark != self.key.mark:
            raise RecipientGone("its browser subscribed for another push key")
        try:
            to = read_subscription(message.push.subscription, services=self.services)
        except BadSubscription:
            raise RecipientGone("its push service is not among PORTAL_PUSH_SERVICES") from None
        rest = self._rests.setdefault(to.origin, _Rest())
        if (left := rest.until - self.clock()) > 0:
            raise NotCarried("the push service asked for a pause, or is away", wait=timedelta(seconds=left))
        status, asked = self._send(to, message, message.push, rest)
        if status == TOO_MANY or status >= 500:
            seconds = self._let_rest(rest, asked)
            raise NotCarried(f"the push service answered {status}", wait=timedelta(seconds=seconds))
        rest.seconds = 0.0
        if 200 <= status < 300:
            return
        kind = RecipientGone if status in GONE else NotCarried
        raise kind(f"the push service answered {status}")

    def _send(self, to: BrowserSubscription, message: Mail, push: Destination, rest: _Rest) -> tuple[int, float | None]:
        parts = urlsplit(to.endpoint)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port or 443, timeout=SECONDS, context=self._trusted
        )
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, _encrypt(to, _write(message, push)), self._headers(to, push))
            answer = connection.getresponse()
            return answer.status, _read_pause(answer.getheader("Retry-After"))
        except (OSError, http.client.HTTPException) as error:
            seconds = self._let_rest(rest, None)
            reason = f"{type(error).__name__} at the push service"
            raise NotCarried(reason, wait=timedelta(seconds=seconds)) from None
        finally:
            connection.close()

    def _headers(self, to: BrowserSubscription, push: Destination) -> dict[str, str]:
        from py_vapid import Vapid02

        claims = {"aud": to.origin, "exp": int(time.time()) + TOKEN_SECONDS, "sub": f"https://{self.host}"}
        signed: dict[str, str] = Vapid02(self.key.private).sign(claims)
        return {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.seconds),
            "Urgency": "high" if push.is_urgent else "normal",
            "Topic": push.thread,
            "User-Agent": "portal",
        }

    def _let_rest(self, rest: _Rest, asked: float | None) -> float:
        """Leave a push service alone: as long as it asks, an hour at most, or twice as long as the last time."""
        rest.seconds = min(LONGEST_REST, max(FIRST_REST, 2 * rest.seconds))
        seconds = max(rest.seconds, min(asked or 0.0, MOST_ASKED))
        rest.until = self.clock() + seconds
        return seconds


def _write(message: Mail, push: Destination) -> bytes:
    """Return what the service worker reads: title, text, path, thread and the moment after which it is untrue."""
    text, _, address = message.body.rpartition("\n")
    said = {
        "title": f"{message.sender_name}: {message.subject}",
        "body": text.removeprefix(f"{message.sender_name}: "),
        "path": urlsplit(address).path or "/",
        "tag": push.thread,
        "until": None if push.until is None else int(push.until.timestamp() * 1000),
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _encrypt(to: BrowserSubscription, content: bytes) -> bytes:
    from pywebpush import WebPusher

    encrypted: bytes = WebPusher(json.loads(to.as_text())).encode(content)["body"]
    return encrypted


def _read_pause(text: str | None) -> float | None:
    """Return the seconds of a ``Retry-After``; None without one, or with a date, which few send."""
    with contextlib.suppress(ValueError):
        return float(int(text)) if text and text.isascii() and len(text) < 10 else None
    return None
