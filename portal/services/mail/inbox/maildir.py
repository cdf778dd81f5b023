"""Maildir: a folder of files that a mail server delivers into ``new`` by renaming, one file a message."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .boxes import BoxAway, Waiting

NEW, CURRENT = "new", "cur"
# What follows a name in ``cur``: the flags of the message.
_INFO = ":2,"
SEEN, FLAGGED = "S", "F"


class Maildir:
    """Opened maildir. A message is new in ``new``, and in ``cur`` as long as it has no flag of having been seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def at(cls, path: str) -> Maildir:
        """Return the maildir of a folder; raises ``BoxAway`` when that is none."""
        folder = Path(path)
        try:
            if not all((folder / name).is_dir() for name in (NEW, CURRENT)):
                raise BoxAway(f"{path} is no maildir: it needs the folders {NEW} and {CURRENT}.")
            for name in (NEW, CURRENT):
                if not os.access(folder / name, os.R_OK | os.W_OK | os.X_OK):
                    raise BoxAway(f"{path} may not be read and written by this account.")
        except OSError as error:
            raise BoxAway(f"{path}: {error.strerror}.") from None
        return cls(folder)

    def list_waiting(self) -> Sequence[Waiting]:
        """Return the messages that nobody took yet, the oldest first."""
        try:
            return sorted(self._find_waiting(), key=lambda waiting: (waiting.arrived_at, waiting.name))
        except OSError as error:
            raise BoxAway(f"{self._folder}: {error.strerror}.") from None

    def _find_waiting(self) -> Iterator[Waiting]:
        for name in (NEW, CURRENT):
            with os.scandir(self._folder / name) as found:
                for entry in found:
                    if entry.name.startswith(".") or SEEN in _flags(entry.name):
                        continue
                    try:
                        facts = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if stat.S_ISREG(facts.st_mode):
                        arrived = datetime.fromtimestamp(facts.st_mtime, UTC)
                        yield Waiting(f"{name}/{entry.name}", facts.st_size, arrived)

    def read(self, name: str) -> bytes | None:
        """Return a message exactly as it came; None when it is gone."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BoxAway(f"{self._folder / name}: {error.strerror}.") from None

    def mark_taken(self, name: str) -> None:
        """Move a message to ``cur`` with the flag of having been seen."""
        self._move(name, SEEN)

    def place_apart(self, name: str) -> str:
        """Return the file that a message is once it was set apart."""
        return _place(name, FLAGGED + SEEN)

    def set_apart(self, name: str) -> None:
        """Move a message to ``cur``, seen and flagged."""
        self._move(name, FLAGGED + SEEN)

    def _move(self, name: str, flags: str) -> None:
        try:
            (self._folder / name).rename(self._folder / _place(name, flags))
        except FileNotFoundError:
            # Another process was faster.
            return
        except OSError as error:
            raise BoxAway(f"{self._folder / name}: {error.strerror}.") from None


def _place(name: str, flags: str) -> str:
    base = name.rpartition("/")[2].partition(_INFO)[0]
    kept = "".join(sorted({*_flags(name), *flags}))
    return f"{CURRENT}/{base}{_INFO}{kept}"


def _flags(name: str) -> str:
    return name.partition(_INFO)[2]
