"""Twenty customers at work for minutes: what they wait for pages and signatures, and whether memory stays as it is."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table

from portal import create_app
from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.server.arguments import Arguments
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.processes import free_port

from . import stage
from .demonstration import Demonstration
from .load import Request
from .memory import spent_by
from .report import Report
from .server import await_ready, running

SECONDS = float(os.environ.get("BENCH_SOAK_SECONDS", "60"))
CLIENTS = 20
# Between two requests of a client; of so many one is a signature.
PAUSE_SECONDS, SIGNS_ONE_IN = (0.3, 1.2), 12
# By then caches are full; what memory grows after it, it goes on growing.
WARM = 0.25
GOAL_VIEW_MS, GOAL_SIGN_MS, GOAL_GROWTH = 300, 500, 1.10


@dataclass
class Seen:
    """What the clients saw: seconds by what was asked, statuses, connections that broke."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"view": [], "sign": []})
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0


def measure(report: Report, demonstration: Demonstration) -> None:
    """Serve, let the clients work, print what they waited and what the processes hold."""
    vault = cheapen(Vault(demonstration.settings.pepper))
    engine = make_engine(demonstration.settings.database_url)
    with session_factory(engine, vault)() as session:
        app = create_app(demonstration.settings)
        who = stage.customer(app, session, now=demonstration.now)
        views = stage.sheets(session, today=GasDay.of(demonstration.now), only=who.numeric_keys)
        signatures = stage.signatures(session, who, now=demonstration.now, most=int(SECONDS * CLIENTS / SIGNS_ONE_IN))
    app.extensions["portal.engine"].dispose()
    engine.dispose()
    views += [Request("/inicio"), Request("/calendario"), Request("/salud")]
    headers = {"Cookie": who.cookie}
    asked = Arguments("127.0.0.1", free_port(), worker=True)
    log = demonstration.folder / "soak.log"
    with running(asked.command(), demonstration.environment, log) as server:
        await_ready(asked.port, server)
        seen, held = Seen(), []
        until = time.monotonic() + SECONDS
        threads = [
            threading.Thread(target=_work, args=(asked.port, views, signatures, headers, until, seen, number))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for part in (WARM, 1 - WARM):
            time.sleep(part * SECONDS)
            held.append(sum(each.share for each in spent_by("server", server.pid)))
        for thread in threads:
            thread.join()
    _print(report, seen, held)


def _work(
    port: int,
    views: Sequence[Request],
    signatures: list[Request],
    headers: dict[str, str],
    until: float,
    seen: Seen,
    number: int,
) -> None:
    chance = random.Random(number)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.monotonic() < until:
        time.sleep(chance.uniform(*PAUSE_SECONDS))
        signs = chance.randrange(SIGNS_ONE_IN) == 0
        with contextlib.suppress(IndexError):
            request = signatures.pop() if signs else chance.choice(views)
            began = time.monotonic()
            try:
                form = {"Content-Type": "application/x-www-form-urlencoded"} if request.body else {}
                connection.request(request.method, request.path, request.body or None, headers | form)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                seen.broken += 1
                connection.close()
                continue
            seen.seconds["sign" if signs else "view"].append(time.monotonic() - began)
            seen.statuses[answer.status] += 1
    connection.close()


def _print(report: Report, seen: Seen, held: Sequence[float]) -> None:
    table = Table(title=f"{CLIENTS} customers for {SECONDS:.0f} s; answers {dict(sorted(seen.statuses.items()))}")
    for heading in ("what", "count", "median ms", "p95 ms", "longest ms", "goal"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, goal in (("view", GOAL_VIEW_MS), ("sign", GOAL_SIGN_MS)):
        found = sorted(1000 * each for each in seen.seconds[what])
        if len(found) < 2:
            continue
        p95 = statistics.quantiles(found, n=20)[-1]
        verdict = report.hold(f"{what}, p95", p95, unit="ms", at_most=goal)
        table.add_row(
            what, f"{len(found):,}", f"{statistics.median(found):.0f}", f"{p95:.0f}", f"{found[-1]:.0f}", verdict
        )
    report.print(table)
    failed = seen.broken + sum(count for status, count in seen.statuses.items() if status >= 500)
    report.print(f"failed: {failed}, {report.hold('failed requests', failed, at_most=0)}")
    growth = report.hold("memory at the end to memory once warm", held[-1] / held[0], at_most=GOAL_GROWTH)
    report.print(f"memory: {held[0]:.0f} MB once warm, {held[-1]:.0f} MB at the end, {growth}")
