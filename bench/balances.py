"""The overview of the balance accounts of 10,000 points beside that of 24."""

from __future__ import annotations

import os
import random
import sqlite3
import statistics

from flask.testing import FlaskClient
from rich.table import Table
from sqlalchemy import select

from portal import create_app
from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay
from portal.models import User
from portal.models.engine import make_engine
from portal.services.account import standings
from portal.services.account.standings import Filter, queries
from portal.services.people import sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .history import Side, milliseconds
from .report import Report

POINTS = int(os.environ.get("BENCH_POINTS", "10000"))
# Days with figures of the points that were added: a month, its trend, and enough that they lie apart.
DAYS = 400
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "9")), 10
GOAL = 3


def measure(report: Report, demonstration: Demonstration) -> None:
    """Open the first page, a later one and one of a filter of both databases in turn; print the ratios."""
    few, many = _side(demonstration), _side(_grown(demonstration))
    spent: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, side in (("few", few), ("many", many)):
            for address in side.addresses:
                times = [milliseconds(side.client, address) for _ in range(EACH)]
                spent.setdefault(f"{name} {_kind(address)}", []).append(statistics.median(times))
    base = statistics.median(spent["few first"])
    table = Table(title=f"The overview of the balances rendered anew; median of {ROUNDS} interleaved rounds")
    for heading in ("page", "ms", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    table.add_row("24 points, the last day with readings", f"{base:.2f}", "", "")
    for kind, words in (
        ("first", "the last day with readings"),
        ("later", "any later page of it"),
        ("gate", "one gate of them"),
        ("past", "a day of fifteen days before"),
    ):
        own = statistics.median(spent[f"many {kind}"])
        what = f"{POINTS:,} points, {words}, to 24 points"
        goal = report.hold(what, own / base, at_most=GOAL if kind != "past" else None)
        table.add_row(f"{POINTS:,} points, {words}", f"{own:.2f}", f"{own / base:.2f}", goal)
    report.print(table)


def _kind(address: str) -> str:
    for kind, part in (("later", "despues="), ("gate", "puerta="), ("past", "fecha=")):
        if part in address:
            return kind
    return "first"


def _side(demonstration: Demonstration) -> Side:
    """Return the application on a database with an operator signed in, and the pages that are opened."""
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    # A line of the log for each request would hide the figures.
    stage.silence_log()
    with session_factory(make_engine(settings.database_url), vault)() as session:
        with transaction(session):
            operator = session.scalars(select(User.id).where(User.role == Role.OPERATOR)).first()
            if operator is None:
                raise SystemExit("The demonstration has no operator.")
            token = sessions.begin(
                session, user_id=operator, now=demonstration.now, address="127.0.0.1", user_agent="bench"
            )
        act = Act.at(
            session, Actor(operator, "bench", "bench", Role.OPERATOR, None, "127.0.0.1", "cli"), demonstration.now
        )
        today = GasDay.of(demonstration.now)
        day = standings.find_last_measured_day(session, until=today) or today
        pages = ["/consola/balance"]
        page = standings.load_overview(act, day=day, asked=Filter())
        if page.next is not None:
            # From all over the order.
            rows = queries.list_rows(session, day=day, asked=Filter(), after=None, most=None)[1]
            some = random.Random(24).sample(rows, 3)
            pages += [f"/consola/balance?despues={row.days_out}.{row.strain}.{row.point_id}" for row in some]
        gates = standings.list_gates(session)
        pages.append(f"/consola/balance?puerta={gates[0][0]}")
        pages.append(f"/consola/balance?fecha={today.plus(-15).isoformat()}")
    client: FlaskClient = app.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = stage.cookie(app, token)[0]
    return Side(client, pages)


def _grown(demonstration: Demonstration) -> Demonstration:
    """Return a copy of the demonstration with more points, each with the account of its pattern's last days."""
    grown = demonstration.copied("balances")
    with sqlite3.connect(grown.folder / "portal.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-200000")
        _add_points(database, GasDay.of(demonstration.now).plus(-DAYS).isoformat())
    database.close()
    return grown


def _add_points(database: sqlite3.Connection, since: str) -> None:
    columns = stage.list_columns(database, "delivery_points", "daily_balances", "monthly_balances")
    known = stage.list_open_points(database)
    highest = database.execute("SELECT max(id) FROM delivery_points").fetchone()[0]
    database.execute("BEGIN")
    for point in range(highest + 1, highest + 1 + POINTS - len(known)):
        of = known[point % len(known)]
        new = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'Added {point}'"}
        new |= {"carrier_code": f"'B{point}'", "delivery_point_id": str(point)}
        for table, where in (
            ("delivery_points", f"id = {of}"),
            ("daily_balances", f"delivery_point_id = {of} AND gas_day >= '{since}' ORDER BY gas_day"),
            ("monthly_balances", f"delivery_point_id = {of} AND month >= '{since}' ORDER BY month"),
        ):
            values = ", ".join([new.get(name, name) for name in columns[table]])
            database.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {where}")
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
