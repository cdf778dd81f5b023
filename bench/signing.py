"""Signatures of 16 clients through a production server, on each database, against the bare insert of the same rows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from sqlalchemy import func, select

from portal import create_app
from portal.models import Nomination
from portal.models.engine import make_engine
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.databases.postgres import PostgresServer

from . import demonstration, stage
from .demonstration import Demonstration
from .key_checks import key_check_ms
from .limits import bare_inserts
from .load import CONNECTIONS, Load, send
from .report import Report
from .server import THREADS, WORKERS, serving

SIGNATURES = int(os.environ.get("BENCH_SIGNATURES", "600"))
SECONDS, WARM_SECONDS = max(10, SIGNATURES // 20), 6
GOAL = 0.25
# A server of its own, as durable as it comes out of the box.
DURABLE = {"max_connections": "60", "shared_buffers": "64MB"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Signatures, and the bare inserts by as many clients and by one alone, before and after them."""

    database: str
    signing: Load
    bare: float
    alone: float


def measure(report: Report, folder: Path) -> None:
    """Load a small demonstration into each database, sign, print a table."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    found = [_on_sqlite(folder / "sqlite")]
    with _postgres() as url:
        found.append(_on_postgres(folder / "postgresql", url))
    table = Table(
        title=f"{SIGNATURES} signatures (key check apart), granian, {WORKERS} workers × {THREADS} threads, "
        f"{CONNECTIONS} clients; load {os.getloadavg()[0]:.1f}"
    )
    for heading in (
        "database",
        "per second",
        "p99 ms",
        f"bare, {CONNECTIONS} clients",
        "ratio",
        "goal",
        "bare, one",
        "ratio",
    ):
        table.add_column(heading, justify="left" if heading == "database" else "right")
    for each in found:
        rate = each.signing.per_second
        table.add_row(
            each.database,
            f"{rate:,.0f}",
            f"{each.signing.p99_ms:.0f}",
            f"{each.bare:,.0f}",
            f"{rate / each.bare:.2f}",
            report.hold(f"{each.database}: signatures / bare inserts", rate / each.bare, at_least=GOAL),
            f"{each.alone:,.0f}",
            f"{rate / each.alone:.2f}",
        )
    report.print(table)
    report.print(f"Key check, reported apart: {key_check_ms():.1f} ms each, at most two at once per process.")


def _on_sqlite(folder: Path) -> Measured:
    folder.mkdir()
    return _sign("SQLite", demonstration.load(folder, days=70, points_per_contract=2))


def _on_postgres(folder: Path, url: str) -> Measured:
    folder.mkdir()
    return _sign("PostgreSQL", demonstration.load(folder, database_url=url, days=70, points_per_contract=2))


@contextmanager
def _postgres() -> Iterator[str]:
    """Give the URL of an empty database on a durable server."""
    with PostgresServer(DURABLE) as server, server.database() as url:
        yield url


def _sign(name: str, of: Demonstration) -> Measured:
    vault = cheapen(Vault(of.settings.pepper))
    engine = make_engine(of.settings.database_url)
    with session_factory(engine, vault)() as session:
        app = create_app(of.settings)
        who = stage.customer(app, session, now=of.now)
        drafts = stage.signatures(session, who, now=of.now, most=SIGNATURES)
        written = session.scalar(select(func.max(Nomination.id))) or 0
    app.extensions["portal.engine"].dispose()
    engine.dispose()
    headers = {"Cookie": who.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    log = of.folder / "server.log"
    with serving(of.environment, log) as address:
        warm, rest = drafts[:50], drafts[50:]
        # wrk stays for all of its time, also when everything was answered long before.
        send(address, warm, headers=headers, seconds=WARM_SECONDS, folder=of.folder, once=True)
        signing = send(address, rest, headers=headers, seconds=SECONDS, folder=of.folder, once=True)
    with session_factory(engine, vault)() as check:
        written = check.scalar(select(func.count()).where(Nomination.id > written)) or 0
    engine.dispose()
    if written != len(drafts) or set(signing.statuses) != {303}:
        refused = [line for line in log.read_text().splitlines() if '"refused"' in line or '"failure"' in line]
        raise SystemExit(
            f"{len(drafts)} signatures sent, {written} written, answers {signing.statuses}; refusals: {refused[:3]}"
        )
    url = of.settings.database_url
    return Measured(
        name,
        signing,
        bare_inserts(url, of.folder, clients=CONNECTIONS),
        bare_inserts(url, of.folder, clients=1),
    )
