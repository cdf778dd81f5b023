"""A PostgreSQL server for the tests: started in under a second, reached by a Unix socket, thrown away at the end."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.databases.binaries import find_binaries, reachable_by
from tests.databases.memory import memory
from tests.watch import Watch

# Nothing here outlives the run, so nothing waits for the disk.
FOR_SPEED = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    # No statement of a test runs long enough to be worth compiling; the estimates of empty tables say otherwise.
    "jit": "off",
    "max_connections": "60",
    "max_wal_senders": "0",
    # What lies in memory stays small.
    "max_wal_size": "128MB",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
START_SECONDS = 20


class PostgresServer:
    """A running server on which databases are made and dropped, with the settings of `FOR_SPEED` unless told.

    Use as a context manager, or `PostgresServer.at(url)` for one that somebody else runs (`TEST_PG_URL`).
    """

    def __init__(self, settings: Mapping[str, str] = FOR_SPEED) -> None:
        self.settings = settings
        self.user = "nobody" if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self.watch: Watch | None = None
        # Programs, socket and log; the data lies in memory where there is room.
        self.folder: Path | None = None
        self.data: Path | None = None
        self.admin_url = make_url("postgresql+psycopg://")
        # Workers may share one server: each has names of its own.
        self.prefix = f"portal_test_{os.getpid()}_{secrets.token_hex(3)}"
        self.made = 0
        # As libpq counts: 150018 for 15.18; 0 until the first statement.
        self.version = 0
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    @classmethod
    def at(cls, url: str) -> "PostgresServer":
        """A server already running at `url`, whose user may create databases."""
        server = cls()
        server.admin_url = make_url(url).set(drivername="postgresql+psycopg")
        return server

    def __enter__(self) -> "PostgresServer":
        if not self.admin_url.database:
            try:
                self._start()
            except BaseException:
                self._stop()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def create(self, template: str | None = None) -> str:
        """Make an empty database, or a copy of the database named `template`; return its name."""
        self.made += 1
        name = f"{self.prefix}_{self.made}"
        parts = [sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))]
        if template:
            parts.append(sql.SQL("TEMPLATE {}").format(sql.Identifier(template)))
            if self.data and self.data.parent == memory() and self._chooses_how_to_copy():
                # In memory files copy quicker than pages are written to the log; on a disk it is the other way round.
                parts.append(sql.SQL("STRATEGY file_copy"))
        self._admin(sql.SQL(" ").join(parts))
        return name

    def drop(self, name: str) -> None:
        """Drop the database, ending whoever is still connected to it."""
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of the database, its password included."""
        return self.admin_url.set(database=name).render_as_string(hide_password=False)

    @contextlib.contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The URL of a database that exists as long as the block."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def template(self, migrate: Callable[[str], None]) -> str:
        """Make a database, let `migrate(url)` prepare it, and return its name for `create`."""
        name = self.create()
        migrate(self.url(name))
        # A copy is refused while anyone is connected, and a pool may not have let go yet.
        self._admin(
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
                sql.Literal(name)
            )
        )
        return name

    def _admin(self, statement: sql.Composable) -> None:
        # One connection for all: a new one costs the server more than most of what is asked on it.
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(_libpq(self.admin_url), autocommit=True, connect_timeout=5)
            self.version = self._connection.info.server_version
        self._connection.execute(statement)

    def _chooses_how_to_copy(self) -> bool:
        # PostgreSQL 15 began to ask; before, it copied files.
        return self.version >= 150_000

    def _start(self) -> None:
        # Under /tmp by name: a socket's path may have at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self.data = Path(tempfile.mkdtemp(prefix="pg-data-", dir=memory() or self.folder))
        if self.user:
            shutil.chown(self.folder, self.user)
            shutil.chown(self.data, self.user)
        binaries = reachable_by(self.user, find_binaries(), self.folder)
        self._initdb(binaries, self.data)
        settings = {**self.settings, "listen_addresses": "", "unix_socket_directories": str(self.folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [binaries / "postgres", "-D", self.data, *options],
                user=self.user,
                cwd=self.folder,
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.watch = Watch(self.process.pid, self.folder, self.data, signal="QUIT")
        self.admin_url = URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(self.folder)}
        )
        self._wait()

    def _initdb(self, binaries: Path, data: Path) -> None:
        # C collation: the portal orders by a stored key, so a server's language must not matter.
        command = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        done = subprocess.run(
            [*command, "--no-sync", "--no-instructions"],
            check=False,
            user=self.user,
            cwd=self.folder,
            env=plain_environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _wait(self) -> None:
        assert self.process
        assert self.folder
        give_up = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                self._admin(sql.SQL("SELECT 1"))
                return
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text(errors='replace')}")
            time.sleep(0.02)

    def _stop(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None
        if self.watch:
            self.watch.over()
            self.watch = None
        if self.process:
            # Immediate shutdown: the files go away anyway.
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        for folder in (self.data, self.folder):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        self.data = self.folder = None


def _libpq(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def plain_environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: nothing of whoever runs the tests."""
    home = pwd.getpwuid(os.geteuid()).pw_dir if os.geteuid() else "/"
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": home}
