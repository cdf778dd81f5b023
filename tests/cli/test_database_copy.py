"""`portal db copy`: an installation moves between databases of either kind, and nothing is lost or doubled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from portal.domain.audit_events import AuditEvent as Event
from portal.migrations import copies
from portal.models import AuditEvent, Base, Company, Reading, WorkerHeartbeat
from portal.models.engine import WRITES, make_engine
from portal.services import demo
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from portal.web.database import session_factory
from tests.cli.conftest import Run
from tests.databases.postgres import PostgresServer
from tests.factories import NOW, TODAY

PEPPER = b"a pepper that only the tests know, 32 bytes and more"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OTHER = {
    "public_id": "otra",
    "nit": "900000001-8",
    "name": "Otra",
    "search_text": "otra",
    "sort_name": "otra",
    "created_at": NOW,
}
EACH_KIND = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """A small demonstration on SQLite, which nobody changes."""
    path = tmp_path_factory.mktemp("copied") / "portal.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with session_factory(engine, vault)() as session:
        demo.load(Act.of_system(session, NOW), first=TODAY.plus(-70), points_per_contract=1)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def source(loaded: Path, tmp_path: Path, environment: dict[str, str]) -> str:
    """The demonstration, in a file of this test's own; the commands have its pepper."""
    shutil.copyfile(loaded, tmp_path / "source.db")
    (tmp_path / "the-pepper").write_bytes(PEPPER)
    environment["PORTAL_PEPPER_FILE"] = str(tmp_path / "the-pepper")
    return f"sqlite:///{tmp_path / 'source.db'}"


