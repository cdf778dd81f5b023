"""Facts that the kernel keeps of a process: its end with its parent, its name, its limit of files (Linux)."""

from __future__ import annotations

import ctypes
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def end_with_parent() -> None:
    """End this process when its parent ends, even by SIGKILL."""
    _tell(PR_SET_PDEATHSIG, signal.SIGKILL)


def name_process(name: str) -> None:
    """Show this name in lists of processes, 15 letters of it: forks have the command line of their parent."""
    _tell(PR_SET_NAME, name.encode())


def allow_connections(wanted: int) -> None:
    """Raise the limit of open files of this process and its children, as far as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def _tell(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value)
