"""PostgreSQL with a streaming replica: two servers on this machine that wait for the disk as in operation."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg

from tests.databases.binaries import NoPostgres, embedded_folders, find_binaries, reachable_by
from tests.databases.postgres import plain_environment
from tests.processes import Process, free_port

SETTINGS = {
    "hot_standby_feedback": "on",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "max_wal_senders": "6",
    "shared_buffers": "64MB",
    "wal_keep_size": "256MB",
    "wal_level": "replica",
}
REPLICA = "replica"
CATCH_UP_SECONDS = 30.0


class PostgresPair:
    """A primary and its replica; the replica can be made the primary."""

    def __init__(self, folder: Path) -> None:
        self.user = "nobody" if os.geteuid() == 0 else None
        # Under /tmp by name: whoever runs the servers must reach it, and a socket's path may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-pair-", dir="/tmp"))
        if self.user:
            shutil.chown(self.folder, self.user)
        self._binaries = reachable_by(self.user, find_binaries(), self.folder)
        if not (self._binaries / "pg_basebackup").exists():
            raise NoPostgres(f"{self._binaries} has no pg_basebackup; {embedded_folders()} might.")
        self.ports = free_port(), free_port()
        self.primary = self._server("primary", self.ports[0], folder)
        self.replica = self._server(REPLICA, self.ports[1], folder)

    def __enter__(self) -> PostgresPair:
        try:
            self._run(
                "initdb", "-D", self.folder / "primary", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"
            )
            self.primary.start()
            self.ask(self.ports[0], "CREATE DATABASE portal", database="postgres")
            self.copy()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    @property
    def url(self) -> str:
        """The URL of the portal's database on whichever of the two takes writes."""
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in self.ports)
        return f"postgresql+psycopg://postgres@/portal?{hosts}&target_session_attrs=read-write"

    @property
    def replica_url(self) -> str:
        """The URL of the replica."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.ports[1]}/portal"

    def copy(self) -> None:
        """Make the replica of the primary, and start it."""
        self._run(
            *("pg_basebackup", "-D", self.folder / REPLICA, "-h", "127.0.0.1", "-p", str(self.ports[0])),
            *("-U", "postgres", "--write-recovery-conf", "--checkpoint=fast"),
        )
        self.replica.start()

    def wait_until_level(self) -> float:
        """Wait until the replica has all that the primary has; return how many seconds that took."""
        began = time.monotonic()
        ((written,),) = self.ask(self.ports[0], "SELECT pg_current_wal_lsn()")
        while time.monotonic() < began + CATCH_UP_SECONDS:
            ((level,),) = self.ask(self.ports[1], f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")
            if level:
                return time.monotonic() - began
            time.sleep(0.02)
        raise TimeoutError("the replica does not follow the primary")

    def wait_for_replica_at_commit(self) -> None:
        """Let a commit be answered only when the replica has it too: then the replica may take over."""
        self.ask(self.ports[0], f"ALTER SYSTEM SET synchronous_standby_names = '{REPLICA}'")
        self.ask(self.ports[0], "SELECT pg_reload_conf()")
        until = time.monotonic() + CATCH_UP_SECONDS
        while self.ask(self.ports[0], "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == []:
            if time.monotonic() > until:
                raise TimeoutError("the replica does not confirm commits")
            time.sleep(0.05)

    def promote(self) -> None:
        """Make the replica the primary."""
        self.ask(self.ports[1], "SELECT pg_promote()")

    def ask(self, port: int, statement: str, *, database: str = "portal") -> list[tuple[object, ...]]:
        """Run a statement on one of the two and return its rows."""
        with psycopg.connect(
            f"postgresql://postgres@127.0.0.1:{port}/{database}", autocommit=True, connect_timeout=5
        ) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def _server(self, name: str, port: int, folder: Path) -> Process:
        settings = SETTINGS | {"port": str(port), "cluster_name": name, "unix_socket_directories": str(self.folder)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Process(
            name,
            [self._binaries / "postgres", "-D", self.folder / name, *options],
            folder=folder,
            is_ready=lambda: self._answers(port),
            environment=plain_environment(),
            user=self.user,
        )

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(psycopg.Error):
            self.ask(port, "SELECT 1", database="postgres")
            return True
        return False

    def _run(self, program: str, *options: str | Path) -> None:
        done = subprocess.run(
            [self._binaries / program, *options],
            check=False,
            user=self.user,
            cwd=self.folder,
            env=plain_environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _end(self) -> None:
        self.replica.kill()
        self.primary.kill()
        # Their children end when they notice; until then they hold the folder.
        time.sleep(0.2)
        shutil.rmtree(self.folder, ignore_errors=True)
