"""Subscriptions of browsers to web push: what a browser says of one, and which push services are known (adr/0176).

An endpoint is typed by a stranger's browser and later called by our worker: what this module refuses is never called.
Sources: RFC 8030 (push), RFC 8291 (encryption), RFC 8292 (VAPID).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# The push services of Chrome and Edge on telephones, Firefox, Windows and Safari.
USUAL_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
)
LONGEST_TEXT, LONGEST_ENDPOINT = 4096, 1024
KEY_BYTES, AUTH_BYTES = 65, 16
# Signs of an address (RFC 3986) that need no rewriting on their way into a request's first line.
_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*\Z", re.ASCII)
_QUERY = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*\Z", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SERVICE = re.compile(rf"(?:\*\.{_LABEL}\.)?{_LABEL}(?:\.{_LABEL})*(?::[1-9][0-9]{{0,4}})?\Z", re.ASCII)
# The curve P-256 (FIPS 186-5): prime and coefficient b; a is -3.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
THREAD_LETTERS = 32


class BadSubscription(ValueError):
    """The subscription that a browser wrote is malformed."""


class UnknownService(BadSubscription):
    """The endpoint is not one of a known push service, or not plainly so."""


@dataclass(frozen=True, slots=True)
class BrowserSubscription:
    """Address of a browser, and the two keys for which a message is encrypted.

    Who knows all three can address the browser: they are kept sealed, and no ``repr`` shows them.
    """

    endpoint: str = field(repr=False)
    key: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    @property
    def origin(self) -> str:
        """Push service of the endpoint, as a token names it: ``https://fcm.googleapis.com``."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def as_text(self) -> str:
        """Return it as the JSON that ``read_subscription`` takes."""
        keys = {"p256dh": _encode(self.key), "auth": _encode(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys})


def read_subscription(text: str, *, services: Sequence[str]) -> BrowserSubscription:
    """Return what ``PushSubscription.toJSON()`` of a browser says; ``services`` are the known push services.

    Raises ``UnknownService`` for another endpoint than ``https://`` at one of them, with user, port or fragment, and
    ``BadSubscription`` for anything else that is malformed: the key must be a point of P-256, as 65 bytes.
    """
    if len(text) > LONGEST_TEXT:
        raise BadSubscription("longer than any subscription")
    try:
        said: Any = json.loads(text)
        endpoint, keys = said["endpoint"], said["keys"]
        key, auth = _decode(keys["p256dh"]), _decode(keys["auth"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadSubscription("no subscription of a browser") from None
    if not isinstance(endpoint, str) or len(endpoint) > LONGEST_ENDPOINT:
        raise BadSubscription("no endpoint of a subscription")
    _demand_service(endpoint, services)
    if not _is_point(key) or len(auth) != AUTH_BYTES:
        raise BadSubscription("no keys of a subscription")
    return BrowserSubscription(endpoint, key, auth)


def is_service(name: str) -> bool:
    """Tell whether a setting names a push service: ``host``, ``host:port`` or ``*.domain.tld``."""
    return len(name) <= 255 and _SERVICE.match(name) is not None


def name_thread(*parts: str) -> str:
    """Return the name under which a later message takes the place of an earlier one: 32 letters that tell nothing.

    Sent in the header ``Topic`` (RFC 8030, 5.4), which the push service reads.
    """
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:THREAD_LETTERS]


def hash_endpoint(endpoint: str) -> bytes:
    """Return the SHA-256 of an endpoint, by which a browser that subscribes again is found."""
    return hashlib.sha256(endpoint.encode()).digest()


def _demand_service(endpoint: str, services: Sequence[str]) -> None:
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise UnknownService("its address cannot be read") from None
    # As it was written: a parser forgives upper case, an empty port and line ends.
    plain = endpoint.partition("?")[0] == f"https://{parts.netloc}{parts.path}"
    is_whole = plain and "@" not in parts.netloc and "#" not in endpoint
    if not is_whole or not _PATH.match(parts.path) or not _QUERY.match(parts.query):
        raise UnknownService("its address is not a plain one by https")
    place = parts.netloc
    if port is not None and place != f"{parts.hostname}:{port}":
        raise UnknownService("its port is not a plain one")
    if not any(_fits(place, each) for each in services):
        raise UnknownService("its push service is not known")


def _fits(place: str, service: str) -> bool:
    if service.startswith("*."):
        rest = service[1:]
        return place.endswith(rest) and re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", place.removesuffix(rest)) is not None
    return place == service


def _is_point(key: bytes) -> bool:
    """Tell whether bytes are a point of P-256, uncompressed: any other may betray the sender's key."""
    if len(key) != KEY_BYTES or key[0] != 4:
        return False
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _decode(text: object) -> bytes:
    """Return the bytes of base64url without its padding; ``ValueError`` for any other text."""
    if not isinstance(text, str) or re.fullmatch(r"[A-Za-z0-9_-]{1,200}={0,2}", text, re.ASCII) is None:
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
