"""A process that is started, ended and started again; it ends with whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.watch import Watch

START_SECONDS, STOP_SECONDS = 60.0, 20.0


class DidNotStart(Exception):
    """A process did not start; the text is the end of what it wrote."""


class Process:
    """A command with its log, in a process group of its own; `is_ready` tells when it serves."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        is_ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        rest_seconds: float = 0.05,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self._folder = folder
        self._is_ready = is_ready
        self._environment = environment
        self._user = user
        self._rest_seconds = rest_seconds
        # Where in the log the last start begins, in bytes.
        self.begins_at = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._was_killed = False
        self._watch: Watch | None = None

    def start(self) -> float:
        """Start it; return after how many seconds it was ready.

        After a kill it is tried again while what was killed still ends. Raises ``DidNotStart``.
        """
        began = time.monotonic()
        while True:
            if self._process is None:
                self._launch()
            if self._is_ready():
                return time.monotonic() - began
            assert self._process
            ended = self._process.poll() is not None
            if (ended and not self._was_killed) or time.monotonic() > began + START_SECONDS:
                self.kill()
                raise DidNotStart(f"{self.name}:\n{self.log.read_text(errors='replace')[-4000:]}")
            if ended:
                self._forget()
            time.sleep(self._rest_seconds)

    def stop(self) -> None:
        """Tell it to stop and wait; nothing happens when it does not run."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._forget()

    def kill(self) -> None:
        """Kill it and the processes of its group with SIGKILL; nothing happens when it does not run."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._was_killed = True
        self._forget()

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self.begins_at = log.tell()
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=dict(self._environment) if self._environment is not None else None,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # Ended in order where that ends its children too: the tests may die before they could.
        self._watch = Watch(self._process.pid, signal="TERM")

    def _forget(self) -> None:
        if self._watch:
            self._watch.over()
        self._process = self._watch = None


def without_portal_settings() -> dict[str, str]:
    """Return the environment of the tests without the portal's settings, so that a test decides alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}


def is_open(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
