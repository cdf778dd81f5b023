"""Places for costly work: so many at once in a process, and so many on a machine, whichever process does it."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

# Pause between two looks for a free place on the machine; a hash takes 20 ms.
LOOK_AGAIN_SECONDS = 0.002
FOLDER = "places"
log = structlog.get_logger(__name__)


class Full(Exception):
    """No place came free in time."""


class Places:
    """``in_process`` places for the threads of this process, of the ``on_machine`` places of all its processes.

    The processes of a machine share the files of ``folder``, each the lock of one place, which the system frees when
    its holder dies. Without a folder, or where it cannot be written, only the places of the process are counted.
    """

    def __init__(self, folder: Path | None, *, in_process: int, on_machine: int) -> None:
        self._folder = None if folder is None else folder / FOLDER
        self._on_machine = on_machine
        self._own = threading.BoundedSemaphore(in_process)

    @contextmanager
    def taken(self, *, seconds: float) -> Iterator[None]:
        """Hold one place; ``Full`` when none came free in ``seconds``."""
        give_up = time.monotonic() + seconds
        if not self._own.acquire(timeout=seconds):
            raise Full
        try:
            lock = self._lock_one(give_up)
            try:
                yield
            finally:
                if lock is not None:
                    os.close(lock)
        finally:
            self._own.release()

    def _lock_one(self, give_up: float) -> int | None:
        """Return the descriptor that holds a place of the machine, None where they are not counted."""
        while (folder := self._folder) is not None:
            for number in range(self._on_machine):
                try:
                    lock = _open(folder / str(number))
                except OSError as error:
                    log.warning("places of the machine are not counted", folder=str(folder), reason=str(error))
                    self._folder = None
                    return None
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    os.close(lock)
                else:
                    return lock
            if time.monotonic() > give_up:
                raise Full
            time.sleep(LOOK_AGAIN_SECONDS)
        return None


def _open(path: Path) -> int:
    """Open the lock of a place, anew for each holder: a lock belongs to what was opened, not to the process."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
