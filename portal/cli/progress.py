"""Progress of a long command: a bar on a terminal, a line per stage elsewhere; always on stderr."""

from __future__ import annotations

import sys
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Stages:
    """Callable with (stage, done, total)."""

    def __init__(self) -> None:
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress | None = None
        if sys.stderr.isatty():
            self._bars = Progress(
                TextColumn("{task.description:<18}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )

    def __enter__(self) -> Stages:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show the progress of ``what``."""
        if self._bars is None:
            if done == total:
                click.echo(f"{what}: {total}", err=True)
            return
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done)

    def stage(self, what: str) -> _Stage:
        """Return a callback (done, total) for one stage."""
        return _Stage(self, what)


class _Stage:
    def __init__(self, stages: Stages, what: str) -> None:
        self._stages = stages
        self._what = what

    def __call__(self, done: int, total: int) -> None:
        self._stages(self._what, done, total)
