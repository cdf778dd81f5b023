"""Supervision of children forked from one loaded process: restarts one that died, replaces all of them at SIGHUP."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import structlog

from .process import end_with_parent, name_process

# Pause before a restart, doubled each time it dies soon, up to the longest.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# After this life the next death counts as the first.
LIVED_SECONDS = 60.0
LOOK_SECONDS = 0.05
# Clients with a kept connection are told to open another one with their next answer; then the connection is closed.
DRAIN_SECONDS = 2.0
# The server gives its requests less than this.
LATE_SECONDS = 15.0
STOPS = (signal.SIGTERM, signal.SIGINT)
RELOAD, DRAIN = signal.SIGHUP, signal.SIGUSR1
log = structlog.get_logger("portal.supervision")


@contextmanager
def held_back() -> Iterator[None]:
    """Hold signals back: one that came between a fork or an exec and its handler would be lost, or end the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [*STOPS, RELOAD])
    try:
        yield
    finally:
        let_signals_in()


def let_signals_in() -> None:
    """Let the signals in that were held back, also by the program before an exec."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [*STOPS, RELOAD])


@dataclass(slots=True)
class Child:
    """Process to keep running: its name in the log, the work that it does after its fork."""

    name: str
    work: Callable[[], None]
    process: BaseProcess | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS
    due: float = 0.0
    starts: int = 0
    # True when the last run ended by itself.
    failed: bool = False

    def start(self) -> None:
        """Fork it as a process that ends with this one."""
        self.process = multiprocessing.get_context("fork").Process(target=self._run, name=self.name)
        with held_back():
            self.process.start()
        self.began = time.monotonic()
        self.starts += 1

    def _run(self) -> None:
        # In a group of its own: Ctrl+C reaches only the parent, which passes it on once. Two signals at once can meet
        # in a handler that holds a lock, and hang there.
        os.setpgid(0, 0)
        end_with_parent()
        name_process(f"portal-{self.name}")
        for number in (*STOPS, RELOAD):
            signal.signal(number, signal.SIG_DFL)
        # Only processes that have clients know what to do about it.
        signal.signal(DRAIN, signal.SIG_IGN)
        let_signals_in()
        self.work()


class Former:
    """Child of the program before a reload, known by its process id."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended = False
        self._since = time.monotonic()
        # What it is told, and the seconds that it was given before.
        self._steps = [(signal.SIGTERM, DRAIN_SECONDS), (DRAIN, 0.0)]

    def look(self) -> None:
        """Tell it what is due: to send its clients on, then to end."""
        self.poll()
        if self._steps and not self.ended and time.monotonic() >= self._since + self._steps[-1][1]:
            number, _seconds = self._steps.pop()
            self._since = time.monotonic()
            # The processes that have the clients are of its group.
            self.tell(number, os.killpg if number == DRAIN else os.kill)

    def tell(self, number: int, by: Callable[[int, int], None] = os.kill) -> None:
        """Send it a signal."""
        with contextlib.suppress(ProcessLookupError):
            by(self.pid, number)

    def poll(self) -> None:
        """See whether it has ended."""
        if not self.ended:
            with contextlib.suppress(ChildProcessError):
                self.ended = os.waitpid(self.pid, os.WNOHANG)[0] == self.pid

    @property
    def is_late(self) -> bool:
        """True when it does not end although it was told to, LATE_SECONDS ago."""
        return not self._steps and time.monotonic() > self._since + LATE_SECONDS


class Parent:
    """Keeps its children running until stopped; ``patience_seconds``: their time to end.

    ``check`` is the command line that says by its status whether the program and its settings of now could be started;
    ``renew`` replaces this program with them and does not return. ``former``: children of the program before, which are
    ended once ``is_ready``.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        patience_seconds: float,
        check: Callable[[], subprocess.Popen[bytes]] | None = None,
        renew: Callable[[list[int]], None] | None = None,
        former: Sequence[Former] = (),
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self.children = children
        self._patience_seconds = patience_seconds
        self._check = check
        self._renew = renew
        self._former = list(former)
        self._is_ready = is_ready
        self._checked: subprocess.Popen[bytes] | None = None
        self._told: list[int] = []

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit status: 1 when the first child never began."""
        for number in (*STOPS, RELOAD):
            # Not an Event: the interrupted code may hold its lock.
            signal.signal(number, lambda number, _frame: self._told.append(number))
        let_signals_in()
        first = self.children[0]
        try:
            first.start()
            while not set(self._told) & set(STOPS):
                for child in self.children:
                    self._look_after(child)
                if first.starts == 1 and first.failed and not self._former:
                    # It ended before it ever worked: a restart would fail again.
                    return 1
                self._replace_former()
                self._look_for_reload()
                time.sleep(LOOK_SECONDS)
            return 0
        finally:
            self._end()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
            return
        status = child.process.exitcode
        if status is None:
            return
        child.process = None
        child.failed = status > 0
        if now - child.began >= LIVED_SECONDS:
            child.pause = FIRST_PAUSE_SECONDS
        child.due = now + child.pause
        lived = round(now - child.began, 1)
        log.error("child_died", child=child.name, **_how(status), lived_seconds=lived, again_in_seconds=child.pause)
        child.pause = min(2 * child.pause, LONGEST_PAUSE_SECONDS)

    def _replace_former(self) -> None:
        if not self._former or not self._is_ready():
            return
        for former in self._former:
            former.look()
            if former.is_late:
                former.tell(signal.SIGKILL)
        self._former = [former for former in self._former if not former.ended]
        if not self._former:
            log.info("reloaded")

    def _look_for_reload(self) -> None:
        if self._check is None or self._renew is None or self._former:
            return
        if self._checked is None:
            if RELOAD in self._told:
                self._told.clear()
                # What was asked for while it runs is asked for again: files may have changed since.
                self._checked = self._check()
            return
        status = self._checked.poll()
        if status is None:
            return
        self._checked = None
        if status:
            log.error("reload_refused", status=status)
            return
        self._renew([child.process.pid for child in self.children if child.process and child.process.pid])

    def _end(self) -> None:
        running = [child.process for child in self.children if child.process]
        for process in running:
            process.terminate()
        for former in self._former:
            former.tell(signal.SIGTERM)
        if self._checked:
            self._checked.kill()
            self._checked.wait()
        until = time.monotonic() + self._patience_seconds
        while not all(former.ended for former in self._former) and time.monotonic() < until:
            for former in self._former:
                former.poll()
            time.sleep(LOOK_SECONDS)
        for former in self._former:
            former.tell(signal.SIGKILL)
        for process in running:
            process.join(max(until - time.monotonic(), 0))
            process.kill()
            process.join()


def _how(status: int) -> dict[str, int | str]:
    return {"status": status} if status >= 0 else {"signal": signal.Signals(-status).name}
