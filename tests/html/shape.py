"""Shape of a page: its source without the numbers and names in addresses that differ from test to test."""

from __future__ import annotations

import re
from hashlib import blake2b

# A CSRF token; the digest of what a person was shown; a random name in an address (``token_urlsafe(12)``); a drawing;
# a number of two digits or more. Single digits tell tabindex 0 from 1 and h1 from h2, and a numeric entity may stand
# for any character: those stay as they are.
VARIES = re.compile(
    r'(?<= value=")[\w-]{40,}\.[\w-]{6}\.[\w-]{27}(?=")'
    r'|(?<= value=")[0-9a-f]{64}(?=")'
    r"|(?<=/)[\w-]{16}(?![\w-])"
    r'|(?<= d=")[\d\s.,A-Za-z-]+(?=")'
    r"|(?<!&#)(?<!\d)\d{2,}",
    re.ASCII,
)
# What a template prints when it was handed the wrong thing stays legible inside of a name.
LEAKED = re.compile("None|NaN|undefined|datetime")


def shape_of(text: str) -> bytes:
    """Return a digest that two pages share if they differ in nothing but those.

    Each is replaced by the place of its first appearance, so that what was equal on the page stays equal and what was
    not does not: an id used twice or a pointer to nothing gives another shape. A page of a known shape therefore has
    the findings of the page that had it first.
    """
    places: dict[str, str] = {}

    def place(found: re.Match[str]) -> str:
        token = found[0]
        return token if LEAKED.search(token) else places.setdefault(token, f"\0{len(places)}\0")

    return blake2b(VARIES.sub(place, text).encode(), digest_size=16).digest()
