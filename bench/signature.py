"""CPU of one signature in this process, Argon2 apart, against the frozen anchor; its statements by kind."""

from __future__ import annotations

import io
import logging
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import structlog
from argon2 import PasswordHasher
from flask import Flask
from rich.table import Table
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from portal import create_app
from portal.models.engine import make_engine
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.databases.postgres import PostgresServer

from . import bare_signing, demonstration, stage
from .demonstration import Demonstration
from .report import Report
from .signing import DURABLE

ROUNDS, EACH = 7, 8
WARM = 8
# Of the anchor, Argon2 apart; writes and reads of one signature.
GOAL, GOAL_WRITES, GOAL_READS = 0.35, 16, 8
LOCKS = re.compile(r"FOR (NO KEY )?UPDATE", re.IGNORECASE)


def measure(report: Report, folder: Path) -> None:
    """Sign and write the anchor's transaction in turn, on each database; print CPU, ratio and statements."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    table = Table(
        title=f"One signature in this process, Argon2 apart: median of {ROUNDS} interleaved rounds, each the best of "
        f"{EACH}; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    for heading in (
        "database",
        "portal, CPU ms",
        "anchor, CPU ms",
        "ratio",
        "goal",
        "writes",
        "reads",
        "locks",
        "commits",
    ):
        table.add_column(heading, justify="left" if heading == "database" else "right")
    (folder / "one-sqlite").mkdir()
    _row(report, table, "SQLite", demonstration.load(folder / "one-sqlite", days=70, points_per_contract=2))
    (folder / "one-postgresql").mkdir()
    with PostgresServer(DURABLE) as server, server.database() as url:
        _row(
            report,
            table,
            "PostgreSQL",
            demonstration.load(folder / "one-postgresql", database_url=url, days=70, points_per_contract=2),
        )
    report.print(table)


def _row(report: Report, table: Table, name: str, of: Demonstration) -> None:
    app, requests, headers = _portal(of)
    engine: Engine = app.extensions["portal.engine"]
    bare, bare_headers, bare_body = _anchor(of)
    sent = iter(requests)

    def sign() -> float:
        request = next(sent)
        return _spend(app, request.path, request.body, headers)

    def write() -> float:
        return _spend(bare, "/sign", bare_body, bare_headers)

    for _ in range(WARM):
        sign(), write()
    with _counting(engine) as counted:
        sign()
    ours, anchors = [], []
    for _ in range(ROUNDS):
        ours.append(min([sign() for _ in range(EACH)]))
        anchors.append(min([write() for _ in range(EACH)]))
    engine.dispose()
    portal, anchor = statistics.median(ours), statistics.median(anchors)
    table.add_row(
        name,
        f"{portal:.2f}",
        f"{anchor:.2f}",
        f"{anchor / portal:.2f}",
        report.hold(f"{name}: anchor / portal", anchor / portal, at_least=GOAL),
        f"{counted['writes']}, {report.hold(f'{name}: writes', counted['writes'], at_most=GOAL_WRITES)}",
        f"{counted['reads']}, {report.hold(f'{name}: reads', counted['reads'], at_most=GOAL_READS)}",
        str(counted["locks"]),
        str(counted["commits"]),
    )


def _portal(of: Demonstration) -> tuple[Flask, list[Any], dict[str, str]]:
    engine = make_engine(of.settings.database_url)
    with session_factory(engine, Vault(of.settings.pepper))() as session:
        app = create_app(of.settings)
        who = stage.customer(app, session, now=of.now)
        found = stage.signatures(session, who, now=of.now, most=WARM + 1 + ROUNDS * EACH)
    engine.dispose()
    return app, found, {"Cookie": who.cookie}


def _anchor(of: Demonstration) -> tuple[Flask, dict[str, str], str]:
    url = make_url(of.settings.database_url)
    connect: Callable[[], Any]
    if url.get_backend_name() == "sqlite":
        path, mark = str(of.folder / "bare.db"), "?"
        connect = lambda: bare_signing.connect_sqlite(path)  # noqa: E731
    else:
        address, mark = url.set(drivername="postgresql").render_as_string(hide_password=False), "%s"
        with psycopg.connect(address, autocommit=True) as first:
            first.execute("CREATE SCHEMA bare")
        connect = lambda: psycopg.connect(  # noqa: E731
            address, autocommit=True, options="-c search_path=bare", prepare_threshold=1
        )
    with connect() as made:
        bare_signing.prepare(made, mark=mark)
    app = bare_signing.make_app(connect, mark=mark)
    answer = app.test_client().get("/token")
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return app, {"Cookie": cookie}, f"csrf_token={answer.text}&code={bare_signing.CODE}"


@contextmanager
def _counting(engine: Engine) -> Iterator[Counter[str]]:
    """Count the statements of the block: an executemany is one; a commit of nothing is none."""
    counted: Counter[str] = Counter()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted[kind_of(statement)] += 1

    def commit(_connection: object) -> None:
        counted["commits"] += 1

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)


def kind_of(statement: str) -> str:
    """Return "writes", "reads", for a SELECT that takes locks "locks", and "others" (BEGIN)."""
    verb = statement.split(None, 1)[0].upper()
    if verb in ("INSERT", "UPDATE", "DELETE"):
        return "writes"
    if verb != "SELECT":
        return "others"
    return "locks" if LOCKS.search(statement) else "reads"


def _spend(app: Flask, path: str, body: str, headers: dict[str, str]) -> float:
    """Send a form to an application in this thread; return the CPU ms that it took besides Argon2."""
    said = body.encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(said)),
        "HTTP_COOKIE": headers["Cookie"],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(said),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answered: list[str] = []
    with _argon2_apart() as apart:
        began = time.thread_time()
        content = app(environ, lambda status, *_: answered.append(status))  # type: ignore[arg-type, func-returns-value]
        for _ in content:
            pass
        content.close()  # type: ignore[attr-defined]
        spent = time.thread_time() - began - apart[0]
    if not answered[0].startswith("303"):
        raise SystemExit(f"{path} answered {answered[0]}")
    return spent * 1000


@contextmanager
def _argon2_apart() -> Iterator[list[float]]:
    """Sum the CPU seconds of Argon2 within the block."""
    apart, real = [0.0], PasswordHasher.verify

    def timed(self: PasswordHasher, *given: Any) -> Any:
        began = time.thread_time()
        try:
            return real(self, *given)
        finally:
            apart[0] += time.thread_time() - began

    PasswordHasher.verify = timed  # type: ignore[method-assign, assignment]
    try:
        yield apart
    finally:
        PasswordHasher.verify = real  # type: ignore[method-assign]
