"""Server, and the worker beside it, as forks of one process that has loaded the application (docs/adr/0149).

Started by ``portal run`` and ``portal serve``, by tests and the benchmark. At SIGHUP the process loads itself anew, on
the same sockets (docs/adr/0150).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
import structlog

from portal import logs
from portal.env_file import read_env_file

from .arguments import TARGET, Arguments
from .pool import KILL_SECONDS, Pool
from .process import name_process
from .sockets import PortTaken, hand_on, inherit, listen
from .supervision import Child, Former, Parent, held_back, let_signals_in

# The server gives its requests KILL_SECONDS, and its parent a moment more.
PATIENCE_SECONDS = KILL_SECONDS + 1
ENV_FILE = Path(".env")


def load(target: str) -> Any:
    """Return the object named ``module:name``, for the forks of this process.

    ``module:name()`` makes a Flask application, which is put behind the front.
    """
    # Nearly all that loads now stays: collecting it again and again is a seventh of the start.
    gc.disable()
    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module), name.removesuffix("()"))
    if not name.endswith("()"):
        return found
    from portal.rsgi import fronted

    return fronted(found())


class Program:
    """The server as asked for, and the settings of ``.env`` as they were at its start."""

    def __init__(self, asked: Arguments) -> None:
        self._asked = asked
        # By them a reload tells the settings of the file, to be read anew, from those of the service manager.
        self._of_file: dict[str, str] = {}
        read_env_file(ENV_FILE, self._of_file)
        for name, value in self._of_file.items():
            os.environ.setdefault(name, value)

    def serve(self) -> int:
        """Serve until stopped, restarting what dies; return the exit status."""
        asked = self._asked
        sockets = inherit(asked.sockets)
        app = load(asked.target)
        # Not before: of several servers behind a proxy, another one answers who comes while this one loads.
        sockets = sockets or listen(asked.host, asked.port, count=asked.workers)
        ready, tell_ready = os.pipe()
        children = [Child("server", Pool(app, sockets, ready=tell_ready).work)]
        if asked.worker:
            children.append(Child("worker", partial(_work, importlib.import_module("portal.cli.worker"), sockets)))
        # Forks share the pages of what is loaded, as long as no collection writes to them. Loading leaves next to no
        # garbage, and looking for it takes an eighth of the start.
        gc.freeze()
        gc.enable()
        return Parent(
            children,
            patience_seconds=PATIENCE_SECONDS,
            former=[Former(pid) for pid in asked.former],
            is_ready=_counting(ready, asked.workers),
            check=self._check,
            renew=lambda former: self._renew(hand_on(sockets), former),
        ).run()

    def check(self) -> None:
        """Load everything and serve nothing; ends with one line and status 1 when it could not be served."""
        from portal.rsgi import refuse_unfit

        app = load(self._asked.target)
        if self._asked.target == TARGET:
            refuse_unfit(app)

    def _check(self) -> subprocess.Popen[bytes]:
        command = replace(self._asked, check=True, sockets=(), former=()).command()
        return subprocess.Popen(command, env=self._environment(), stdin=subprocess.DEVNULL)  # noqa: S603

    def _renew(self, sockets: Sequence[int], former: Sequence[int]) -> NoReturn:
        command = replace(self._asked, sockets=tuple(sockets), former=tuple(former)).command()
        sys.stdout.flush()
        sys.stderr.flush()
        with held_back():
            os.execve(command[0], command, self._environment())  # noqa: S606

    def _environment(self) -> dict[str, str]:
        """Return the environment without the settings of ``.env``, which the next program reads anew."""
        return {name: value for name, value in os.environ.items() if self._of_file.get(name) != value}


def _work(worker: Any, sockets: Sequence[socket.socket]) -> None:
    for each in sockets:
        each.close()
    worker.work_beside()


def _counting(ready: int, most: int) -> Callable[[], bool]:
    """Return the question whether so many processes have begun, each of which writes one byte."""
    os.set_blocking(ready, False)
    begun = b""

    def is_ready() -> bool:
        nonlocal begun
        with contextlib.suppress(BlockingIOError):
            begun += os.read(ready, most)
        return len(begun) >= most

    return is_ready


def run(asked: Arguments) -> NoReturn:
    """Serve as asked, or only load when asked to check; ends the process, after one line when it cannot be done."""
    name_process("portal")
    logs.serve("parent")
    try:
        program = Program(asked)
        if not asked.check:
            sys.exit(program.serve())
        let_signals_in()
        program.check()
        sys.exit(0)
    except PortTaken as error:
        sys.exit(f"Error: {error}")
    except click.ClickException as error:
        sys.exit(f"Error: {error.format_message()}")
    except Exception as error:
        # One line; who started it sees the status.
        structlog.get_logger("portal.server").critical("not loaded", exc_info=error)
        sys.exit(1)


if __name__ == "__main__":
    run(Arguments.parsed(sys.argv[1:]))
