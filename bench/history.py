"""The sheet of a month among 24 points and among 10,000, each with twelve years; the year's page beside it."""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import time
from datetime import datetime
from typing import NamedTuple

from flask.testing import FlaskClient
from rich.progress import track
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import create_app
from portal.blueprints.balances.views import SHELF
from portal.domain.gas_day import GasDay
from portal.models import AccessKey, AccountVisit, DeliveryPoint, Grant
from portal.models.engine import make_engine
from portal.services.store.acts import Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .report import Report

KINDS = 24
POINTS = int(os.environ.get("BENCH_POINTS", "10000"))
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "9")), 40
GOAL, YEAR_GOAL = 1.1, 3
# Copied a point at a time in the order of the key: SQLite only appends.
PROJECTION = ("daily_balances", "monthly_balances")


def measure(report: Report, demonstration: Demonstration) -> None:
    """Open sheets of both databases and years in turn, each page rendered anew; print the ratios of the medians."""
    sides = {"few": side_of(demonstration), "many": side_of(_grown(demonstration))}
    sides["year"] = Side(sides["few"].client, [_year_of(address) for address in sides["few"].addresses])
    spent: dict[str, list[float]] = {name: [] for name in sides}
    chosen = random.Random(24)
    for _ in range(ROUNDS):
        for name, side in sides.items():
            addresses = chosen.sample(side.addresses, EACH)
            spent[name].append(statistics.median([milliseconds(side.client, address) for address in addresses]))
    of_few, of_many, of_year = (statistics.median(spent[name]) for name in ("few", "many", "year"))
    table = Table(title=f"Pages rendered anew; median of {ROUNDS} interleaved rounds of {EACH} pages")
    for heading in ("page", "ms", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    table.add_row("month, 24 points × 12 years", f"{of_few:.2f}", "", "")
    goal = report.hold(f"month of {POINTS:,} points to that of 24", of_many / of_few, at_most=GOAL)
    table.add_row(f"month, {POINTS:,} points × 12 years", f"{of_many:.2f}", f"{of_many / of_few:.2f}", goal)
    goal = report.hold("year to month", of_year / of_few, at_most=YEAR_GOAL)
    table.add_row("year, 24 points × 12 years", f"{of_year:.2f}", f"{of_year / of_few:.2f}", goal)
    report.print(table)


class Side(NamedTuple):
    """A signed-in browser on one of the databases, and the addresses that are opened there."""

    client: FlaskClient
    addresses: list[str]


def side_of(demonstration: Demonstration) -> Side:
    """Return the application on a database, and the sheets that one customer of it opens: 24 points of all it has."""
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    # What is kept would hide the database, and a line of the log for each request the figures.
    app.extensions[SHELF]._most = 0
    stage.silence_log()
    with session_factory(make_engine(settings.database_url), vault)() as session:
        who = stage.customer(app, session, now=demonstration.now)
        opened = _open_added(session, who.actor, demonstration.now)
        pages = stage.sheets(session, today=GasDay.of(demonstration.now), only=opened or set(who.numeric_keys))
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = who.cookie
    return Side(client, [page.path for page in pages])


def _open_added(session: Session, actor: Actor, now: datetime) -> set[int]:
    """Open 24 of the added points without their keys, and return their row ids; none when no point was added."""
    added = list(session.scalars(select(DeliveryPoint.id).where(DeliveryPoint.public_id.startswith(stage.ADDED))))
    if not added:
        return set()
    # One copy of each point of the demonstration, from all over the table.
    opened = [random.Random(kind).choice([point for point in added if point % KINDS == kind]) for kind in range(KINDS)]
    key = session.scalars(select(AccessKey.id).order_by(AccessKey.id.desc())).first()
    with transaction(session):
        for point in opened:
            session.add(AccountVisit(user_id=actor.user_id, delivery_point_id=point, opened_at=now, seen_until=now))
            session.add(
                Grant(
                    session_id=actor.session_id,
                    delivery_point_id=point,
                    access_key_id=key,
                    created_at=now,
                    last_used_at=now,
                )
            )
    return set(opened)


def _year_of(address: str) -> str:
    """Return the address of the calendar year that a month lies in."""
    page, _, asked = address.partition("?")
    return f"{page}/anio?tipo=calendario&{asked.partition('&')[2]}"


def milliseconds(client: FlaskClient, address: str) -> float:
    """Open an address and return how long it took."""
    began = time.perf_counter()
    answer = client.get(address)
    spent = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return spent


def _grown(demonstration: Demonstration) -> Demonstration:
    """Return a copy of the demonstration that holds many more points, those that are opened among them.

    The added points have accounts of twelve years; what their figures came from is left out, for no sheet reads it.
    """
    grown = demonstration.copied("many")
    with sqlite3.connect(grown.folder / "portal.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-200000")
        _add_points(database)
    database.close()
    return grown


def _add_points(database: sqlite3.Connection) -> None:
    columns = {
        table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        for table in ("delivery_points", *PROJECTION)
    }
    known = [row[0] for row in database.execute("SELECT id FROM delivery_points ORDER BY id")]
    database.execute("BEGIN")
    for point in track(range(max(known) + 1, max(known) + 1 + POINTS - len(known)), "Adding points"):
        new = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'Added {point}'"}
        new |= {"carrier_code": f"'B{point}'", "delivery_point_id": str(point)}
        for table, names in columns.items():
            key = "id" if table == "delivery_points" else "delivery_point_id"
            order = "" if table == "delivery_points" else f"ORDER BY {names[1]}"
            database.execute(
                f"INSERT INTO {table} SELECT {', '.join([new.get(name, name) for name in names])} "
                f"FROM {table} WHERE {key} = {known[point % len(known)]} {order}"
            )
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
