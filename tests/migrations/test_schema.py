"""The revisions make what the models say, go both ways, and protect what is kept for ever."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.migrations import base, runner
from portal.models import AuditHead, Base, Holiday, TimetableRow
from portal.models.append_only import APPEND_ONLY
from portal.models.engine import WRITES, make_engine
from portal.services.store.transactions import transaction
from tests import factories
from tests.migrations.catalog import describe
from tests.migrations.fingerprint import fingerprint

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


def test_there_is_one_first_revision_and_one_newest() -> None:
    script = ScriptDirectory(str(runner.FOLDER))
    assert len(script.get_bases()) == 1
    assert len(script.get_heads()) == 1


def test_a_revision_names_its_date_and_imports_nothing_that_changes() -> None:
    """Models and services change; what a revision did to a database does not. The standard library does not either."""
    written = sorted(REVISIONS.glob("*.py"))
    for path in written:
        assert path.name[:11].replace("_", "").isdigit(), path.name
    for path in [*written, *Path(base.__file__).parent.glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= {"sqlalchemy", *sys.stdlib_module_names}, path.name
            elif isinstance(node, ast.ImportFrom):
                # One dot is the folder of the base revision, which has such modules only.
                place = node.module or ""
                own = node.level == 1 or (place, [name.name for name in node.names]) == ("portal.migrations", ["base"])
                known = {"alembic", *sys.stdlib_module_names}
                assert own or place.partition(".")[0] in known, f"{path.name} imports {place}"


def test_the_base_revision_is_named_after_what_it_creates() -> None:
    """Whoever changes it gives it a new name: databases made before are then known for older ones."""
    named, wanted = script_of_the_base(), fingerprint()
    assert named == wanted, (
        f"the base revision creates something else than before: call it {wanted} in portal/migrations/versions, "
        f"name it in the revision that follows it, and add {named} to portal/migrations/folded.py"
    )


def script_of_the_base() -> str:
    """Return the name of the first revision."""
    return ScriptDirectory(str(runner.FOLDER)).get_bases()[0]


def test_a_database_that_holds_rows_goes_down_to_nothing_and_up_again(engine: Engine) -> None:
    with Session(engine) as session, transaction(session):
        factories.signed_in(session, factories.user(session))
        point = factories.delivery_point(session)
        factories.nomination(session, point, factories.TODAY, "100")
        factories.reading(session, point, factories.TODAY, "90")
        factories.claim(session, point, factories.TODAY)
    at_head = describe(engine)
    runner.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    runner.upgrade(engine)
    assert describe(engine) == at_head
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM nominations")).scalar_one() == 0
    assert runner.differences(engine) == []


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
        "call_id": "NULL",
        "reason": "NULL",
        "unit": "'m3'",
        "cancels": "0",
        "is_late": "0",
        "policy": "'last'",
        "origin": "'I'",
        "treatment": "'adjustment'",
    }
    of_table = {
        "case_entries": {"kind": "'note'"},
        "case_files": {"kind": "'pdf'"},
        "investigation_entries": {"step": "'opened'"},
        "tariff_figures": {"concept": "'gm'", "rule": "NULL", "place": "9999"},
        "document_points": {"place": "9999"},
        "meter_changes": {"digits": "6"},
        "shift_entries": {"kind": "'event'", "given_to_id": "NULL", "open_matters": "NULL", "answers_id": "NULL"},
        "gate_terms": {"reason": "'acuerdo'", "allocation": "'none'"},
        "gate_allocation_days": {"rule": "'none'"},
        "point_successions": {"after_id": "2", "kind": "'change'", "reason": "'por qué'"},
    }
    values |= of_table.get(table, {})
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
