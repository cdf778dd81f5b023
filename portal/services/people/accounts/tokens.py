"""What a browser is given when somebody signs in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the browser gets: the token of the session and the one that makes it a known device.

    ``device`` is None while the session still owes its second factor.
    """

    session: str
    device: str | None
