"""Sockets that the server listens on: one for each of its processes, kept open by their parent.

What waits on a socket survives the death of its process, and a reload: the next process on it takes it.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Sequence
from pathlib import Path

BACKLOG = 2048


class PortTaken(Exception):
    """The port is taken or not allowed; the text says which."""


def refuse_taken(host: str, port: int) -> None:
    """Raise ``PortTaken`` when nothing can listen there.

    The sockets share a port with any server of the same user (SO_REUSEPORT): two would answer in turn.
    """
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # A socket that is only bound would pass the lines before.
            probe.listen(1)
        except OSError as error:
            raise _taken(host, port, error) from error


def listen(host: str, port: int, *, count: int) -> list[socket.socket]:
    """Return sockets among which the kernel divides the connections; raises ``PortTaken``."""
    found = []
    for _ in range(count):
        each = socket.socket(_family(host))
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            each.bind((host, port))
            each.listen(BACKLOG)
        except OSError as error:
            raise _taken(host, port, error) from error
        each.setblocking(False)
        found.append(each)
    return found


def inherit(descriptors: Sequence[int]) -> list[socket.socket]:
    """Return the sockets that the program before this one opened in this process."""
    found = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    for each in found:
        each.set_inheritable(False)
    return found


def hand_on(sockets: Sequence[socket.socket]) -> list[int]:
    """Let the next program of this process have the sockets; return their descriptors."""
    for each in sockets:
        each.set_inheritable(True)
    return [each.fileno() for each in sockets]


def go_deaf() -> None:
    """Take no more connections in this process: those that come wait for the next one on the same socket.

    The listening sockets belong to granian, which closes them together with connections whose request it has not read
    yet. Each descriptor is therefore made one of a socket that nobody can connect to.
    """
    deaf = socket.socket(socket.AF_UNIX)
    deaf.bind("")
    deaf.listen()
    deaf.setblocking(False)
    for descriptor in [int(each.name) for each in Path("/proc/self/fd").iterdir()]:
        if _listens(descriptor):
            os.dup2(deaf.fileno(), descriptor)


def _listens(descriptor: int) -> bool:
    """Tell whether it is a socket that listens on a port."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
    except OSError:
        # That of the list itself is closed by now.
        return False
    with socket.socket(fileno=os.dup(descriptor)) as found:
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return bool(listens) and found.family in (socket.AF_INET, socket.AF_INET6)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _taken(host: str, port: int, error: OSError) -> PortTaken:
    why = error.strerror or str(error)
    return PortTaken(f"Nothing can listen on {host}:{port} ({why}); set HOST or PORT to another.")
