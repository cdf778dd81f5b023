"""Dumps of a PostgreSQL database by its own programs: taken in one moment, read through, restored."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy.engine import URL, make_url

from .copies import POSTGRESQL, BadBackup, demand_room, drafted
from .figures import Figures, demand_equal, write_note

if TYPE_CHECKING:
    import psycopg

# Key of the lock that one dump of a database holds; any number that nothing else of the portal takes.
LOCK = 0x706F7274616C
_VERSION = re.compile(rb"\(PostgreSQL\) (\d+)")
_COPY = re.compile(rb'COPY public\."?(\w+)"? \(([^)]*)\) FROM stdin;\n')
# Settings that a newer program writes and an older server does not know.
_UNKNOWN = (b"SET transaction_timeout ",)
# Empties the schema: what a newer program added would else stay beside the restored tables.
_EMPTY = """
SET lock_timeout = '5s';
DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', found.name);
  END LOOP;
  FOR found IN
    SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', found.name);
  END LOOP;
END $$;
"""


class AlreadyRunning(Exception):
    """Another process copies this database at this moment."""


class Programs(NamedTuple):
    """Folder of pg_dump, pg_restore and psql, and their major version."""

    folder: Path
    version: int

    def command(self, name: str) -> str:
        """Return the path of one of the programs."""
        return str(self.folder / name)


def _driver() -> Any:
    """Return psycopg with its ``sql``; loaded at its first use, for most processes never need it."""
    import psycopg.sql

    return psycopg


def _fill_name(text: str, name: str) -> Any:
    """Return a statement with a name in the place of ``{}``, quoted."""
    sql = _driver().sql
    return sql.SQL(text).format(sql.Identifier(name))


def find_programs(*, named: Path | None, server_version: int) -> Programs:
    """Return programs that are not older than the server (its major version).

    Of ``named`` only, if given; else of PATH, or of Debian's folders. ``BadBackup`` says which are missing.
    """
    found = [Programs(folder, version) for folder in _folders(named) if (version := _version_of(folder)) is not None]
    fitting = [programs for programs in found if programs.version >= server_version]
    if fitting:
        # The closest: a newer program may write what an older server does not read.
        return min(fitting, key=lambda programs: programs.version)
    install = (
        f"install postgresql-client{f'-{server_version}' if server_version else ''} of your distribution, or name the "
        "folder of pg_dump, pg_restore and psql in PORTAL_PG_PROGRAMS"
    )
    if found:
        newest = max(programs.version for programs in found)
        raise BadBackup(f"pg_dump {newest} is older than the server, which is {server_version}: {install}")
    where = f"in {named} (PORTAL_PG_PROGRAMS)" if named else "on this machine"
    raise BadBackup(f"there is no pg_dump {where}: {install}")


def _folders(named: Path | None) -> list[Path]:
    if named is not None:
        return [named]
    on_path = shutil.which("pg_dump")
    folders = [Path(on_path).parent] if on_path else []
    return [*folders, *sorted(Path("/usr/lib/postgresql").glob("*/bin"))]


def _version_of(folder: Path) -> int | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore", "psql")):
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = [str(folder / "pg_dump"), "--version"]
        said = subprocess.run(asked, capture_output=True, check=False, timeout=20).stdout  # noqa: S603
        if version := _VERSION.search(said):
            return int(version[1])
    return None


def create(*, url: str, folder: Path, now: datetime, programs: Path | None = None, purpose: str = "") -> Path:
    """Dump the database into ``folder`` in one moment, read the dump through and return its path.

    The moment is a snapshot in which the rows of every table are counted too: the dump must hold as many. Writers do
    not wait. ``AlreadyRunning`` while another dump of it is taken anywhere, ``BadBackup`` when it cannot be taken.
    """
    address = make_url(url)
    with _snapshot(address) as (connection, snapshot):
        found = find_programs(named=programs, server_version=connection.info.server_version // 10_000)
        demand_room(folder, wanted_bytes=_size_of(connection))
        with drafted(folder, suffix=POSTGRESQL, now=now, purpose=purpose) as (draft, target):
            dump = [found.command("pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--file={draft}"]
            with _running(dump, address):
                expected = _count(connection)
            read = verify(draft, programs=found)
            demand_equal(draft, read, expected)
    write_note(target, read)
    return target


@contextmanager
def _snapshot(address: URL) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Yield a connection in a read-only moment and the name by which pg_dump shares it."""
    try:
        connection = open_connection(address)
    except _driver().Error as error:
        raise BadBackup(f"the database does not answer: {_first_line(error)}") from error
    with connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            # Counting a long history takes minutes.
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            (free,) = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone() or (False,)
            if not free:
                raise AlreadyRunning
            (name,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            yield connection, str(name)
        except _driver().Error as error:
            raise BadBackup(f"the database cannot be read: {_first_line(error)}") from error
        finally:
            with contextlib.suppress(_driver().Error):
                connection.execute("ROLLBACK")


def open_connection(address: URL) -> psycopg.Connection[Any]:
    """Return a connection that commits by itself."""
    text = address.set(drivername="postgresql").render_as_string(hide_password=False)
    connection: psycopg.Connection[Any] = _driver().connect(text, autocommit=True, connect_timeout=10)
    return connection


def _size_of(connection: psycopg.Connection[Any]) -> int:
    """Return a bound for the dump, which is compressed: the bytes of the tables without their indexes."""
    found = connection.execute(
        "SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class "
        "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchone()
    return int(found[0]) if found else 0


def _count(connection: psycopg.Connection[Any]) -> Figures:
    # A partitioned table is dumped by its parts.
    names = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    rows = {}
    for (name,) in names:
        counted = connection.execute(_fill_name("SELECT count(*) FROM public.{}", name)).fetchone()
        rows[str(name)] = int(counted[0]) if counted else 0
    if "alembic_version" not in rows:
        raise BadBackup("the database was never migrated: there is nothing to copy")
    revision = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    head = None
    if "audit_head" in rows:
        head = connection.execute("SELECT sequence, mac FROM public.audit_head").fetchone()
    sequence, mac = head or (0, b"")
    return Figures(str(revision[0]) if revision else "", rows, int(sequence), bytes(mac).hex())


def verify(path: Path, *, programs: Programs) -> Figures:
    """Read a dump to its end and return its figures; ``BadBackup`` for a damaged file or none of the portal.

    Nothing is restored: keys and constraints are proved by a drill.
    """
    if not path.is_file():
        raise BadBackup(f"{path} is no file")
    rows: dict[str, int] = {}
    kept: dict[str, tuple[list[bytes], bytes]] = {}
    with tempfile.TemporaryFile() as said:
        command = [programs.command("pg_restore"), "--file=-", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as reading:  # noqa: S603
            lines = iter(reading.stdout or ())
            for line in lines:
                if begins := _COPY.fullmatch(line):
                    name, count, first = begins[1].decode(), 0, b""
                    for row in lines:
                        if row == b"\\.\n":
                            break
                        first = first or row
                        count += 1
                    rows[name] = count
                    kept[name] = [column.strip(b' "') for column in begins[2].split(b",")], first.rstrip(b"\n")
        if reading.returncode:
            said.seek(0)
            raise BadBackup(f"{path} cannot be read: {_last_line(said.read())}")
    revision = _value(kept, "alembic_version", b"version_num")
    if rows.get("alembic_version") != 1:
        raise BadBackup(f"{path} is no database of the portal: it does not say its revision")
    mac = _value(kept, "audit_head", b"mac").removeprefix("\\\\x")
    return Figures(revision, rows, int(_value(kept, "audit_head", b"sequence") or 0), mac)


def _value(kept: dict[str, tuple[list[bytes], bytes]], table: str, column: bytes) -> str:
    """Return a column of the first row of a table; empty when there is none."""
    columns, row = kept.get(table, ([], b""))
    cells = row.split(b"\t")
    return cells[columns.index(column)].decode() if column in columns and len(cells) == len(columns) else ""


def restore(*, dump: Path, url: str, programs: Programs) -> None:
    """Replace all content of a database with a dump, in one transaction.

    Others that read are waited for five seconds, then it is given up. ``BadBackup`` when that, or
    anything else, fails; the database is then what it was.
    """
    address = make_url(url)
    read = [programs.command("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    write = [programs.command("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as unread,
        _running([*write, "--output=/dev/null"], address, stdin=subprocess.PIPE) as writing,
    ):
        to = cast("IO[bytes]", writing.stdin)
        with contextlib.suppress(BrokenPipeError):
            to.write(_EMPTY.encode())
            with subprocess.Popen(read, stdout=subprocess.PIPE, stderr=unread) as reading:  # noqa: S603
                in_head = True
                for line in reading.stdout or ():
                    in_head = in_head and not line.startswith(b"COPY ")
                    if not (in_head and line.startswith(_UNKNOWN)):
                        to.write(line)
            if reading.returncode:
                # Ends the transaction without a commit.
                writing.kill()
                unread.seek(0)
                raise BadBackup(f"{dump} cannot be read: {_last_line(unread.read())}")
            to.close()
    # Restored tables have no statistics: without them a verification of ten minutes and more, with them of seconds.
    with open_connection(address) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute("ANALYZE")


def demand_empty(url: str) -> None:
    """Refuse a database that holds a table, which a drill would replace; ``BadBackup``."""
    try:
        with open_connection(make_url(url)) as connection:
            found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    except _driver().Error as error:
        raise BadBackup(f"the database of --into does not answer: {_first_line(error)}") from error
    if found and found[0]:
        raise BadBackup("the database of --into is not empty: a drill replaces what is there")


def remove_content(url: str) -> None:
    """Remove all tables and routines of a database."""
    with open_connection(make_url(url)) as connection:
        connection.execute(_EMPTY)


def address_of(url: URL, name: str) -> str:
    """Return the address of another database of the same server."""
    return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """Yield the address of an empty database of the same server, dropped afterwards; also those of killed drills.

    ``BadBackup`` when the portal's account may not create one.
    """
    address = make_url(url)
    prefix = f"{address.database}_drill_"
    name = f"{prefix}{os.getpid()}"
    try:
        connection = open_connection(address)
    except _driver().Error as error:
        raise BadBackup(f"the database does not answer: {_first_line(error)}") from error
    with connection:
        _drop_forgotten(connection, prefix)
        try:
            connection.execute(_fill_name("CREATE DATABASE {} TEMPLATE template0", name))
        except _driver().errors.InsufficientPrivilege as error:
            raise BadBackup(
                f"{address.username} may not create a database for the drill: ALTER ROLE {address.username} "
                "CREATEDB, or name an empty database with --into"
            ) from error
        try:
            yield address_of(address, name)
        finally:
            connection.execute(_fill_name("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _drop_forgotten(connection: psycopg.Connection[Any], prefix: str) -> None:
    left = connection.execute(
        "SELECT datname FROM pg_database d WHERE starts_with(datname, %s) "
        "AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        [prefix],
    ).fetchall()
    for (name,) in left:
        with contextlib.suppress(_driver().Error):
            connection.execute(_fill_name("DROP DATABASE {}", name))


@contextmanager
def _running(command: Sequence[str], address: URL, *, stdin: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on the database beside the block, and wait for its end; ``BadBackup`` when it fails.

    The password is in no command line.
    """
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    plain = address.set(drivername="postgresql", password=None).render_as_string()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603
            [*command, f"--dbname={plain}"],
            env=environment,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            yield process
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdin:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()
        if process.returncode:
            said.seek(0)
            raise BadBackup(f"{Path(command[0]).name} failed: {_last_line(said.read())}")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").strip().splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "without a word")
