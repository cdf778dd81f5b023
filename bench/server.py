"""One production server for all measurements: granian, two workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.rsgi import THREADS
from portal.server.arguments import WORKERS, Arguments

__all__ = ["THREADS", "WORKERS", "serving"]
PATIENCE_SECONDS = 120


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Serve the benchmarked application while the block runs; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Arguments("127.0.0.1", port).command()
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/salud/listo", server)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start; its log is in the folder printed above.")
