"""A file of readings taken in, against the same rows handed bare to the database; an old day corrected."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table
from sqlalchemy import Engine, event, func, select

from portal.cli.progress import Stages
from portal.config import Settings
from portal.domain.gas_day import FIRST_GAS_DAY
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Reading
from portal.models.engine import make_engine
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.sheet_tables import HISTORY
from portal.services.measures import readings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory

from . import stage
from .demonstration import DATABASE, Demonstration
from .report import Report

ROWS = int(os.environ.get("BENCH_READINGS", "200000"))
DAYS = 4_300
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
GOAL, OLD_DAY_GOAL, FLAT_GOAL = 0.4, 20.0, 64.0
WRITTEN = ("readings", "daily_balances", "monthly_balances")


def measure(report: Report, demonstration: Demonstration) -> None:
    """Import ``BENCH_READINGS`` readings in processes of their own, and correct a day twelve years old."""
    ratios, peaks, seconds = [], {}, []
    for number in range(ROUNDS):
        for rows in (ROWS // 10, ROWS) if number == 0 else (ROWS,):
            copy = _copied(demonstration, f"imports-{number}-{rows}", points=-(-ROWS // DAYS))
            file = _file(copy, rows)
            spent, peaks[rows] = _in_a_process(copy, file)
        bare = _bare(copy.folder)
        ratios.append(bare / spent)
        seconds.append(spent)
        shutil.rmtree(copy.folder)
    table = Table(title=f"{ROWS:,} readings and the accounts they make; median of {ROUNDS} rounds")
    for heading in ("", "measured", "goal"):
        table.add_column(heading, justify="right")
    table.add_row("seconds", f"{statistics.median(seconds):.1f}", "")
    table.add_row("readings a second", f"{ROWS / statistics.median(seconds):,.0f}", "")
    ratio, old_day = statistics.median(ratios), _old_day(demonstration)
    what = "bare executemany / import"
    table.add_row(what, f"{ratio:.2f}", report.hold(what, ratio, at_least=GOAL))
    grown = (peaks[ROWS] - peaks[ROWS // 10]) / 1024
    what = f"memory beyond that of {ROWS // 10:,} rows"
    table.add_row(what, f"{grown:.0f} MiB", report.hold(what, grown, unit="MiB", at_most=FLAT_GOAL))
    what = "an old day corrected, database time"
    table.add_row(what, f"{old_day:.1f} ms", report.hold(what, old_day, unit="ms", at_most=OLD_DAY_GOAL))
    report.print(table)


def _copied(demonstration: Demonstration, name: str, *, points: int = 0) -> Demonstration:
    """Return a copy of the demonstration, with more points that have no readings yet."""
    copy = demonstration.copied(name)
    with sqlite3.connect(copy.folder / DATABASE) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(delivery_points)")]
        highest = database.execute("SELECT max(id) FROM delivery_points").fetchone()[0]
        for new in range(highest + 1, highest + 1 + points):
            values = {"id": str(new), "public_id": f"'{stage.ADDED}{new}'", "name": f"'Added {new}'"}
            values |= {"carrier_code": f"'B{new}'", "starts_on": f"'{FIRST_GAS_DAY}'", "ends_on": "NULL"}
            database.execute(
                f"INSERT INTO delivery_points SELECT {', '.join([values.get(name, name) for name in names])} "
                f"FROM delivery_points WHERE id = {highest}"
            )
    database.close()
    return copy


def _file(copy: Demonstration, rows: int) -> Path:
    """Write a file as the telemetry would: point after point, day after day."""
    path = copy.folder / "history.csv"
    with sqlite3.connect(copy.folder / DATABASE) as database:
        added = database.execute("SELECT carrier_code FROM delivery_points WHERE public_id LIKE 'added%' ORDER BY id")
        codes = [code for (code,) in added]
    database.close()
    days = [(FIRST_GAS_DAY.date + timedelta(n)).isoformat() for n in range(DAYS)]
    with path.open("w", encoding="utf-8") as file:
        file.write("punto;fecha;cantidad;unidad;estado\n")
        for number in track(range(rows), "Writing the file"):
            code, day = codes[number // DAYS], days[number % DAYS]
            file.write(f"{code};{day};{4000 + number * 7919 % 3000};m3;C\n")
    return path


def _in_a_process(copy: Demonstration, file: Path) -> tuple[float, int]:
    """Return the seconds of the import and the most memory its process ever held, in KiB."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_import, (copy.settings, copy.now.isoformat(), file))


