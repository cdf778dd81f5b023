"""Memory of server and worker after a thousand sheets, and how soon they are ready after a kill."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from portal import create_app
from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.server.arguments import Arguments
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.processes import free_port, is_open

from . import stage
from .demonstration import Demonstration
from .load import Request
from .report import Report
from .server import await_ready, running

SHEETS, CLIENTS = 1000, 8
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
GOAL_MB, GOAL_SECONDS = 200, 2.0
SETTLE_SECONDS = 5
WORKER = [sys.executable, "-m", "portal.cli", "worker"]


@dataclass(frozen=True, slots=True)
class Spent:
    """Memory of a process, MB: its share of what it shares with others (PSS), and what it holds alone."""

    name: str
    share: float
    alone: float


def measure(report: Report, demonstration: Demonstration) -> None:
    """Serve, ask the sheets, print what each process holds; kill, print the seconds until it is ready."""
    pages, headers = _sheets(demonstration)
    environment = demonstration.environment
    log = demonstration.folder / "memory.log"
    # What only the first day of an installation needs: its first anchor reads every row.
    subprocess.run(
        [*WORKER, "--once"],
        check=False,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    beside = Arguments("127.0.0.1", free_port(), worker=True)
    with running(beside.command(), environment, log) as server:
        before, after = _around(server, lambda: spent_by("server", server.pid), pages, headers, beside.port)
    _print_memory(report, "server with its worker", before, after)
    alone = Arguments("127.0.0.1", free_port())
    with running(alone.command(), environment, log) as server, running(WORKER, environment, log) as worker:
        before, after = _around(
            server,
            lambda: [*spent_by("server", server.pid), *spent_by("worker", worker.pid)],
            pages,
            headers,
            alone.port,
        )
    _print_memory(report, "server and a worker apart", before, after)
    _print_starts(report, _after_kills(environment, log))


def _around(
    server: subprocess.Popen[bytes],
    spent: Callable[[], list[Spent]],
    pages: list[Request],
    headers: dict[str, str],
    port: int,
) -> tuple[list[Spent], list[Spent]]:
    """Return what is spent before and after the pages."""
    await_ready(port, server)
    time.sleep(SETTLE_SECONDS)
    before = spent()
    _ask(port, pages, headers)
    return before, spent()


def _sheets(demonstration: Demonstration) -> tuple[list[Request], dict[str, str]]:
    settings = demonstration.settings
    engine = make_engine(settings.database_url)
    with session_factory(engine, cheapen(Vault(settings.pepper)))() as session:
        who = stage.customer(create_app(settings), session, now=demonstration.now)
        found = stage.sheets(session, today=GasDay.of(demonstration.now), only=who.numeric_keys)
    engine.dispose()
    return (found * (SHEETS // len(found) + 1))[:SHEETS], {"Cookie": who.cookie}


def _ask(port: int, pages: list[Request], headers: dict[str, str]) -> None:
    """Ask every page once, over as many kept connections as a small portal has."""

    def ask(some: list[Request]) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            for page in some:
                connection.request("GET", page.path, headers=headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{page.path} was answered {answer.status}")

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, [pages[first::CLIENTS] for first in range(CLIENTS)]))


def spent_by(name: str, parent: int) -> list[Spent]:
    """Return the memory of a process and of all that it started."""
    return [
        _memory_of(Path(f"/proc/{pid}/comm").read_text().strip().replace("python", f"portal {name}"), pid)
        for pid in (parent, *_descendants(parent))
    ]


def _memory_of(name: str, pid: int) -> Spent:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = {key: int(value) for key, value in re.findall(r"^(\w+): +(\d+) kB$", text, re.MULTILINE)}
    alone = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Spent(name, kilobytes["Pss"] / 1024, alone / 1024)


def _descendants(parent: int) -> list[int]:
    found = []
    for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in map(int, tasks.read_text().split()):
            found += [pid, *_descendants(pid)]
    return sorted(set(found))


def _print_memory(report: Report, what: str, before: list[Spent], after: list[Spent]) -> None:
    table = Table(title=f"Memory of {what} before and after {SHEETS:,} sheets, MB")
    for heading in ("process", "PSS at start", "PSS after", "of it alone", "goal"):
        table.add_column(heading, justify="left" if heading == "process" else "right")
    for first, last in zip(before, after, strict=True):
        table.add_row(last.name, f"{first.share:.0f}", f"{last.share:.0f}", f"{last.alone:.0f}", "")
    sums = [sum(each.share for each in spent) for spent in (before, after)]
    goal = report.hold(f"{what}, after {SHEETS:,} sheets", sums[1], unit="MB", at_most=GOAL_MB)
    table.add_row("all", f"{sums[0]:.0f}", f"{sums[1]:.0f}", "", goal)
    report.print(table)


def _after_kills(environment: dict[str, str], log: Path) -> dict[str, list[float]]:
    """Return the seconds from SIGKILL to the first answer, by who was killed."""
    seconds: dict[str, list[float]] = {"its only process": [], "all of it, started again at once": []}
    for _ in range(ROUNDS):
        asked = Arguments("127.0.0.1", free_port(), workers=1)
        with running(asked.command(), environment, log) as server:
            await_ready(asked.port, server)
            began = time.monotonic()
            os.kill(_descendants(server.pid)[-1], signal.SIGKILL)
            await_ready(asked.port, server)
            seconds["its only process"].append(time.monotonic() - began)
            began = time.monotonic()
            server.kill()
            server.wait()
            # Its children end with it, a moment later, and would answer until then. Whether somebody has buried them
            # does not matter: that is the machine's first process, which may take a second for it.
            while is_open(asked.port):
                time.sleep(0.005)
            with running(asked.command(), environment, log) as again:
                await_ready(asked.port, again)
                seconds["all of it, started again at once"].append(time.monotonic() - began)
    return seconds


def _print_starts(report: Report, seconds: dict[str, list[float]]) -> None:
    table = Table(title=f"Seconds until the server is ready again, {ROUNDS} kills")
    for heading in ("killed", "median", "longest", "goal"):
        table.add_column(heading, justify="left" if heading == "killed" else "right")
    for who, found in seconds.items():
        goal = report.hold(f"ready after a kill of {who}, longest", max(found), unit="s", at_most=GOAL_SECONDS)
        table.add_row(who, f"{statistics.median(found):.2f}", f"{max(found):.2f}", goal)
    report.print(table)
