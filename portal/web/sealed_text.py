"""Text that a browser keeps for the portal: sealed for its owner, small enough for a cookie."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from . import runtime

# A browser keeps 4,096 bytes per cookie with name and flags: about 5,000 characters of Spanish.
LARGEST = 3800
LARGEST_UNPACKED = 64 * 1024


def seal(said: object, *, owner: str) -> str | None:
    """Return what JSON can say, sealed so that only ``owner`` opens it; None when it is more than a cookie holds."""
    packed = zlib.compress(json.dumps(said).encode(), 9)
    sealed = base64.urlsafe_b64encode(runtime.vault().seal_bytes(packed, owner)).decode()
    return sealed if len(sealed) <= LARGEST else None


def unseal(given: str, *, owner: str) -> Any:
    """Return what ``seal`` packed for this owner; None for another's, and for what is no such text."""
    try:
        packed = runtime.vault().open_bytes(base64.urlsafe_b64decode(given), owner)
    except (binascii.Error, ValueError):
        return None
    return None if packed is None else json.loads(zlib.decompressobj().decompress(packed, LARGEST_UNPACKED))
