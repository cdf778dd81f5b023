"""A whole cluster: PostgreSQL with a replica, two servers, two workers with a mail server, nginx before the servers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import func, select
from werkzeug.wrappers import Response

from portal.clock import system_clock
from portal.migrations import runner
from portal.models import OutboxMessage
from portal.models.engine import make_engine
from tests.browser import Browser
from tests.cli.smtp_sink import Sink
from tests.cluster.databases import PostgresPair
from tests.cluster.pgbouncer import pgbouncer
from tests.deploy.proxies import NAME, Nginx, Proxy
from tests.factories import NOW
from tests.faults.server import ROOT, Server
from tests.faults.stage import Person, Stage
from tests.journeys import whole_way
from tests.processes import Process, without_portal_settings
from tests.services.way import set_out

MAIL_SECONDS = 60.0
SECRET_KEY = "0123456789abcdef-of-the-cluster-on-this-machine"


class Cluster:
    """Started as a context manager; `servers` and `workers` are two of each, with a folder of their own each.

    `given` are further settings of all of them; with `keep` the folder with their logs stays.
    """

    def __init__(
        self, *, through_pgbouncer: bool = False, keep: bool = False, given: Mapping[str, str] | None = None
    ) -> None:
        self._through_pgbouncer = through_pgbouncer
        self._keep = keep
        self._given = dict(given or {})
        self._open = ExitStack()

    def __enter__(self) -> Cluster:
        with ExitStack() as stack:
            self._start(stack)
            self._open = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def people(self, *, couples: int, drafts: int) -> list[Person]:
        """Sign in couples of colleagues with so many drafts each."""
        return [person for _ in range(couples) for person in self.stage.colleagues(drafts=drafts)]

    def walk(self) -> float:
        """Go the guide's steps 3 to 24 through the proxy; return the seconds."""
        with self.stage.session() as session:
            letter = set_out(session, self.stage.vault)
        began = time.monotonic()
        browser = Browser(Client(self.proxy), origin=f"https://{NAME}")  # type: ignore[arg-type]
        whole_way.walk(browser, letter, self._read_link)
        return time.monotonic() - began

    def count_mails(self) -> tuple[int, int, int]:
        """Return how many mails came in, how many of them were one that had come already, how many still wait."""
        numbers = [str(mail["Message-ID"]) for mail in self.sink.mails]
        with self.stage.session() as session:
            waiting = session.scalar(select(func.count()).where(OutboxMessage.sent_at.is_(None))) or 0
        return len(numbers), len(numbers) - len(set(numbers)), waiting

    def verify_by_command(self) -> list[str]:
        """Run `portal verify` as each worker's host would; return what it found."""
        found = []
        for name in ("worker-a", "worker-b"):
            command = [sys.executable, "-m", "portal.cli", "verify"]
            done = subprocess.run(
                command, cwd=self.folder, env=self._environment(name), capture_output=True, text=True, check=False
            )
            if done.returncode:
                found.append(f"{name}: {done.stderr.strip()}")
        return found

    def _start(self, stack: ExitStack) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-cluster-", dir="/tmp"))
        if not self._keep:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        self.pair = stack.enter_context(PostgresPair(self.folder))
        self._migrate(self.pair.url)
        url = self.pair.url
        self.pooler: Process | None = None
        if self._through_pgbouncer:
            target = f"host=127.0.0.1 port={self.pair.ports[0]} user=postgres dbname=portal"
            self.pooler, url = stack.enter_context(pgbouncer(target))
        self.sink = stack.enter_context(Sink())
        pepper = self.folder / "pepper"
        pepper.write_bytes(os.urandom(32))
        self._settings = settings = {
            "PORTAL_BASE_URL": f"https://{NAME}",
            "PORTAL_BEHIND_PROXY": "1",
            "PORTAL_DATABASE_URL": url,
            # The clock goes on: what is put off for a minute comes again.
            "PORTAL_NOW": shift_to(NOW),
            "PORTAL_PEPPER_FILE": str(pepper),
            "PORTAL_REPLICA_URL": self.pair.replica_url,
            "PORTAL_SECRET_KEY": SECRET_KEY,
            "PORTAL_SMTP_URL": f"{self.sink.url}?from=portal@{NAME}",
            "PORTAL_TRUSTED_HOSTS": f"{NAME},127.0.0.1",
        } | self._given
        # The test's own way in leads to the database itself.
        self.stage = Stage(self.pair.url, self._room("stage"), settings | {"PORTAL_DATABASE_URL": self.pair.url})
        stack.callback(self.stage.close)
        self.workers = [self._worker(name) for name in ("worker-a", "worker-b")]
        self.servers = [
            Server(self._room(f"server-{each}"), settings | self._instance(f"server-{each}")) for each in "ab"
        ]
        parts = [*self.servers, *self.workers]
        for part in parts:
            stack.callback(part.kill)
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(lambda part: part.start(), parts))
        self.proxy = stack.enter_context(Nginx(self._room("nginx"), [server.port for server in self.servers]))

    def _room(self, name: str) -> Path:
        room = self.folder / name
        room.mkdir(exist_ok=True)
        return room

    def _instance(self, name: str) -> dict[str, str]:
        return {"PORTAL_INSTANCE": str(self._room(name) / "instance")}

    def _environment(self, name: str) -> dict[str, str]:
        return without_portal_settings() | {"PYTHONPATH": str(ROOT)} | self._settings | self._instance(name)

    def _worker(self, name: str) -> Process:
        room = self._room(name)
        log = room / f"{name}.log"
        process = Process(
            name,
            [sys.executable, "-m", "portal.cli", "worker"],
            folder=room,
            # Counted from its last start on: each writes the line once.
            is_ready=lambda: "worker started" in log.read_text(errors="replace")[process.begins_at :],
            environment=self._environment(name),
        )
        return process

    def _migrate(self, url: str) -> None:
        engine = make_engine(url)
        runner.upgrade(engine)
        engine.dispose()

    def _read_link(self) -> str:
        """The path of the link in the mail that Luz got."""
        until = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < until:
            for mail in self.sink.mails:
                if mail["To"] == whole_way.EMAIL and (found := re.search(rf"https://{NAME}(/\S+)", words_of(mail))):
                    return found[1]
            time.sleep(0.2)
        raise TimeoutError("no mail came with a link")


class Client:
    """What `tests.browser.Browser` asks of Flask's test client, over HTTPS: cookies and one request after the other."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._cookies: dict[str, str] = {}

    def open(self, *, path: str, method: str, base_url: str, headers: Mapping[str, str], **sent: Any) -> Response:
        """Send a request and return the answer."""
        given = dict(headers) | {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if "content_type" in sent:
            given["Content-Type"] = sent["content_type"]
        connection = self._proxy.connection()
        try:
            connection.request(method, path, sent.get("data"), given)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self._cookies[key] = content
        return Response(body, answer.status, answer.getheaders())


def words_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def shift_to(moment: datetime) -> str:
    """The PORTAL_NOW under which a clock shows this moment now, and goes on."""
    seconds = round((moment - system_clock()).total_seconds())
    return f"{'-' if seconds < 0 else '+'}P0DT0H0M{abs(seconds)}S"
