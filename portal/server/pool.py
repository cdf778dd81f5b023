"""Granian's server over processes that are forks of a loaded one, on sockets that were opened before."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Sequence
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from portal import logs

from .front import Front
from .process import allow_connections, end_with_parent, name_process
from .sockets import BACKLOG

# Longer than the slowest answer, which waits five seconds for the database.
KILL_SECONDS = 8
# Connections of one process; a slow client costs some memory and no thread.
CONNECTIONS = 4096


class Pool(MPServer):
    """Processes that serve one application, one on each socket; a dead one is forked again.

    ``ready``: descriptor of a pipe that gets a byte from each process.
    """

    def __init__(self, app: Front, sockets: Sequence[socket.socket], *, ready: int) -> None:
        # Granian opens none of its own, and names the address in its log.
        host, port = sockets[0].getsockname()[:2]
        super().__init__(
            "",
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            workers=len(sockets),
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=int(app.patience_seconds * 1000)),
            websockets=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
            respawn_failed_workers=True,
            workers_kill_timeout=KILL_SECONDS,
            log_dictconfig=logs.configuration_of_server(),
            # At a terminal only what goes wrong.
            log_level=LogLevels.warning if logs.is_text() else LogLevels.info,
        )
        self._app = app
        self._sockets = sockets
        self._ready = ready

    def work(self) -> None:
        """Serve until stopped; exits with status 1 when its processes die again and again."""
        logs.serve("server")
        allow_connections(len(self._sockets) * CONNECTIONS)
        # Later Pythons start processes otherwise, which would load the application anew.
        multiprocessing.set_start_method("fork", force=True)
        self.serve(target_loader=self._begin, wrap_loader=False)  # type: ignore[arg-type]

    def signal_handler_reload(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: forks of this process would be of the program that it has loaded. Its parent reloads."""

    def _init_shared_socket(self) -> None:
        # Granian would open one for each process, which ends with it and with what waits on it.
        self._ssp = self._sso = None

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        descriptor = os.dup(self._sockets[idx].fileno())
        self._shd = SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg, assignment]
        return super()._spawn_worker(idx, target, callback_loader)

    def _begin(self) -> Front:
        """Return the application, in a process that granian has just forked."""
        # Inherited from the parent; until the front listens to it, a signal must end the process.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_with_parent()
        name_process("portal-web")
        logs.serve("web")
        os.write(self._ready, b".")
        return self._app
