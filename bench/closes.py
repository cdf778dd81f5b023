"""The close of a gas day with 10,000 points that nobody nominated: the rule of each, applied in one transaction."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import timedelta

from rich.table import Table
from sqlalchemy import delete, select

from portal.domain.gas_day import GasDay
from portal.models import Contract, DeliveryPoint, NominationHead
from portal.models.engine import make_engine
from portal.services.nominations import day_closes
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory

from . import stage
from .demonstration import Demonstration
from .report import Report

POINTS = int(os.environ.get("BENCH_POINTS", "10000"))
GOAL_SECONDS = 10
# As far back as a forecast looks, and a little more.
DAYS = 70


def measure(report: Report, demonstration: Demonstration) -> None:
    """Apply the close of the day after tomorrow's eve for every point of one modality; print how long it took."""
    grown = _grown(demonstration)
    tomorrow = GasDay.of(grown.now).plus(1)
    after_the_close = tomorrow.start - timedelta(hours=11)
    sessions = session_factory(make_engine(grown.settings.database_url), Vault(grown.settings.pepper))
    with sessions() as session:
        modality = session.scalars(
            select(Contract.modality)
            .join(DeliveryPoint, DeliveryPoint.contract_id == Contract.id)
            .where(DeliveryPoint.public_id.startswith(stage.ADDED))
        ).first()
        if modality is None:
            raise SystemExit("No point was added.")
        with transaction(session):
            session.execute(delete(NominationHead).where(NominationHead.gas_day == tomorrow))
        began = time.perf_counter()
        filled = day_closes.apply(Act.of_system(session, after_the_close), gas_day=tomorrow, modality=modality)
        spent = time.perf_counter() - began
    table = Table(title="The close of a gas day")
    for heading in ("points nominated by rule", "s", "ms a point", "goal"):
        table.add_column(heading, justify="right")
    goal = report.hold(f"{filled:,} points nominated by rule", spent, unit="s", at_most=GOAL_SECONDS)
    table.add_row(f"{filled:,}", f"{spent:.2f}", f"{1000 * spent / max(filled, 1):.2f}", goal)
    report.print(table)


def _grown(demonstration: Demonstration) -> Demonstration:
    """Return a copy of the demonstration with many points of one contract, each with ten weeks of its account."""
    grown = demonstration.copied("close")
    since = GasDay.of(demonstration.now).plus(-DAYS).isoformat()
    with sqlite3.connect(grown.folder / "portal.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            for table in ("delivery_points", "daily_balances", "monthly_balances")
        }
        model = database.execute(
            "SELECT p.id FROM delivery_points p JOIN contracts c ON c.id = p.contract_id WHERE c.ends_on IS NULL"
        ).fetchone()[0]
        last = database.execute("SELECT max(id) FROM delivery_points").fetchone()[0]
        database.execute("BEGIN")
        for point in range(last + 1, last + 1 + POINTS):
            new = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'Added {point}'"}
            new |= {"carrier_code": f"'B{point}'", "delivery_point_id": str(point)}
            for table, names in columns.items():
                kept = "id" if table == "delivery_points" else "delivery_point_id"
                until = {"daily_balances": f"AND gas_day >= '{since}'", "monthly_balances": f"AND month >= '{since}'"}
                database.execute(
                    f"INSERT INTO {table} SELECT {', '.join([new.get(name, name) for name in names])} "
                    f"FROM {table} WHERE {kept} = {model} {until.get(table, '')}"
                )
        database.execute("COMMIT")
    database.close()
    return grown
