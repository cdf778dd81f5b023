"""Which process holds something, and whether it has ended: known at once on the same machine, never on another."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
# States of a process that is dead but still listed (proc(5)).
_DEAD = "ZXx"


def own() -> str:
    """Return what this process is known by: machine, number and start; another with its number has another start."""
    return _own(os.getpid())


@cache
def _own(pid: int) -> str:
    return f"{_machine()}:{pid}:{_start_of(pid) or 'unknown'}"


def has_ended(name: str) -> bool:
    """Tell whether the process of this name has surely ended; of one on another machine nobody can tell: False."""
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    start = name.rpartition(":")[2]
    if machine != _machine() or start == "unknown" or not rest.isdecimal():
        return False
    return _start_of(int(rest)) != start


@cache
def _machine() -> str:
    """Name the start of this machine and, where several share it, the container: numbers mean nothing outside."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return "nowhere"


def _start_of(pid: int) -> str | None:
    """Return when a process began, in ticks since the machine did; None when there is none or it is dead."""
    try:
        # The name of the program stands in brackets and may hold anything.
        fields = (_PROC / f"{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, start = fields[0], fields[19]
    return None if state in _DEAD else start
