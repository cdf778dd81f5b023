"""Twelve years of a point in one file: how long it takes, and how much memory a process needs for it beyond its own."""

from __future__ import annotations

import multiprocessing
import os
import re
import statistics
import time
from pathlib import Path
from typing import NamedTuple

from flask.testing import FlaskClient
from rich.table import Table
from sqlalchemy import select

from portal import create_app
from portal.models import DeliveryPoint
from portal.models.engine import make_engine
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen

from . import stage
from .demonstration import Demonstration
from .report import Report

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS, MEGABYTES = 2.0, 80.0
FILES = ("historia.csv", "historia.xlsx", "anio.csv", "anio.xlsx", "estado.pdf")


class Export(NamedTuple):
    """A file: seconds to its last byte (median), its size, and the most memory beyond the idle process, in MB."""

    name: str
    seconds: float
    megabytes: float
    memory: float


def measure(report: Report, demonstration: Demonstration) -> None:
    """Ask for each file in a process of its own, so that none stands on what another has left; print a table."""
    table = Table(title=f"Files of the point with the longest history; median of {ROUNDS}")
    for heading in ("file", "s", "goal", "MB", "memory over idle, MB", "goal"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in FILES:
            export = pool.apply(_export, (demonstration, name))
            seconds = report.hold(name, export.seconds, unit="s", at_most=SECONDS)
            shown = (f"{export.seconds:.2f}", seconds, f"{export.megabytes:.2f}", f"{export.memory:.0f}")
            table.add_row(
                export.name,
                *shown,
                report.hold(f"{name}, memory over idle", export.memory, unit="MB", at_most=MEGABYTES),
            )
    report.print(table)


def _export(demonstration: Demonstration, name: str) -> Export:
    client, url = _customer(demonstration)
    # Idle: everything is imported, and a page was served.
    _read(client, url)
    idle = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    spent, size = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        size = _read(client, f"{url}/{name}")
        spent.append(time.perf_counter() - began)
    return Export(name, statistics.median(spent), size / 1e6, _memory("VmHWM") - idle)


def _customer(demonstration: Demonstration) -> tuple[FlaskClient, str]:
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    app = create_app(settings)
    with session_factory(make_engine(settings.database_url), vault)() as session:
        who = stage.customer(app, session, now=demonstration.now)
        points = select(DeliveryPoint).where(DeliveryPoint.id.in_(who.numeric_keys))
        point = session.scalars(points.order_by(DeliveryPoint.starts_on, DeliveryPoint.id)).unique().first()
        if point is None:
            raise SystemExit("The demonstration has no delivery point.")
        url = f"/cuentas-de-balance/{point.contract.modality.value}/{point.public_id}"
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = who.cookie
    return client, url


def _read(client: FlaskClient, address: str) -> int:
    """Read an answer piece by piece, as a server sends it, and return how long it was."""
    with client.get(address) as answer:
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        return sum([len(piece) for piece in answer.iter_encoded()])


def _memory(what: str) -> float:
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
