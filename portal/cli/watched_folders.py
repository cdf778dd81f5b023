"""State of the files in a watched folder, stored in it, so that a command run by a timer remembers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

STATE = ".portal-watch.json"
# Taken files watched for changes: a sender appends within hours, if at all.
_MOST_TAKEN = 2_000


class Looked(NamedTuple):
    """State of a file: size, modification, and when first seen so (seconds since 1970)."""

    size: int
    changed: int
    at: float


@dataclass
class Looks:
    """Waiting files and taken files, by name."""

    path: Path
    waiting: dict[str, Looked] = field(default_factory=dict)
    taken: dict[str, Looked] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Looks:
        """Return the state stored at the last look; empty when absent or unreadable."""
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
        """Store the state; a name that is no text is stored by its bytes (JSON escapes)."""
        newest = dict(sorted(self.taken.items(), key=lambda each: each[1].at)[-_MOST_TAKEN:])
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps({"waiting": self.waiting, "taken": newest}), "utf-8")
        beside.replace(self.path)

    def first_of(self, name: str, found: os.stat_result, now: float) -> float:
        """Return since when the file is in its present state; store this look when it changed."""
        known = self.waiting.get(name)
        if known is None or (known.size, known.changed) != (found.st_size, found.st_mtime_ns) or known.at > now:
            known = self.waiting[name] = Looked(found.st_size, found.st_mtime_ns, now)
        return known.at

    def keep_only(self, names: list[str]) -> None:
        """Drop the files that are gone."""
        there = set(names)
        self.waiting = {name: known for name, known in self.waiting.items() if name in there}

    def was_taken(self, path: Path) -> None:
        """Store the state of a file that was taken in."""
        found = path.stat()
        self.taken[path.name] = Looked(found.st_size, found.st_mtime_ns, found.st_mtime)

    def changed_since_taken(self, folder: Path) -> list[str]:
        """Return the taken files that changed, each once per change."""
        changed: list[str] = []
        for name, known in list(self.taken.items()):
            try:
                found = (folder / name).stat()
            except OSError:
                # Removed by somebody who tidies the folder.
                del self.taken[name]
                continue
            if (found.st_size, found.st_mtime_ns) != (known.size, known.changed):
                changed.append(name)
                self.taken[name] = Looked(found.st_size, found.st_mtime_ns, known.at)
        return changed


def shown(name: str) -> str:
    """Return a name as text that every terminal, mail and database accepts."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
