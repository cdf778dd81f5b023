"""Production servers for the measurements: granian, two workers."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from portal.rsgi import THREADS
from portal.server.arguments import WORKERS, Arguments
from tests.processes import free_port

__all__ = ["THREADS", "WORKERS", "await_ready", "running", "serving"]
START_SECONDS, STOP_SECONDS = 120, 20


@contextmanager
def serving(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Serve the benchmarked application while the block runs; give its address."""
    asked = Arguments("127.0.0.1", free_port())
    with running(asked.command(), environment, log) as server:
        await_ready(asked.port, server)
        yield f"http://127.0.0.1:{asked.port}"


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with the environment added while the block runs."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def await_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server is ready; ends the run when it does not start."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/salud/listo", timeout=5):
            return
        time.sleep(0.01)
    raise SystemExit("The server did not start; its log is in the folder printed above.")
