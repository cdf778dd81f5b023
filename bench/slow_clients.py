"""Waiting times beside 500 slow senders and 500 slow readers: the portal alone, and behind the proxy."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal import create_app
from portal.domain.gas_day import GasDay
from portal.models.engine import make_engine
from portal.server.process import allow_connections
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.faults.slow import SlowClients
from tests.processes import free_port

from . import stage
from .demonstration import Demonstration
from .report import Report
from .server import serving

EACH = 500
SECONDS = 30.0
HEALTH_SECONDS, SHEET_SECONDS = 0.5, 1.0
OPERATIONS = Path(__file__).parents[1] / "docs" / "operations.md"


def measure(report: Report, demonstration: Demonstration) -> None:
    """Print the longest wait for /salud and for a balance sheet, and what the slow senders were answered."""
    allow_connections(8 * EACH)
    settings = demonstration.settings
    vault = cheapen(Vault(settings.pepper))
    engine = make_engine(settings.database_url)
    with session_factory(engine, vault)() as session:
        who = stage.customer(create_app(settings), session, now=demonstration.now)
        sheet = stage.sheets(session, today=GasDay.of(demonstration.now), only=who.numeric_keys)[0].path
    engine.dispose()
    report.print(f"{EACH} slow senders and {EACH} slow readers of a history for {SECONDS:.0f} s; the longest answers")
    environment = demonstration.environment | {"PORTAL_BEHIND_PROXY": "1"}
    with serving(environment, demonstration.folder / "slow.log") as address:
        _measure(report, "make run", int(address.rpartition(":")[2]), sheet, who.cookie)
    if not shutil.which("nginx"):
        report.print("nginx is not here (apt-get install nginx): measured without it.")
        return
    with (
        serving(environment, demonstration.folder / "slow.log") as address,
        _proxy(int(address.rpartition(":")[2]), demonstration.folder) as port,
    ):
        _measure(report, "behind nginx", port, sheet, who.cookie)


def _measure(report: Report, name: str, port: int, sheet: str, cookie: str) -> None:
    history = sheet.partition("?")[0] + "/historia.xlsx"
    # Once beforehand: the first workbook of a process loads what writes it.
    _seconds(port, history, cookie)
    # What the machine itself makes of it, with whatever else it does.
    health, sheets = _asked(port, sheet, cookie, seconds=SECONDS / 3)
    report.print(f"{name}, nobody slow: /salud {max(health):.2f} s, sheet {max(sheets):.2f} s")
    with SlowClients(port, senders=EACH, readers=EACH, big=history, cookie=cookie) as slow:
        health, sheets = _asked(port, sheet, cookie, seconds=SECONDS)
        heard = ", ".join(f"{count} × {status}" for status, count in sorted(slow.answers.items()))
    longest = report.hold(f"{name}: longest /salud", max(health), unit="s", at_most=HEALTH_SECONDS)
    longest_sheet = report.hold(f"{name}: longest sheet", max(sheets), unit="s", at_most=SHEET_SECONDS)
    report.print(
        f"{name}: /salud {max(health):.2f} s ({longest}), sheet {max(sheets):.2f} s ({longest_sheet}), "
        f"medians {statistics.median(health):.3f} and {statistics.median(sheets):.3f}, {len(health)} times; "
        f"senders heard {heard}"
    )


def _asked(port: int, sheet: str, cookie: str, *, seconds: float) -> tuple[list[float], list[float]]:
    """Ask for both in turn; return how long each answer took."""
    health, sheets = [], []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        health.append(_seconds(port, "/salud", ""))
        sheets.append(_seconds(port, sheet, cookie))
        time.sleep(0.1)
    return health, sheets


def _seconds(port: int, path: str, cookie: str) -> float:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return time.perf_counter() - began


@contextmanager
def _proxy(port: int, folder: Path) -> Iterator[int]:
    """Run nginx as docs/operations.md has it, but for TLS, names and places, while the block runs."""
    outer = free_port()
    written = re.search(r"```nginx\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    if written is None:
        raise SystemExit("docs/operations.md shows no nginx.conf")
    own = re.sub(r"^\s*(ssl_\w+|user|pid|include) .*;\n", "", written[1], flags=re.MULTILINE)
    own = re.sub(r"listen .*;", f"listen 127.0.0.1:{outer};", own).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    own = own.replace("http {", f"http {{\n  access_log off;\n  client_body_temp_path {folder}/nginx-body;\n")
    own = own.replace("X-Forwarded-Proto $scheme", "X-Forwarded-Proto http")
    conf = folder / "nginx.conf"
    conf.write_text(f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\n{own}")
    server = subprocess.Popen([shutil.which("nginx") or "nginx", "-c", str(conf), "-p", str(folder)])
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until and server.poll() is None:
            try:
                _seconds(outer, "/salud", "")
                break
            except OSError:
                time.sleep(0.1)
        yield outer
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
