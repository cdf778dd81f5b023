"""Server: granian with the portal's own limits, for ``portal run``, ``portal serve``, tests and benchmark.

Loads no application itself: each of its processes does, anew at SIGHUP.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import resource
import signal
import socket
import sys
from typing import Any

import structlog

WORKERS = 2
TARGET = "portal.rsgi:app"
# Longer than the slowest answer, which waits five seconds for the database.
KILL_SECONDS = 8
# Connections of one process; a slow client costs some memory and no thread.
CONNECTIONS = 4096
BACKLOG = 2048
PR_SET_PDEATHSIG = 1


class PortTaken(Exception):
    """The port is taken or not allowed; the text says which."""


def refuse_taken(host: str, port: int) -> None:
    """Raise ``PortTaken`` when nothing can listen there.

    Granian's sockets share a port with any server of the same user (SO_REUSEPORT): two would answer in turn.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # A socket that is only bound would pass the lines before.
            probe.listen(1)
        except OSError as error:
            why = error.strerror or str(error)
            raise PortTaken(f"Nothing can listen on {host}:{port} ({why}); set HOST or PORT to another.") from error


def serve(host: str, port: int, *, workers: int = WORKERS, header_seconds: float = 20.0, target: str = TARGET) -> None:
    """Serve until stopped, restarting dead processes; exits with status 1 when that fails."""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    from portal import logs

    logs.serve("server")

    allow_connections(workers * CONNECTIONS)
    server = MPServer(
        target,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=int(header_seconds * 1000)),
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_dictconfig=logs.configuration_of_server(),
        # At a terminal only what goes wrong.
        log_level=LogLevels.warning if logs.is_text() else LogLevels.info,
    )
    server.serve(target_loader=load)


def load(target: str) -> Any:
    """Return the object named ``module:name``, in a process that granian has just forked.

    ``module:name()`` makes a Flask application, which is put behind the front.
    """
    # Inherited from the parent; while the application loads, a signal must end the process.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    from portal import logs

    logs.serve("web")
    # Nearly all that loads now stays: collecting it again and again is a seventh of the start.
    gc.disable()
    try:
        module, _, name = target.partition(":")
        found = getattr(importlib.import_module(module), name.removesuffix("()"))
        if not name.endswith("()"):
            return found
        from portal.rsgi import fronted

        return fronted(found())
    except Exception as error:
        # One line; the parent sees the status.
        structlog.get_logger("portal.server").critical("not loaded", exc_info=error)
        sys.exit(1)
    finally:
        gc.freeze()
        gc.enable()


def allow_connections(wanted: int) -> None:
    """Raise the limit of open files of this process and its children, as far as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def end_with_parent() -> None:
    """End this process when its parent ends, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Run ``python -m portal.server.main HOST PORT WORKERS HEADER_SECONDS [TARGET]``."""
    host, port, workers, header_seconds, *target = sys.argv[1:]
    serve(host, int(port), workers=int(workers), header_seconds=float(header_seconds), target=(target or [TARGET])[0])


if __name__ == "__main__":
    main()
