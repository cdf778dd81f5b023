"""Box that mail comes into: what waits in it, and the two ways in which a message leaves it. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, Protocol

from .addresses import BoxAddress


class BoxAway(Exception):
    """The box cannot be opened or stopped answering; the text says why and holds no secret."""


class Waiting(NamedTuple):
    """Message in the box: its name there, its size in bytes, and when the box received it (aware)."""

    name: str
    size: int
    arrived_at: datetime


class Box(Protocol):
    """Opened box. Every method raises ``BoxAway`` when it stops answering."""

    def list_waiting(self) -> Sequence[Waiting]:
        """Return the messages that nobody took yet, the oldest first."""

    def read(self, name: str) -> bytes | None:
        """Return a message exactly as it came, unmarked; None when it is gone."""

    def mark_taken(self, name: str) -> None:
        """Put a message where what was taken is kept; it may be gone by now."""

    def place_apart(self, name: str) -> str:
        """Return where a message is found once it was set apart, in the words of the box."""

    def set_apart(self, name: str) -> None:
        """Put a message where a person will look at it; it may be gone by now."""


@contextmanager
def open_box(address: BoxAddress) -> Iterator[Box]:
    """Open the box; raises ``BoxAway``."""
    if address.scheme == "maildir":
        from .maildir import Maildir

        yield Maildir.at(address.folder)
        return
    from .imap import connect

    with connect(address) as box:
        yield box
