"""Sheets through a production server, against the null route."""

from __future__ import annotations

import os
import shutil

from rich.table import Table

from portal import create_app
from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .load import Load, Request, send
from .report import Report
from .server import THREADS, WORKERS, serving

SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
GOALS = {"hoja del mes": 0.20, "cambio de mes (htmx)": 0.30}


def measure(report: Report, demonstration: Demonstration) -> None:
    """Serve the demonstration, send the load, print a table."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    folder, now, settings = demonstration.folder, demonstration.now, demonstration.settings
    environment = demonstration.environment
    vault = cheapen(Vault(settings.pepper))
    engine = make_engine(settings.database_url)
    session = session_factory(engine, vault)()
    app = create_app(settings)
    who = stage.customer(app, session, now=now)
    pages = stage.sheets(session, today=GasDay.of(now), only=who.numeric_keys)
    session.close()
    headers = {"Cookie": who.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    swap = headers | {"HX-Request": "true"}
    with serving(environment, folder / "server.log") as address:
        rounds: dict[str, list[Load]] = {"null": [], "sheet": [], "swap": []}
        send(address, pages[:200], headers=headers, seconds=1, folder=folder)  # warm
        for _ in range(ROUNDS):
            rounds["null"].append(send(address, [Request("/salud")], headers={}, seconds=SECONDS, folder=folder))
            rounds["sheet"].append(send(address, pages, headers=headers, seconds=SECONDS, folder=folder))
            rounds["swap"].append(send(address, pages, headers=swap, seconds=SECONDS, folder=folder))
    engine.dispose()
    _print(report, rounds)


def _print(report: Report, rounds: dict[str, list[Load]]) -> None:
    def middle(name: str) -> Load:
        loads = sorted(rounds[name], key=lambda load: load.per_second)
        for load in loads:
            if set(load.statuses) != {200}:
                raise SystemExit(f"{name}: answers {load.statuses}")
        return loads[len(loads) // 2]

    null, sheet, swap = middle("null"), middle("sheet"), middle("swap")
    table = Table(
        title=f"granian, {WORKERS} workers × {THREADS} threads; median of {ROUNDS} interleaved rounds of {SECONDS} s"
    )
    for heading in ("what", "per second", "limit", "ratio", "goal", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    table.add_row("null route", f"{null.per_second:,.0f}", "", "", "", f"{null.p99_ms:.1f}")
    for label, load, limit in (
        ("hoja del mes", sheet, null.per_second),
        ("cambio de mes (htmx)", swap, null.per_second),
    ):
        ratio = load.per_second / limit
        table.add_row(
            label,
            f"{load.per_second:,.0f}",
            f"{limit:,.0f}",
            f"{ratio:.2f}",
            report.hold(f"{label} / null route", ratio, at_least=GOALS[label]),
            f"{load.p99_ms:.1f}",
        )
    report.print(table)