@pytest.fixture
def target(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database of each kind."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture
def on(request: pytest.FixtureRequest) -> Callable[..., object]:
    """Run a statement on a database and commit; returns the first column of a query's rows."""

    def run(url: str, statement: object) -> list[object]:
        engine = make_engine(url)
        try:
            with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                done = connection.execute(statement)  # type: ignore[call-overload]
                return list(done.scalars()) if done.returns_rows else []
        finally:
            engine.dispose()

    return run


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, in an order that no database chooses."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


@EACH_KIND
def test_a_copy_holds_every_row_verifies_and_goes_on_as_a_portal(
    portal: Run, source: str, target: str, tmp_path: Path, on, kind: str
):
    done = portal("db", "copy", source, target)
    assert done.exit_code == 0, done.stderr
    assert "every row was read back and is the same" in done.stdout
    before = contents(source)
    assert contents(target) == before
    assert sum(map(len, before.values())) == int(done.stdout.split()[1])
    for command in (("db", "check"), ("verify",), ("db", "upgrade")):
        result = portal(*command, PORTAL_DATABASE_URL=target)
        assert result.exit_code == 0, result.stderr
    # Numbers go on after those that were copied.
    on(target, insert(Company).values(OTHER))
    assert on(target, select(Company.id).order_by(Company.id.desc()))[0] == len(before["companies"]) + 1
    with pytest.raises(DatabaseError, match="append-only"):
        on(target, delete(Reading))
    on(target, delete(Company).where(Company.nit == "900000001-8"))
    # And back, where the kinds differ. The upgrade has written the public texts anew.
    there = contents(target)
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert portal("db", "copy", target, back).exit_code == 0
    assert contents(back) == there
    assert (tmp_path / "back.db").stat().st_mode & 0o077 == 0


@EACH_KIND
def test_a_copy_that_was_stopped_goes_on_where_it_was_and_doubles_nothing(
    portal: Run, source: str, target: str, monkeypatch: pytest.MonkeyPatch, on
):
    monkeypatch.setattr(copies, "BATCH", 50)
    batches = copies._batches
    left = 40

    def until_killed(*arguments, **options):
        nonlocal left
        for batch in batches(*arguments, **options):
            left -= 1
            if left == 0:
                raise OSError(5, "killed")
            yield batch

    monkeypatch.setattr(copies, "_batches", until_killed)
    assert portal("db", "copy", source, target).exit_code == 1
    for command in (("verify",), ("db", "upgrade"), ("db", "check"), ("worker", "--once")):
        refused = portal(*command, PORTAL_DATABASE_URL=target)
        assert refused.exit_code == 1
        assert "a copy that is not whole yet" in refused.stderr
    monkeypatch.setattr(copies, "_batches", batches)
    # A table that was copied already changes before the copy goes on.
    on(source, update(Company).where(Company.id == 1).values(name="Otro nombre"))
    done = portal("db", "copy", source, target)
    assert done.exit_code == 0, done.stderr
    assert "Going on with the copy that was begun." in done.stderr
    assert "of them by an earlier run" in done.stdout
    assert contents(target) == contents(source)


@EACH_KIND
def test_only_an_empty_database_is_copied_into(portal: Run, source: str, target: str, on):
    on(target, text("CREATE TABLE others (id INTEGER)"))
    refused = portal("db", "copy", source, target)
    assert refused.exit_code == 1
    assert "a database with a table others, and a copy needs an empty one; nothing was changed" in refused.stderr
    on(target, text("DROP TABLE others"))
    assert portal("db", "copy", source, target).exit_code == 0
    again = portal("db", "copy", source, target)
    assert again.exit_code == 1
    assert "a portal's database already" in again.stderr


@EACH_KIND
def test_two_copies_into_one_database_do_not_mix(
    portal: Run, source: str, target: str, monkeypatch: pytest.MonkeyPatch, on
):
    moved = copies._move_mark

    def after_another(connection, table, before, after):
        connection.execute(update(copies.MARKS).where(copies.MARKS.c.name == table.name).values(rows=7))
        moved(connection, table, before, after)

    monkeypatch.setattr(copies, "_move_mark", after_another)
    refused = portal("db", "copy", source, target)
    assert refused.exit_code == 1
    assert "another copy into it is at work" in refused.stderr
    assert on(target, select(func.count()).select_from(Company)) == [0]


def test_a_source_in_use_is_copied_as_a_rehearsal_only(
    portal: Run, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault, on
):
    seen = {"host": "uno", "pid": 7, "version": "1", "started_at": NOW, "seen_at": datetime.now(UTC)}
    on(source, insert(WorkerHeartbeat).values(**seen))
    refused = portal("db", "copy", source, f"sqlite:///{tmp_path / 'target.db'}")
    assert refused.exit_code == 1
    assert "A worker of FROM is alive (uno, process 7)" in refused.stderr
    done = portal("db", "copy", source, f"sqlite:///{tmp_path / 'target.db'}", "--while-running")
    assert done.exit_code == 0, done.stderr
    on(source, delete(WorkerHeartbeat))

    # Somebody signs in meanwhile: the copy is of one moment, and does not count as the move.
    finish = copies.finish

    def while_somebody_writes(engine):
        mine = make_engine(source)
        with session_factory(mine, vault)() as session, transaction(session):
            audit.record(Act.of_system(session, NOW), event=Event.DEMONSTRATION_LOADED, subject="otra vez")
        mine.dispose()
        finish(engine)

    monkeypatch.setattr(copies, "finish", while_somebody_writes)
    late = portal("db", "copy", source, f"sqlite:///{tmp_path / 'late.db'}")
    assert late.exit_code == 1
    assert "FROM was written to meanwhile" in late.stderr
    last = on(source, select(func.max(AuditEvent.sequence)))[0]
    assert on(f"sqlite:///{tmp_path / 'late.db'}", select(func.max(AuditEvent.sequence)))[0] == last - 1


def test_a_row_that_was_changed_on_the_way_is_found(
    portal: Run, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on
):
    target = f"sqlite:///{tmp_path / 'target.db'}"
    finish = copies.finish

    def and_spoil(engine):
        finish(engine)
        on(target, update(Company).where(Company.id == 2).values(name="Otra"))

    monkeypatch.setattr(copies, "finish", and_spoil)
    refused = portal("db", "copy", source, target)
    assert refused.exit_code == 1
    assert "the rows of companies are not those that were copied" in refused.stderr
    assert portal("verify", PORTAL_DATABASE_URL=target).exit_code == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("mysql://x", "sqlite:////tmp/x.db"), "FROM must be an address that begins with sqlite:///"),
        (("sqlite:////nowhere/portal.db", "sqlite:////tmp/x.db"), "FROM is no file: /nowhere/portal.db"),
        (("sqlite://", "sqlite:////tmp/x.db"), "FROM must be an address"),
        (("sqlite:///:memory:", "sqlite:////tmp/x.db"), "FROM must name a file."),
    ],
)
def test_an_address_that_is_none_is_told_in_a_line(portal: Run, given: tuple[str, str], words: str):
    refused = portal("db", "copy", *given)
    assert (refused.exit_code, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert words in line


def test_a_source_under_another_pepper_or_of_another_revision_is_not_copied(
    portal: Run, source: str, tmp_path: Path, environment: dict[str, str], on
):
    target = tmp_path / "target.db"
    other = portal("db", "copy", source, f"sqlite:///{target}", PORTAL_PEPPER_FILE="")
    assert other.exit_code == 1
    assert "another pepper" in other.stderr
    on(source, text("UPDATE alembic_version SET version_num = '0123456789ab'"))
    older = portal("db", "copy", source, f"sqlite:///{target}")
    assert older.exit_code == 1
    assert "revisión 0123456789ab" in older.stderr
    assert not target.exists() or target.stat().st_size == 0
