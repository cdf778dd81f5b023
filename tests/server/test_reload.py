"""SIGHUP: the program, `.env` and secrets of now take the place of those before, and no request is lost."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.server.arguments import Arguments
from tests.processes import free_port, without_portal_settings

# Against hanging; a reload loads the program twice.
PATIENCE_SECONDS = 120
KEPT, NEW = 4, 2
# A page with a word that differs in length too: files are told apart by time and size.
PROGRAM = """
from flask import Flask

def make():
    app = Flask(__name__)
    app.add_url_rule("/salud", "alive", lambda: "{word}")
    {more}
    return app
"""


class Clients:
    """People who ask without a pause, some with a connection that they keep, some with a new one each time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self.answered = 0
        self.failures: list[str] = []

    def __enter__(self) -> Clients:
        self._threads = [threading.Thread(target=self._ask, args=(True,)) for _ in range(KEPT)]
        self._threads += [threading.Thread(target=self._ask, args=(False,)) for _ in range(NEW)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._over.wait(0.002):
            try:
                connection.request("GET", "/salud")
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{'kept' if keeps else 'new'}: {error!r}")
                connection.close()
                continue
            if answer.status != 200:
                self.failures.append(str(answer.status))
            self.answered += 1
            # `http.client` opens another one when the server announced the end of this one.
            if not keeps:
                connection.close()
        connection.close()


class Served:
    """A server of a small program in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.log = folder / "log"
        self.write("antes")

    def write(self, word: str, more: str = "") -> None:
        """Change the program."""
        (self._folder / "shown.py").write_text(PROGRAM.format(word=word, more=more))

    @contextmanager
    def running(self, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """Serve it while the block runs."""
        command = Arguments("127.0.0.1", self.port, target="shown:make()").command()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=without_portal_settings() | {"PYTHONPATH": str(self._folder)} | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait_until(lambda: self.word() is not None)
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)

    def word(self) -> str | None:
        """What the page says; None while nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/salud", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    def wait_until(self, happened: Callable[[], object]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.05)

    def told(self, event: str) -> bool:
        """Whether the log has the event."""
        return f'"{event}"' in self.log.read_text()


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path)


def test_a_reload_serves_the_changed_program_and_loses_no_request(served: Served):
    with served.running() as process:
        with Clients(served.port) as clients:
            served.write("después")
            process.send_signal(signal.SIGHUP)
            served.wait_until(lambda: served.told("reloaded"))
            asked = clients.answered
            served.wait_until(lambda: clients.answered > asked + 100)
        assert clients.failures == []
        assert served.word() == "después"
        assert process.poll() is None, "the process that a service manager knows stays the same"


def test_the_log_names_the_port_that_is_listened_on(served: Served):
    with served.running():
        assert f"Listening at: http://127.0.0.1:{served.port}" in served.log.read_text()


def test_a_program_that_cannot_be_loaded_leaves_the_one_before_in_its_place(served: Served):
    with served.running() as process:
        with Clients(served.port) as clients:
            served.write("después", more="raise SystemExit('Error: no se puede')")
            process.send_signal(signal.SIGHUP)
            served.wait_until(lambda: served.told("reload_refused"))
        assert clients.failures == []
        assert served.word() == "antes"
        assert "Error: no se puede\n" in served.log.read_text()
        # The next one, which can, is taken.
        served.write("por fin")
        process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: served.told("reloaded"))
        assert served.word() == "por fin"


def test_a_reload_reads_env_anew_but_not_what_the_service_manager_set(served: Served, tmp_path: Path):
    served.write("", more="import os; app.view_functions['alive'] = lambda: os.environ['A'] + os.environ['B']")
    (tmp_path / ".env").write_text("A=una\nB=una\n")
    with served.running(B="dos") as process:
        assert served.word() == "unados"
        (tmp_path / ".env").write_text("A=otra\nB=otra\n")
        process.send_signal(signal.SIGHUP)
        served.wait_until(lambda: served.told("reloaded"))
        assert served.word() == "otrados"


def test_a_stop_during_a_reload_ends_everything(served: Served):
    with served.running() as process:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert served.word() is None


def test_what_waits_on_the_socket_of_a_killed_process_is_answered_by_the_next_one(served: Served):
    with served.running() as process:
        (server,) = _children(process.pid)
        for each in _children(server):
            os.kill(each, signal.SIGKILL)
        # None of these is refused: the sockets are the parent's.
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)) as connection:
            connection.request("GET", "/salud")
            assert connection.getresponse().read() == b"antes"


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in text.split()]