def _import(settings: Settings, moment: str, file: Path) -> tuple[float, int]:
    sessions = session_factory(make_engine(settings.database_url), Vault(settings.pepper))
    with sessions() as session, file.open("rb") as content, Stages() as stages:
        began = time.perf_counter()
        intake.import_file(
            Act.at(session, Actor.system(), datetime.fromisoformat(moment)),
            readings.FILES,
            name=file.name,
            content=content,
            limits=HISTORY,
            told=intake.Told(stages.stage("Rows"), stages.stage("Days of accounts")),
        )
        spent = time.perf_counter() - began
    # Not what getrusage says: that begins with the memory of the process that this one was forked from.
    held = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert held
    return spent, int(held[1])


def _bare(folder: Path) -> float:
    """Return the seconds that ``executemany`` takes for the rows of the added points: one transaction, same indexes."""
    source = sqlite3.connect(f"file:{folder / 'portal.db'}?mode=ro", uri=True)
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {pragma}")
    first = source.execute("SELECT min(id) FROM delivery_points WHERE public_id LIKE 'added%'").fetchone()[0]
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL AND type IN ('table', 'index')"
    for table in WRITTEN:
        for (sql,) in source.execute(made, (table,)):
            bare.execute(sql)
    spent = 0.0
    bare.execute("BEGIN IMMEDIATE")
    for table in WRITTEN:
        found = source.execute(f"SELECT * FROM {table} WHERE delivery_point_id >= ?", (first,))
        marks = ", ".join("?" * len(found.description))
        while rows := found.fetchmany(100_000):
            began = time.perf_counter()
            bare.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            spent += time.perf_counter() - began
    began = time.perf_counter()
    bare.execute("COMMIT")
    spent += time.perf_counter() - began
    bare.close()
    source.close()
    return spent


def _old_day(demonstration: Demonstration) -> float:
    """Return the median milliseconds in the database, over all points, of correcting the first day of an account."""
    copy = _copied(demonstration, "old-day")
    engine = make_engine(copy.settings.database_url)
    found = []
    with session_factory(engine, Vault(copy.settings.pepper))() as session:
        firsts = session.execute(
            select(Reading.delivery_point_id, func.min(Reading.gas_day)).group_by(Reading.delivery_point_id)
        ).all()
        for point_id, gas_day in firsts:
            with _timed(engine) as spent, transaction(session):
                point = session.get_one(DeliveryPoint, point_id)
                session.add(
                    Reading(
                        delivery_point_id=point_id,
                        gas_day=gas_day,
                        version=99,
                        state=ReadingState.CORRECTED,
                        volume_m3=Quantity.of(1234, Unit.M3),
                        reason="Bench",
                        recorded_at=copy.now,
                    )
                )
                ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
            found.append(sum(spent) * 1000)
    engine.dispose()
    shutil.rmtree(copy.folder)
    return statistics.median(found)


@contextmanager
def _timed(engine: Engine) -> Iterator[list[float]]:
    """Gather the seconds of every statement and of the commit."""
    spent: list[float] = []
    began = [0.0]

    def before(*_arguments: Any) -> None:
        began[0] = time.perf_counter()

    def after(*_arguments: Any) -> None:
        spent.append(time.perf_counter() - began[0])

    commit = engine.dialect.do_commit

    def timed_commit(connection: Any) -> None:
        before()
        commit(connection)
        after()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    engine.dialect.do_commit = timed_commit  # type: ignore[method-assign]
    try:
        yield spent
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
        engine.dialect.do_commit = commit  # type: ignore[method-assign]
