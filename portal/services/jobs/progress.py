"""How far a job is, in a small file beside the database: its transaction shows nothing until it commits."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# A page asks every second.
EVERY_SECONDS = 0.3
# Inside the folder of the installation.
FOLDER = "jobs"


class Stage(NamedTuple):
    """What is being done, and how much of it, as (done, total)."""

    name: str
    done: int
    total: int


class Progress:
    """Tells the file how far the job is, a few times a second at most."""

    def __init__(self, folder: Path, public_id: str) -> None:
        self._path = _path(folder, public_id)
        self._told = 0.0

    def stage(self, name: str) -> Callable[[int, int], None]:
        """Return what counts one stage."""

        def tell(done: int, total: int) -> None:
            if done >= total or time.monotonic() - self._told >= EVERY_SECONDS:
                self._told = time.monotonic()
                draft = self._path.with_suffix(f".{os.getpid()}")
                draft.write_text(json.dumps([name, done, total]), encoding="utf-8")
                draft.replace(self._path)

        return tell

    def __enter__(self) -> Progress:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._path.unlink(missing_ok=True)


def read(folder: Path, public_id: str) -> Stage | None:
    """Return how far the job is; None when nothing was told here, or it is over."""
    try:
        name, done, total = json.loads(_path(folder, public_id).read_text(encoding="utf-8"))
        return Stage(str(name), int(done), int(total))
    except (OSError, ValueError, TypeError):
        return None


def _path(folder: Path, public_id: str) -> Path:
    if not re.fullmatch("[A-Za-z0-9_-]{1,24}", public_id):
        raise ValueError(public_id)
    return folder / f"{public_id}.json"
