"""PgBouncer before a database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases.postgres import plain_environment
from tests.deploy.proxies import UNPACKED, find_program
from tests.processes import Process, free_port, is_open


@contextmanager
def pgbouncer(target: str, *, connections: int = 20) -> Iterator[tuple[Process, str]]:
    """PgBouncer in transaction mode before the database `target` (libpq's words); give it, and the portal's URL of it.

    It refuses to run as root: its folder, with a program that lies where only root may read, belongs to nobody then.
    """
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir="/tmp"))
    port = free_port()
    try:
        program, environment = find_program("pgbouncer"), plain_environment()
        if UNPACKED in program.parents:
            program = Path(shutil.copy2(program, folder))
            for library in UNPACKED.glob("usr/lib/*/*.so*"):
                shutil.copy2(library, folder)
            environment["LD_LIBRARY_PATH"] = str(folder)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\nportal = {target}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = {connections}\nmax_client_conn = 200\n",
            "utf-8",
        )
        if user:
            shutil.chown(folder, user)
        process = Process(
            "pgbouncer",
            [program, settings],
            folder=folder,
            is_ready=lambda: is_open(port),
            environment=environment,
            user=user,
        )
        try:
            process.start()
            yield process, f"postgresql+psycopg://postgres@127.0.0.1:{port}/portal?pooler=transaction"
        finally:
            process.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
