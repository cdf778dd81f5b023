"""The operator's book of a day with 1,000 points, beside the sheet of a month."""

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
from portal.models import DeliveryPoint, User
from portal.models.engine import make_engine
from portal.services import day_book
from portal.services.people import sessions
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .history import Side, milliseconds, side_of
from .report import Report

POINTS = 1_000
# Days with figures of the points that were added; the usual quantity is sought in 56.
DAYS_BEFORE = 400
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "9")), 20
GOAL = 4


def measure(report: Report, demonstration: Demonstration) -> None:
    """Open the book and sheets in turn, each rendered anew; print the ratio of the medians."""
    book = _book(_grown(demonstration))
    # The last application that is made says what is logged: this one nothing of its requests.
    sheets = side_of(demonstration)
    spent: dict[str, list[float]] = {"sheet": [], "book": []}
    chosen = random.Random(24)
    for _ in range(ROUNDS):
        for name, side, count in (("sheet", sheets, 2 * EACH), ("book", book, EACH)):
            addresses = chosen.choices(side.addresses, k=count)
            spent[name].append(statistics.median([milliseconds(side.client, address) for address in addresses]))
    of_sheet, of_book = (statistics.median(spent[name]) for name in ("sheet", "book"))
    table = Table(title=f"The day's book rendered anew; median of {ROUNDS} interleaved rounds")
    for heading in ("page", "ms", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    table.add_row("month, 24 points × 12 years", f"{of_sheet:.2f}", "", "")
    what, ratio = f"day's book, {POINTS:,} points, any of its pages", of_book / of_sheet
    table.add_row(what, f"{of_book:.2f}", f"{ratio:.2f}", report.hold(f"{what}, to a month", ratio, at_most=GOAL))
    report.print(table)


def _book(demonstration: Demonstration) -> Side:
    """Return the application on the larger database, with an operator signed in, and the book of tomorrow."""
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    with session_factory(make_engine(settings.database_url), vault)() as session, transaction(session):
        operator = session.scalars(select(User.id).where(User.role == Role.OPERATOR)).first()
        if operator is None:
            raise SystemExit("The demonstration has no operator.")
        token = sessions.begin(
            session, user_id=operator, now=demonstration.now, address="127.0.0.1", user_agent="bench"
        )
        actor = Actor(operator, "bench", "bench", Role.OPERATOR, None, "127.0.0.1", "cli")
        points = session.scalars(select(DeliveryPoint.id)).all()
    tomorrow = GasDay.of(demonstration.now).plus(1)
    with session_factory(make_engine(settings.database_url), vault)() as session:
        day_book.freeze(Act.at(session, actor, demonstration.now), gas_day=tomorrow)
    client: FlaskClient = app.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = stage.cookie(app, token)[0]
    address = f"/consola/libro/{tomorrow.isoformat()}"
    return Side(client, [address, *[f"{address}?despues={row_id}" for row_id in random.Random(24).sample(points, 9)]])


def _grown(demonstration: Demonstration) -> Demonstration:
    """Return a copy of the demonstration with more points, each with what its pattern asks for tomorrow."""
    grown = demonstration.copied("book")
    tomorrow = GasDay.of(demonstration.now).plus(1).isoformat()
    with sqlite3.connect(grown.folder / "portal.db", isolation_level=None) as database:
        database.execute("PRAGMA synchronous=OFF")
        _add_points(database, tomorrow)
    database.close()
    return grown


def _add_points(database: sqlite3.Connection, tomorrow: str) -> None:
    """Copy points and what they nominated for tomorrow; one that did not is copied so, and is missing."""
    columns = stage.list_columns(database, "delivery_points", "nominations", "daily_balances")
    # Those that are served tomorrow only: the book lists no others.
    known = stage.list_open_points(database)
    highest = database.execute("SELECT max(id) FROM delivery_points").fetchone()[0]
    database.execute("BEGIN")
    for point in range(highest + 1, highest + 1 + POINTS - len(known)):
        of = known[point % len(known)]
        new = {"id": str(point), "public_id": f"'{stage.ADDED}{point}'", "name": f"'Added {point}'"}
        new |= {"carrier_code": f"'B{point}'"}
        _copy(database, "delivery_points", columns["delivery_points"], new, f"id = {of}")
        row_id = "(SELECT max(id) + 1 FROM nominations)"
        new = {"id": row_id, "public_id": f"'{stage.ADDED}{point}'", "delivery_point_id": str(point)}
        _copy(
            database, "nominations", columns["nominations"], new, f"delivery_point_id = {of} AND gas_day = '{tomorrow}'"
        )
        # Each with what it consumed: the usual quantity of every point is asked for.
        new = {"delivery_point_id": str(point)}
        of_last_days = f"delivery_point_id = {of} AND gas_day >= date('{tomorrow}', '-{DAYS_BEFORE} days')"
        _copy(database, "daily_balances", columns["daily_balances"], new, of_last_days)
    database.execute(
        "INSERT OR IGNORE INTO nomination_heads (delivery_point_id, gas_day, revision, renominations, nomination_id) "
        f"SELECT delivery_point_id, gas_day, revision, 0, id FROM nominations WHERE gas_day = '{tomorrow}'"
    )
    database.execute("COMMIT")


def _copy(database: sqlite3.Connection, table: str, names: list[str], new: dict[str, str], where: str) -> None:
    values = ", ".join([new.get(name, name) for name in names])
    database.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {where}")
