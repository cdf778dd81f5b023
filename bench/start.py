"""The pages of every day of a customer with 5, 24 and 200 points: the start page, those of a modality, its history."""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from contextlib import closing

from flask.testing import FlaskClient
from rich.table import Table

from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality

from . import stage
from .demonstration import Demonstration
from .history import side_of
from .report import Report

FEW, MANY = 5, 200
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "7")), 6
# CPU ms at 24 points, how much more 200 take than 5, and bytes.
GOAL_MS, GOAL_RATIO, GOAL_BYTES = 5, 3, 60_000
PROJECTION = ("daily_balances", "monthly_balances")


def measure(report: Report, demonstration: Demonstration) -> None:
    """Open the pages with each number of points in turn; print the CPU that they take, and their bytes."""
    sides = {
        FEW: side_of(_shrunk(demonstration)),
        24: side_of(demonstration),
        MANY: side_of(_grown(demonstration)),
    }
    table = Table(title=f"CPU ms of a page in this process; median of {ROUNDS} interleaved rounds of {EACH}")
    for heading in ("page", *[f"{points} points" for points in sides], "ratio", "goal", "bytes", "goal"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    month = Month.of(GasDay.of(demonstration.now)).previous
    history = f"/nominacion/{Modality.INDUSTRIAL.value}/historial?mes={month.number}&anio={month.year}"
    every_day = ("/inicio", *[f"/nominacion/{modality.value}" for modality in Modality])
    for address in (*every_day, history):
        spent: dict[int, list[float]] = {points: [] for points in sides}
        for _ in range(ROUNDS):
            for points, side in sides.items():
                spent[points].append(min(_cpu(side.client, address) for _ in range(EACH)))
        of = {points: statistics.median(each) for points, each in spent.items()}
        size = len(sides[MANY].client.get(address).data)
        goal = report.hold(f"{address}, {MANY} points to {FEW}", of[MANY] / of[FEW], at_most=GOAL_RATIO)
        goal_ms = ""
        if address in every_day:
            goal_ms = "; 24: " + report.hold(f"{address}, 24 points", of[24], unit="ms", at_most=GOAL_MS)
        table.add_row(
            address,
            *[f"{each:.2f}" for each in of.values()],
            f"{of[MANY] / of[FEW]:.2f}",
            f"{goal}{goal_ms}",
            f"{size:,}",
            report.hold(f"{address}, {MANY} points", size, unit="bytes", at_most=GOAL_BYTES),
        )
    report.print(table)


def _cpu(client: FlaskClient, address: str) -> float:
    began = time.process_time()
    answer = client.get(address)
    spent = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return spent


def _shrunk(demonstration: Demonstration) -> Demonstration:
    """Return a copy of which all but a few points have ended long ago."""
    few = demonstration.copied("few")
    with closing(sqlite3.connect(few.folder / "portal.db")) as database, database:
        database.execute(
            "UPDATE delivery_points SET ends_on = '2020-01-01' "
            "WHERE id NOT IN (SELECT id FROM delivery_points ORDER BY id LIMIT ?)",
            (FEW,),
        )
    return few


def _grown(demonstration: Demonstration) -> Demonstration:
    """Return a copy with many points, that the customer opens like the others."""
    grown = demonstration.copied("two-hundred")
    with closing(sqlite3.connect(grown.folder / "portal.db", isolation_level=None)) as database:
        columns = stage.list_columns(database, "delivery_points", *PROJECTION)
        known = [row[0] for row in database.execute("SELECT id FROM delivery_points ORDER BY id")]
        database.execute("BEGIN")
        for point in range(max(known) + 1, max(known) + 1 + MANY - len(known)):
            new = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'EDS Agregada {point}'"}
            new |= {"carrier_code": f"'B{point}'", "delivery_point_id": str(point)}
            for table, names in columns.items():
                key = "id" if table == "delivery_points" else "delivery_point_id"
                database.execute(
                    f"INSERT INTO {table} SELECT {', '.join([new.get(name, name) for name in names])} "
                    f"FROM {table} WHERE {key} = {known[point % len(known)]}"
                )
        database.execute("COMMIT")
    return grown
