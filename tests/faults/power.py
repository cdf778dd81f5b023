"""Power that fails: of what was written to a SQLite database only what was synced is sure to be there afterwards.

The server runs with ``journal.c`` loaded before the C library. `cut` makes the files of the database what a disk
without power may have kept: everything up to the last sync, and of what was written after it nothing or some sectors.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("journal.c")
HEAD = struct.Struct("=QQQQQ")
# What a disk writes as a whole.
SECTOR = 512


@dataclass
class _File:
    """What a disk holds of a file for sure, and what it was told since."""

    sure: bytearray | None = None
    # In order: where, and what; None for a new length.
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    # How many of them were there when a sync began.
    begun: dict[int, int] = field(default_factory=dict)

    def sync(self, token: int) -> None:
        """Make sure of what was there when this sync began."""
        count = self.begun.pop(token)
        for offset, data in self.since[:count]:
            self._apply(offset, data)
        del self.since[:count]
        self.begun = {other: max(0, at - count) for other, at in self.begun.items()}

    def fail(self, chance: random.Random, keeps: float) -> None:
        """Lose what is not sure, but for some sectors."""
        for offset, data in self.since:
            if data is None:
                if chance.random() < keeps:
                    self._apply(offset, None)
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < keeps:
                    self._apply(offset + start, data[start : start + SECTOR])
        self.since.clear()

    def _apply(self, offset: int, data: bytes | None) -> None:
        if self.sure is None:
            self.sure = bytearray()
        if len(self.sure) < offset:
            self.sure.extend(bytes(offset - len(self.sure)))
        if data is None:
            del self.sure[offset:]
        else:
            self.sure[offset : offset + len(data)] = data


class Power:
    """The disk under a database ``file``, from `begin` to `cut`; ``environment`` is the server's."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._files = (file, file.with_name(f"{file.name}-wal"))
        self._shared = file.with_name(f"{file.name}-shm")
        self._journal = folder / "power.journal"
        self.environment = {"LD_PRELOAD": str(_built(folder)), "POWER_JOURNAL": str(self._journal)}
        self._held: dict[Path, bytes] = {}

    def begin(self) -> None:
        """Take what is there for safe: nobody may have the database open."""
        self._journal.unlink(missing_ok=True)
        self._held = {path: path.read_bytes() for path in self._files if path.exists()}

    def cut(self, chance: random.Random) -> int:
        """Leave of the files what is sure, and perhaps more; return how many bytes were not sure.

        Everybody who had the database open is dead.
        """
        files = {path: _File(bytearray(held)) for path, held in self._held.items()}
        for kind, token, offset, path, data in self._read():
            file = files.setdefault(path, _File())
            match kind:
                case "W":
                    file.since.append((offset, data))
                case "T":
                    file.since.append((offset, None))
                case "B":
                    file.begun[token] = len(file.since)
                case "E" if token in file.begun:
                    file.sync(token)
                case "U":
                    files[path] = _File()
        unsure = sum(len(data or b"") for file in files.values() for _offset, data in file.since)
        # Every other time nothing at all is kept, as by a disk that takes its time.
        keeps = chance.choice((0.0, chance.random()))
        for path in self._files:
            file = files.get(path, _File())
            file.fail(chance, keeps)
            path.unlink(missing_ok=True)
            if file.sure is not None:
                path.write_bytes(file.sure)
        self._shared.unlink(missing_ok=True)
        return unsure

    def _read(self) -> Iterator[tuple[str, int, int, Path, bytes]]:
        told = self._journal.read_bytes() if self._journal.exists() else b""
        at = 0
        while at + HEAD.size <= len(told):
            kind, token, offset, length, path_length = HEAD.unpack_from(told, at)
            at += HEAD.size
            path = Path(told[at : at + path_length].decode())
            at += path_length
            data = told[at : at + length] if chr(kind) == "W" else b""
            at += len(data)
            yield chr(kind), token, offset, path, data


def _built(folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("There is no C compiler on this machine, which the test of power loss needs: install gcc.")
    library = folder / "journal.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"],
        check=True,
        capture_output=True,
    )
    return library
