"""The portal under the server that `portal run` starts, killed with all its workers and started again."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from portal.server.arguments import TARGET, Arguments
from tests.processes import free_port, without_portal_settings
from tests.watch import Watch

ROOT = Path(__file__).parents[2]
# Against hanging; the first server of a run compiles every module.
PATIENCE_SECONDS = 120


class Server:
    """Serves the portal with the settings of `environment`, each time on the same port.

    With `factory` (`module:function`) what that makes is served in its stead.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *, factory: str | None = None) -> None:
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._folder = folder
        target = f"{factory}()" if factory else TARGET
        self._command = Arguments("127.0.0.1", self.port, target=target).command()
        inherited = without_portal_settings()
        # As installed: modules are compiled once, not again at every start.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environment = inherited | {"PORT": str(self.port)} | dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: Watch | None = None

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self) -> float:
        """Start it; return after how many seconds it was ready."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._watch = Watch(self._process.pid, self._folder / "instance", signal="KILL")
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > began + PATIENCE_SECONDS:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)
        return time.monotonic() - began

    def stop(self) -> int:
        """Tell it to stop, as a service manager does; return its status when it has ended."""
        assert self._process
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """Kill the server and its workers with SIGKILL, all at once; nothing happens when it does not run."""
        if self._watch:
            self._watch.over()
            self._watch = None
        if self._process:
            # Its processes lead groups of their own.
            for pid in (dying := _session_of(self._process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            while any(Path(f"/proc/{pid}").exists() for pid in dying):
                time.sleep(0.005)
            self._process = None

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self._folder / "server.log"

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/salud/listo")
            return connection.getresponse().status == 200
        return False


def _session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[3]) == leader:
                found.append(int(folder.name))
    return found
