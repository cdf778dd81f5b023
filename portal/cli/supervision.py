"""Supervision of two children: restarts one that died, ends both with all their processes."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from portal.server.main import end_with_parent

# Pause before a restart, doubled each time it dies soon, up to the longest.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# After this life the next death counts as the first.
LIVED_SECONDS = 60.0
LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Child:
    """Process to keep running: its name in the log, its command line."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    due: float = 0.0
    starts: int = 0
    # True when the last run ended by itself.
    failed: bool = False

    def start(self) -> None:
        """Start it as a process that ends with this one."""
        # In a group of its own: Ctrl+C reaches only the parent, which passes it on once. Two signals at once can meet
        # in a
        # handler that holds a lock, and hang there.
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=end_with_parent,  # noqa: PLW1509
        )
        self.began = time.monotonic()
        self.starts += 1


class Parent:
    """Keeps its children running until stopped; ``patience_seconds``: their time to end."""

    def __init__(self, children: Sequence[Child], *, patience_seconds: float) -> None:
        self.children = children
        self._patience_seconds = patience_seconds
        self._stop = threading.Event()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit status: 1 when the first child never began."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stop.set())
        first = self.children[0]
        try:
            first.start()
            while not self._stop.wait(LOOK_SECONDS):
                for child in self.children:
                    self._look_after(child)
                if first.starts == 1 and first.failed:
                    # It ended before it ever worked: a restart would fail again.
                    return 1
            return 0
        finally:
            self._end()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
            return
        status = child.process.poll()
        if status is None:
            return
        child.process = None
        child.failed = status > 0
        if now - child.began >= LIVED_SECONDS:
            child.pause = FIRST_PAUSE_SECONDS
        child.due = now + child.pause
        # Loaded only when there is something to log.
        from portal import logs

        logs.serve("parent")
        lived = round(now - child.began, 1)
        structlog.get_logger("portal.supervision").error(
            "child_died", child=child.name, **_how(status), lived_seconds=lived, again_in_seconds=child.pause
        )
        child.pause = min(2 * child.pause, LONGEST_PAUSE_SECONDS)

    def _end(self) -> None:
        running = [child.process for child in self.children if child.process]
        for process in running:
            process.terminate()
        until = time.monotonic() + self._patience_seconds
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0))
            process.kill()
            process.wait()


def _how(status: int) -> dict[str, int | str]:
    return {"status": status} if status >= 0 else {"signal": signal.Signals(-status).name}
