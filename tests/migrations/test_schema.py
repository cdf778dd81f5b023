"""The revisions make what the models say, go both ways, and protect what is kept for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.migrations import runner
from portal.models import AuditHead, Base, Holiday, TimetableRow
from portal.models.append_only import APPEND_ONLY
from portal.models.engine import WRITES, make_engine
from tests.migrations.catalog import describe

REVISIONS = Path(runner.FOLDER) / "versions"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_the_migrated_database_has_every_column_constraint_and_index_of_the_models(engine: Engine) -> None:
    migrated = describe(engine)
    runner.downgrade(engine, "base")
    Base.metadata.create_all(engine)
    assert migrated == describe(engine)
    assert any("ck_contracts_supplier_when_atr" in line for line in migrated)


def test_the_check_finds_no_difference_after_an_upgrade(engine: Engine) -> None:
    assert runner.differences(engine) == []
    assert runner.current(engine) == runner.head()


def test_the_check_names_a_column_that_is_gone_and_a_trigger_that_is_gone(engine: Engine) -> None:
    drop = {"sqlite": "DROP TRIGGER readings_no_delete", "postgresql": "DROP TRIGGER readings_append_only ON readings"}
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE companies DROP COLUMN contact_phone"))
        connection.execute(text(drop[engine.dialect.name]))
    found = runner.differences(engine)
    assert len(found) == 2
    assert "contact_phone" in found[0]
    assert found[1] == "not protected against changes: readings"


def test_the_check_of_an_empty_database_says_that_it_was_never_migrated(engine: Engine) -> None:
    runner.downgrade(engine, "base")
    assert runner.differences(engine) == [f"the database is at revision none, the newest is {runner.head()}"]


def test_every_revision_goes_down_and_up_again(engine: Engine) -> None:
    at_head = describe(engine)
    steps = []
    while (at := runner.current(engine)) is not None:
        steps.append(at)
        runner.downgrade(engine, "-1")
    assert len(steps) == len(list(REVISIONS.glob("*.py")))
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    for revision in reversed(steps):
        runner.upgrade(engine, revision)
    assert describe(engine) == at_head
    assert runner.differences(engine) == []


def test_nothing_is_left_behind_after_going_all_the_way_down(engine: Engine) -> None:
    runner.downgrade(engine, "base")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            left = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        else:
            left = connection.execute(text("SELECT proname FROM pg_proc WHERE proname = 'refuse_change'")).all()
    assert left == []


def test_the_first_upgrade_writes_the_default_rows_and_the_next_ones_change_none(engine: Engine) -> None:
    with Session(engine) as session:
        first = _counts(session)
        assert first["timetable"] == 2
        assert first["holidays"] > 380
        assert session.get_one(Holiday, date(2026, 7, 13)).name
        head = session.get_one(AuditHead, 1)
        assert (head.sequence, head.mac) == (0, bytes(32))
    runner.upgrade(engine)
    with Session(engine) as session:
        assert _counts(session) == first


def test_an_upgrade_leaves_what_staff_changed_and_adds_the_holidays_that_are_missing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE holidays SET is_observed = false WHERE day = '2026-12-25'"))
        connection.execute(text("UPDATE holidays SET name = 'Otro nombre' WHERE day = '2026-12-08'"))
        connection.execute(text("DELETE FROM holidays WHERE day = '2026-07-13'"))
    runner.upgrade(engine)
    with Session(engine) as session:
        assert not session.get_one(Holiday, date(2026, 12, 25)).is_observed
        assert session.get_one(Holiday, date(2026, 12, 8)).name == "Otro nombre"
        assert session.get_one(Holiday, date(2026, 7, 13)).learnt_at is not None


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_an_append_only_table_refuses_every_change(engine: Engine, table: str) -> None:
    column = inspect(engine).get_columns(table)[0]["name"]
    statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    if engine.dialect.name == "postgresql":
        statements.append(f"TRUNCATE {table} CASCADE")
    else:
        _insert_anything(engine, table)
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))


def test_two_processes_that_upgrade_at_once_end_with_one_schema(database_url: str, engine: Engine) -> None:
    runner.downgrade(engine, "base")
    program = (
        "import sys; from portal.migrations import runner; from portal.models.engine import make_engine; "
        "runner.upgrade(make_engine(sys.argv[1]))"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]
    assert runner.differences(engine) == []
    with Session(engine) as session:
        assert _counts(session)["timetable"] == 2


def test_a_revision_that_fails_leaves_the_database_as_it_was(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    runner.downgrade(engine, "base")

    def fails(_connection: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("portal.migrations.protection.protect_tables", fails)
    with pytest.raises(RuntimeError, match="planted"):
        runner.upgrade(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert runner.current(engine) is None


def test_a_revision_names_its_date_and_never_imports_the_models() -> None:
    for path in REVISIONS.glob("*.py"):
        assert path.name[:11].replace("_", "").isdigit(), path.name
        assert "portal" not in path.read_text(encoding="utf-8"), path.name


def _counts(session: Session) -> dict[str, int]:
    tables = {"timetable": TimetableRow, "holidays": Holiday, "head": AuditHead}
    return {name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}


def _insert_anything(engine: Engine, table: str) -> None:
    """Put one row in: SQLite's triggers fire for rows, not for statements."""
    columns = inspect(engine).get_columns(table)
    values = {
        "state": "'provisional'",
        "kind": "'nominacion'",
        "channel": "'web'",
        "reason": "NULL",
        "unit": "'m3'",
        "cancels": "0",
        "is_late": "0",
        "policy": "'last'",
        "origin": "'I'",
        "treatment": "'adjustment'",
    }
    if table == "adjustments":
        values["reason"] = "'netting'"
    elif table in ("account_views", "setting_rows"):
        values |= {"reason": "'por qué'", "name": "'tolerance'", "modality": "NULL"}
    names = ", ".join(column["name"] for column in columns)
    figures = ", ".join(values.get(column["name"], "1") for column in columns)
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({figures})"))
        connection.commit()
