"""What was seen of the files in a watched folder: kept in it, so that a command run by a timer remembers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

STATE = ".portal-watch.json"
# So many taken files are watched over: a sender that writes into a file does so within hours.
_MOST_TAKEN = 2_000


class Looked(NamedTuple):
    """A file as it was: its size, when it was changed, and when it was first seen so (seconds since 1970)."""

    size: int
    changed: int
    at: float


@dataclass
class Looks:
    """The files that wait, and those that were taken in, by their names."""

    path: Path
    waiting: dict[str, Looked] = field(default_factory=dict)
    taken: dict[str, Looked] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Looks:
        """Return what was written at the last look; nothing when there was none, or nobody can read it."""
        path = folder / STATE
        try:
            said = json.loads(path.read_text("utf-8"))
            return cls(
                path,
                {name: Looked(*known) for name, known in said["waiting"].items()},
                {name: Looked(*known) for name, known in said["taken"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def write(self) -> None:
        """Keep what was seen; a name that is no text is kept by its bytes (JSON escapes them)."""
        newest = dict(sorted(self.taken.items(), key=lambda each: each[1].at)[-_MOST_TAKEN:])
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"waiting": self.waiting, "taken": newest}), "utf-8")
        beside.replace(self.path)

    def first_of(self, name: str, found: os.stat_result, now: float) -> float:
        """Return since when the file is as it is now; this look, and remember it, when it changed."""
        known = self.waiting.get(name)
        if known is None or (known.size, known.changed) != (found.st_size, found.st_mtime_ns) or known.at > now:
            known = self.waiting[name] = Looked(found.st_size, found.st_mtime_ns, now)
        return known.at

    def keep_only(self, names: list[str]) -> None:
        """Forget the files that are no longer there."""
        there = set(names)
        self.waiting = {name: known for name, known in self.waiting.items() if name in there}

    def was_taken(self, path: Path) -> None:
        """Remember a file as it was taken in."""
        found = path.stat()
        self.taken[path.name] = Looked(found.st_size, found.st_mtime_ns, found.st_mtime)

    def changed_since_taken(self, folder: Path) -> list[str]:
        """Return the taken files that are not as they were, each once for every change."""
        changed: list[str] = []
        for name, known in list(self.taken.items()):
            try:
                found = (folder / name).stat()
            except OSError:
                # Put away by whoever keeps the folder small.
                del self.taken[name]
                continue
            if (found.st_size, found.st_mtime_ns) != (known.size, known.changed):
                changed.append(name)
                self.taken[name] = Looked(found.st_size, found.st_mtime_ns, known.at)
        return changed


def shown(name: str) -> str:
    """Return a name as text that every terminal, mail and database takes."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
