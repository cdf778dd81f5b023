"""The long lists of the consoles with 10,000 points beside 24: first page, later page, and the statements of each."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import time
from contextlib import closing
from typing import NamedTuple

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from rich.progress import track
from rich.table import Table
from sqlalchemy import select

from portal import create_app
from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.models import User
from portal.models.engine import make_engine
from portal.services.people import sessions
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .report import Report

POINTS = int(os.environ.get("BENCH_POINTS", "10000"))
# Days with figures of the points that were added: the gaps look back 92, the usual quantity 56 more.
DAYS = 200
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "7")), 5
GOAL = 3
FOLLOWED = "book, first page after a nomination"
# Pages of a list that are walked to reach a late one.
PAGES_ON = 12


class Listed(NamedTuple):
    """A list: its name, its address, and what makes its later page known among the links."""

    name: str
    address: str


def measure(report: Report, demonstration: Demonstration) -> None:
    """Open the first and a late page of each list of both databases in turn; print the ratios of the medians."""
    grown = {"few": _grown(demonstration, "few", 0), "many": _grown(demonstration, "many", POINTS)}
    sides = {side: _client(each) for side, each in grown.items()}
    pages: dict[str, list[tuple[str, str]]] = {}
    for side, client in sides.items():
        for each in _lists(demonstration):
            pages.setdefault(side, []).append((f"{each.name}, first page", each.address))
            late = _late_page(client, each.address)
            if late is not None:
                pages[side].append((f"{each.name}, a late page", late))
    spent: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for side, client in sides.items():
            for name, address in pages[side]:
                times = [_spend(client, address) for _ in range(EACH)]
                spent.setdefault((side, name), []).append(statistics.median(times))
            times = []
            for _ in range(EACH):
                _announce(grown[side])
                times.append(_spend(client, _lists(demonstration)[0].address))
            spent.setdefault((side, FOLLOWED), []).append(statistics.median(times))
    table = Table(title=f"Lists rendered anew, 24 and {POINTS:,} points; median of {ROUNDS} interleaved rounds")
    for heading in ("page", "24: CPU ms", f"{POINTS:,}: CPU ms", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    for name in (*[name for name, _ in pages["many"]], FOLLOWED):
        first = name.replace("a late page", "first page")
        few, many = (statistics.median(spent[at]) for at in (("few", first), ("many", name)))
        goal = report.hold(f"{name}, {POINTS:,} points to 24", many / few, at_most=GOAL)
        table.add_row(name, f"{few:.1f}", f"{many:.1f}", f"{many / few:.2f}", goal)
    report.print(table)


def _announce(demonstration: Demonstration) -> None:
    """Write the event of a nomination of tomorrow, as if one had come: the book reads its line again."""
    day = GasDay.of(demonstration.now).plus(1).isoformat()
    with closing(sqlite3.connect(demonstration.folder / "portal.db")) as database, database:
        (point,) = database.execute(
            "SELECT public_id FROM delivery_points JOIN nomination_heads ON delivery_point_id = id WHERE gas_day = ?",
            (day,),
        ).fetchone()
        database.execute(
            "INSERT INTO audit_events (sequence, at, event, actor, channel, subject, details, mac) "
            "SELECT max(sequence) + 1, max(at), 'nomination:signed', 'bench', 'web', 'bench', ?, zeroblob(32) "
            "FROM audit_events",
            (json.dumps({"point": point, "gas_day": day}),),
        )


def _spend(client: FlaskClient, address: str) -> float:
    """Open an address and return the CPU it took, ms: the database runs in this process, and others may be busy."""
    began = time.process_time()
    answer = client.get(address)
    spent = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return spent


def _lists(demonstration: Demonstration) -> list[Listed]:
    today = GasDay.of(demonstration.now)
    month = Month.of(today).previous
    return [
        Listed("book", f"/consola/libro/{today.plus(1).isoformat()}"),
        Listed("gaps", "/consola/mediciones/huecos"),
        Listed("closings", f"/consola/mediciones/cierres?mes={month.number}&anio={month.year}"),
        Listed("certifying", f"/consola/mediciones/certificar?mes={month.number}&anio={month.year}"),
        Listed("registry", "/consola/registro?tipo=puntos"),
        Listed("audit", "/consola/auditoria"),
        Listed("letters", "/consola/claves?estado=sin-despachar"),
    ]


def _late_page(client: FlaskClient, address: str) -> str | None:
    """Follow the links to the next page; return the last one that was reached, None on a list of one page."""
    found = None
    for _ in range(PAGES_ON):
        links = BeautifulSoup(client.get(found or address).data, "html.parser")
        following = [str(link["href"]) for link in links.select("nav[aria-label=Páginas] a[rel=next]")]
        if not following:
            break
        found = following[-1]
    return found


def _client(demonstration: Demonstration) -> FlaskClient:
    """Return a browser of a supervisor, who sees all lists, on a database."""
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    # A line of the log for each request would hide the figures.
    stage.silence_log()
    with session_factory(make_engine(settings.database_url), vault)() as session, transaction(session):
        person = session.scalars(select(User.id).where(User.role == Role.SUPERVISOR)).first()
        if person is None:
            raise SystemExit("The demonstration has no supervisor.")
        token = sessions.begin(session, user_id=person, now=demonstration.now, address="127.0.0.1", user_agent="bench")
    client: FlaskClient = app.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = stage.cookie(app, token)[0]
    return client


def _grown(demonstration: Demonstration, name: str, points: int) -> Demonstration:
    """Return a copy of the demonstration with as many points, each with what its pattern has of the last days."""
    grown = demonstration.copied(f"lists-{name}")
    with sqlite3.connect(grown.folder / "portal.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-200000")
        _open_gaps(database, GasDay.of(demonstration.now))
        grow(database, GasDay.of(demonstration.now), points)
    database.close()
    return grown


def _open_gaps(database: sqlite3.Connection, today: GasDay) -> None:
    """Take the last three days of every point away, so that few points fill a page of gaps as well."""
    for ago in range(1, 4):
        day = today.plus(-ago)
        month = Month.of(day).first.isoformat()
        database.execute(
            "UPDATE monthly_balances SET measured_days = measured_days - 1 WHERE month = ? AND delivery_point_id IN "
            "(SELECT delivery_point_id FROM daily_balances WHERE gas_day = ? AND consumed_m3 IS NOT NULL)",
            (month, day.isoformat()),
        )
        database.execute("DELETE FROM daily_balances WHERE gas_day = ?", (day.isoformat(),))


def grow(database: sqlite3.Connection, today: GasDay, points: int) -> None:
    """Copy points until there are so many: their accounts, what they ask for tomorrow, closings."""
    tables = ("delivery_points", "daily_balances", "monthly_balances", "nominations", "month_closings")
    columns = stage.list_columns(database, *tables)
    known = stage.list_open_points(database)
    highest = database.execute("SELECT max(id) FROM delivery_points").fetchone()[0]
    tomorrow, since = today.plus(1).isoformat(), today.plus(-DAYS).isoformat()
    database.execute("BEGIN")
    for point in track(range(highest + 1, highest + 1 + points - len(known)), "Adding points"):
        of = known[point % len(known)]
        own = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'Added {point}'"}
        own |= {"carrier_code": f"'B{point}'", "sort_name": f"'added {point}'"}
        row = {"public_id": f"'{stage.ADDED}{point}'", "delivery_point_id": str(point)}
        number = f"'{stage.ADDED}' || id || '-{point}'"
        for table, new, where in (
            ("delivery_points", own, f"id = {of}"),
            ("daily_balances", row, f"delivery_point_id = {of} AND gas_day >= '{since}' ORDER BY gas_day"),
            ("monthly_balances", row, f"delivery_point_id = {of} AND month >= '{since}' ORDER BY month"),
            ("nominations", row | {"id": _next("nominations")}, f"delivery_point_id = {of} AND gas_day = '{tomorrow}'"),
            (
                "month_closings",
                row | {"id": f"id + 1000 * {point}", "statement_number": number},
                f"delivery_point_id = {of} AND month >= '{since}'",
            ),
        ):
            values = ", ".join([new.get(name, name) for name in columns[table]])
            database.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {where}")
    database.execute(
        "INSERT OR IGNORE INTO nomination_heads (delivery_point_id, gas_day, revision, renominations, nomination_id) "
        f"SELECT delivery_point_id, gas_day, revision, 0, id FROM nominations WHERE gas_day = '{tomorrow}'"
    )
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _next(table: str) -> str:
    return f"(SELECT max(id) + 1 FROM {table})"
