"""`portal db` and `portal backup`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.migrations import runner
from portal.models import Company
from portal.models.patience import WEB
from tests.cli.conftest import Run


def test_upgrade_check_and_downgrade_tell_what_they_did(portal: Run):
    assert portal("db", "check").exit_code == 0
    assert portal("db", "upgrade").stdout == f"The database is at {runner.head()}.\n"
    assert portal("db", "downgrade", "base", "--yes").stdout == f"The database went from {runner.head()} to None.\n"
    check = portal("db", "check")
    assert (check.exit_code, check.stdout) == (1, "")
    assert "never migrated" in check.stderr or "revision none" in check.stderr
    assert portal("db", "upgrade").stdout == f"The database went from None to {runner.head()}.\n"
    assert portal("db", "check").exit_code == 0


def test_an_unknown_revision_is_one_line(portal: Run):
    result = portal("db", "upgrade", "0000nope")
    assert result.exit_code == 1
    assert "0000nope" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_downgrade_asks_first_and_stops_at_no(portal: Run):
    result = portal("db", "downgrade", "base", standard_input="n\n")
    assert result.exit_code == 1
    assert portal("db", "check").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_there_is_copied_before_a_migration_changes_it(
    portal: Run, point, instance: Path, next_revision: str, database: Session
):
    portal("db", "upgrade")
    assert runner.current(database.get_bind().engine) == next_revision
    portal("db", "downgrade", "-1", "--yes")
    kept = sorted(path.name.split("Z-")[1] for path in (instance / "backups").glob("*.db"))
    assert kept == ["before-downgrade.db", "before-upgrade.db"]
    assert database.scalars(select(Company.name)).all(), "rows go up and down with it"


def test_a_database_that_is_behind_is_told_so_and_what_to_do(portal: Run, point, next_revision: str):
    result = portal("ledger", "verify")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert f"este programa es de la {next_revision}, más nueva; ejecute .venv/bin/portal db upgrade" in line
    assert portal("db", "upgrade").exit_code == 0
    assert portal("ledger", "verify").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_is_verified_and_restored_with_what_was_there_kept(portal: Run, point, instance: Path, environment):
    copy = portal("backup", "create").stdout.strip()
    assert portal("backup", "verify", copy).exit_code == 0
    database = environment["PORTAL_DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE companies SET name = 'Otra'")
    connection.close()
    assert portal("backup", "restore", copy, "--yes").exit_code == 0
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM companies WHERE name = 'Otra'").fetchone() == (0,)
    connection.close()
    assert any("before-restore" in path.name for path in (instance / "backups").iterdir())
    assert portal("db", "check").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_or_foreign_file_is_no_backup(portal: Run, point, tmp_path: Path):
    copy = Path(portal("backup", "create").stdout.strip())
    content = bytearray(copy.read_bytes())
    content[4096:12288] = bytes(8192)
    damaged, foreign, missing = tmp_path / "damaged.db", tmp_path / "foreign.db", tmp_path / "missing.db"
    damaged.write_bytes(content)
    sqlite3.connect(foreign).close()
    foreign.write_bytes(b"")
    for path in (damaged, foreign, missing):
        for command in (("backup", "verify", path), ("backup", "restore", path, "--yes")):
            result = portal(*command)
            assert result.exit_code == 1
            assert str(path) in result.stderr
    assert portal("db", "check").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_whose_rows_point_nowhere_is_no_backup(portal: Run, point, tmp_path: Path):
    copy = Path(portal("backup", "create").stdout.strip())
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM companies")
    connection.close()
    result = portal("backup", "verify", copy)
    assert result.exit_code == 1
    assert "damaged: contracts" in result.stderr


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_a_statement_of_a_migration_may_take_longer_than_a_page_waits(
    portal: Run, point, next_revision: str, database: Session
):
    path = next(Path(runner.FOLDER / "versions").glob("*_next.py"))
    text = path.read_text(encoding="utf-8")
    slow = WEB.answer_seconds or 0
    statement = f'op.execute("SELECT pg_sleep({slow + 0.5})")'
    path.write_text(text.replace("def upgrade() -> None:\n", f"def upgrade() -> None:\n    {statement}\n"))
    upgraded = portal("db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.stderr
    assert runner.current(database.get_bind().engine) == next_revision


def test_a_revision_that_contracts_is_named_before_it_is_applied(portal: Run, point, next_revision: str):
    path = next(Path(runner.FOLDER / "versions").glob("*_next.py"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("depends_on = None", "depends_on = None\ncontracts = True"), encoding="utf-8")
    upgraded = portal("db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.stderr
    assert f"Revision {next_revision} takes away what a program of before still uses." in upgraded.stderr
    assert "takes away" not in portal("db", "upgrade").stderr
