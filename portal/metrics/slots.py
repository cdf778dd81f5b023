"""Slots: a numbered place of a running process among the files of the metrics; it is free when the process is gone.

A file per process number would stay behind each killed process and be read at every scrape for ever; deleting it would
let counters fall, which Prometheus takes for a restart and counts twice. The next process goes on in the file instead.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple
from weakref import ref

from portal import logs

MOST = 200
DOOR = "door"


class Taken(NamedTuple):
    """A slot whose process lives: its number, and the process."""

    number: int
    process: str
    pid: int


class Slots:
    """Slots under ``folder``, which is made when it is not there.

    The lock of a slot is the kernel's (``flock``): it ends with its process, however that ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._number = -1
        self._held: IO[str] | None = None
        # The lock is of the open file, which a fork shares: it would hold the slot of a parent that is gone.
        os.register_at_fork(after_in_child=partial(_let_go, ref(self)))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def number(self) -> int:
        """Return the slot of this process; a forked one takes another than its parent's."""
        if self._pid != os.getpid():
            self._take()
        return self._number

    def close(self) -> None:
        """Give the slot back."""
        if self._held is not None:
            self._held.close()
        self._held, self._pid = None, 0

    def list_taken(self) -> list[Taken]:
        """Return the slots of living processes."""
        found = []
        for path in sorted(self._folder.glob("slot-*")):
            own = self._held is not None and path == self._path(self._number)
            if own or not _is_free(path):
                process, _, pid = path.read_text(encoding="utf-8").partition(" ")
                if pid.isdecimal():
                    found.append(Taken(int(path.name.rpartition("-")[2]), process, int(pid)))
        return found

    def _take(self) -> None:
        with self._door():
            paths = [self._path(number) for number in range(MOST)]
            if all(_is_free(path) for path in paths if path.exists()):
                # Nobody counts here: what an older version or a machine that lost its power left is no use.
                for path in self._folder.glob("*.db"):
                    path.unlink(missing_ok=True)
            for number, path in enumerate(paths):
                held = path.open("a+", encoding="utf-8")
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    held.close()
                    continue
                held.truncate(0)
                held.write(f"{logs.process_name().split()[0]} {os.getpid()}")
                held.flush()
                self._held, self._number, self._pid = held, number, os.getpid()
                return
        raise RuntimeError(f"more than {MOST} processes count in {self._folder}")

    @contextmanager
    def _door(self) -> Iterator[None]:
        """Let one process at a time look for a slot."""
        with (self._folder / DOOR).open("a", encoding="utf-8") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield

    def _path(self, number: int) -> Path:
        return self._folder / f"slot-{number}"


def _let_go(slots: ref[Slots]) -> None:
    found = slots()
    if found is not None:
        found.close()


def _is_free(path: Path) -> bool:
    with path.open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
