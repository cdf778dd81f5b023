"""A PostgreSQL server that archives its log, and one that is recovered from a base backup to a moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from tests.databases.binaries import find_binaries, reachable_by
from tests.databases.postgres import FOR_SPEED, START_SECONDS, PostgresServer

ARCHIVES = {"wal_level": "replica", "max_wal_senders": "4", "archive_mode": "on", "full_page_writes": "on"}
PATIENCE_SECONDS = 60


class Shelf:
    """Folders for base backup and log, which the account of the servers may write; use as a context manager."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pitr-", dir="/tmp"))
        self.base, self.log = self.folder / "base", self.folder / "log"
        self.user = "nobody" if os.geteuid() == 0 else None
        for folder in (self.base, self.log):
            folder.mkdir(mode=0o700)
        if self.user:
            for folder in (self.folder, self.base, self.log):
                shutil.chown(folder, self.user)

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_what: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def archiving(self) -> Mapping[str, str]:
        """Settings of a server that archives here."""
        # As docs/operations.md writes it, but for the sync: nothing here outlives the run.
        kept = f"{self.log}/%f"
        command = f"test ! -f {kept} && cp %p {self.log}/.%f && mv {self.log}/.%f {kept}"
        return {**FOR_SPEED, **ARCHIVES, "archive_command": command}

    def recovering(self, until: str) -> Mapping[str, str]:
        """Settings of a server that is recovered from here to a moment, such as `2026-11-30 10:41:00-05`."""
        return {
            **FOR_SPEED,
            **ARCHIVES,
            "archive_mode": "off",
            "restore_command": f"cp {self.log}/%f %p",
            "recovery_target_time": until,
            "recovery_target_action": "promote",
        }

    def take_base(self, server: PostgresServer) -> None:
        """Take a base backup of a running server, by the pg_basebackup beside its programs."""
        binaries = reachable_by(self.user, find_binaries(), self.folder)
        subprocess.run(
            [
                *(binaries / "pg_basebackup", "--host", str(server.folder), "--username", "postgres"),
                *("--pgdata", self.base, "--checkpoint", "fast", "--no-sync"),
            ],
            user=self.user,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    def wait_for(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """End the present piece of the log and wait until it is archived."""
        last = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert last
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not (self.log / str(last[0])).exists():
            assert time.monotonic() < give_up, "the log was not archived"
            time.sleep(0.05)


class RecoveredServer(PostgresServer):
    """A new server on a copy of the base backup of a shelf, which it takes along the log until the moment."""

    def __init__(self, shelf: Shelf, until: str) -> None:
        super().__init__(shelf.recovering(until))
        self.shelf = shelf

    def _initdb(self, binaries: Path, data: Path) -> None:
        shutil.copytree(self.shelf.base, data, dirs_exist_ok=True)
        (data / "recovery.signal").touch()
        if self.user:
            for path in (data, *data.rglob("*")):
                shutil.chown(path, self.user)
        data.chmod(0o700)

    def wait_until_promoted(self) -> None:
        """Wait until it was recovered and takes writes."""
        text = self.admin_url.set(drivername="postgresql").render_as_string(hide_password=False)
        give_up = time.monotonic() + START_SECONDS
        with psycopg.connect(text, autocommit=True) as connection:
            while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                assert time.monotonic() < give_up, "it stayed in recovery"
                time.sleep(0.05)
