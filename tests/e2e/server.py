"""The application under its production server, on a free loopback port, ended by its process id."""

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from portal.server.arguments import Arguments
from tests.processes import free_port, without_portal_settings
from tests.watch import Watch

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
STOP_SECONDS = 10


class LiveServer:
    """Serves `factory` (`module:function`) from `folder`, which holds its instance and its log.

    `environment` adds to the process's own; every `PORTAL_…` of the machine is left out, so that a test decides alone.
    `host` is the name by which browsers reach it: passkeys belong to a name, which 127.0.0.1 is none of.
    """

    def __init__(
        self,
        folder: Path,
        *,
        factory: str = "portal:create_app",
        environment: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
    ):
        self.folder = folder
        self.factory = factory
        self.instance = Path((environment or {}).get("PORTAL_INSTANCE", folder / "instance"))
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        inherited = without_portal_settings()
        settings = {"PORTAL_INSTANCE": str(self.instance), "PORTAL_BASE_URL": self.url, "PORT": str(self.port)}
        self.environment = inherited | settings | dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.watch: Watch | None = None

    def __enter__(self) -> "LiveServer":
        self.instance.mkdir(parents=True, exist_ok=True)
        command = Arguments("127.0.0.1", self.port, workers=1, target=f"{self.factory}()").command()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.watch = Watch(self.process.pid, self.instance, signal="TERM")
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server and its workers; `SIGKILL` leaves it no time to tidy up."""
        if self.watch:
            self.watch.over()
            self.watch = None
        if not self.process:
            return
        # The whole session that it leads: a worker must not outlive it.
        with contextlib.suppress(ProcessLookupError):
            if how == signal.SIGTERM:
                self.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_SECONDS)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _wait(self) -> None:
        assert self.process
        give_up = time.monotonic() + START_SECONDS
        while True:
            # Its first answer may take longer than this on a busy machine, and is asked for again.
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
                # Any answer will do, a refusal too: the application has loaded.
                connection.request("GET", "/salud")
                connection.getresponse().read()
                return
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{self.factory} did not start:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)
