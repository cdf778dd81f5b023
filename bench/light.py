"""A month's sheet kept, its swap and the sheet rendered anew, as multiples of a bare Flask application (bench/bare.py).

In process and in CPU time, so that other work on the machine hardly moves the ratios; the least of interleaved rounds.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

from flask import Flask
from rich.table import Table

from portal import create_app
from portal.blueprints.balances.shelf import Shelf
from portal.blueprints.balances.views import SHELF
from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .bare import create_bare_app
from .demonstration import Demonstration
from .report import Report

# Short rounds: few of them are disturbed.
ROUNDS, EACH, ADDRESSES = 50, 20, 20
# Multiples of the bare application; milliseconds for the rendered sheet beside it.
GOALS = {"sheet kept": 5.0, "swap kept": 4.0, "sheet rendered": 24.0}
GOAL_MS = {"sheet rendered": 3.0}
BARE = "bare Flask application"
Environ = dict[str, Any]


class Page(NamedTuple):
    """A page to measure: the application, its requests, and whether it is rendered anew each time."""

    app: WSGIApplication
    environs: list[Environ]
    is_rendered: bool = False


def measure(report: Report, demonstration: Demonstration) -> None:
    """Measure the pages in turn and print their multiples of the bare application beside the goals."""
    app, addresses, cookie = _open(demonstration)
    # As browsers ask, and as who takes no coding asks.
    browser = {"HTTP_COOKIE": cookie, "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd"}
    swap = browser | {"HTTP_HX_REQUEST": "true"}
    pages = {
        BARE: Page(create_bare_app(), [environ_of("/sheet", {})]),
        "sheet kept": Page(app, [environ_of(address, browser) for address in addresses]),
        "swap kept": Page(app, [environ_of(address, swap) for address in addresses]),
        "sheet kept, sent plain": Page(app, [environ_of(address, {"HTTP_COOKIE": cookie}) for address in addresses]),
        "sheet rendered": Page(app, [environ_of(address, browser) for address in addresses], is_rendered=True),
    }
    with quiet():
        spent = {name: min(times) for name, times in _rounds(app, pages).items()}
    _print(report, spent)


def _rounds(app: Flask, pages: dict[str, Page]) -> dict[str, list[float]]:
    """Return the CPU milliseconds of one request of each page, by rounds that take turns."""
    spent: dict[str, list[float]] = {name: [] for name in pages}
    for round_number in range(ROUNDS + 1):
        for name, page in pages.items():
            with _empty_shelf(app) if page.is_rendered else nullcontext():
                milliseconds = _spent(page.app, page.environs, times=EACH // (4 if page.is_rendered else 1))
            # The first one fills what is kept.
            if round_number:
                spent[name].append(milliseconds)
    return spent


@contextmanager
def _empty_shelf(app: Flask) -> Iterator[None]:
    """Keep no page meanwhile; those kept before stay for afterwards."""
    kept = app.extensions[SHELF]
    app.extensions[SHELF] = Shelf(most=0)
    try:
        yield
    finally:
        app.extensions[SHELF] = kept


def _spent(app: WSGIApplication, environs: Iterable[Environ], *, times: int) -> float:
    """Return the CPU milliseconds of one of ``times`` requests, this thread's alone."""
    asked = [dict(environ, **{"wsgi.input": io.BytesIO()}) for environ, _ in zip(cycle(environs), range(times))]
    began = time.thread_time()
    for environ in asked:
        _answer(app, environ)
    return (time.thread_time() - began) * 1000 / times


def _answer(app: WSGIApplication, environ: Environ) -> None:
    statuses: list[str] = []

    def start(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    body = app(environ, start)
    for _ in body:
        pass
    if hasattr(body, "close"):
        body.close()
    if statuses != ["200 OK"]:
        raise SystemExit(f"{environ['PATH_INFO']} answered {statuses}")


def environ_of(address: str, headers: dict[str, str]) -> Environ:
    """Return a GET request as a server hands it to a WSGI application."""
    path, _, query = address.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }


def _open(demonstration: Demonstration) -> tuple[Flask, list[str], str]:
    """Return the application, sheets of one customer who has everything open, and the customer's cookie."""
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    engine = make_engine(settings.database_url)
    with session_factory(engine, vault)() as session:
        who = stage.customer(app, session, now=demonstration.now)
        sheets = stage.sheets(session, today=GasDay.of(demonstration.now), only=who.numeric_keys)
    engine.dispose()
    every = max(1, len(sheets) // ADDRESSES)
    return app, [page.path for page in sheets[::every]][:ADDRESSES], who.cookie


@contextmanager
def quiet() -> Iterator[None]:
    """Send the log's lines nowhere: they are written, and not shown."""
    shown = sys.stderr
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stderr = shown


def _print(report: Report, spent: dict[str, float]) -> None:
    table = Table(title=f"CPU of a request in process; the least of {ROUNDS} interleaved rounds")
    for heading in ("page", "ms", "× bare", "goal, verdict"):
        table.add_column(heading, justify="left" if heading in ("page", "goal, verdict") else "right")
    for name, own in spent.items():
        verdicts = []
        if name != BARE:
            verdicts.append(report.hold(f"{name}, to bare Flask", own / spent[BARE], at_most=GOALS.get(name)))
        verdicts.append(report.hold(name, own, unit="ms", at_most=GOAL_MS.get(name)))
        table.add_row(name, f"{own:.3f}", f"{own / spent[BARE]:.1f}", "; ".join(filter(None, verdicts)))
    report.print(table)
