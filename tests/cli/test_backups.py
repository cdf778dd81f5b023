"""`portal backup`: copies of either database, listed, verified, restored for trial and for good."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.clock import system_clock
from portal.models import BackupRun, Company
from portal.services.ops import backups, heartbeats
from portal.services.ops.backups import runs
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.databases.binaries import find_binaries


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"PORTAL_PG_PROGRAMS": str(find_binaries())}


def test_copies_are_listed_with_their_figures(portal: Run, point, instance: Path):
    assert "There is no copy in" in portal("backup", "list").stderr
    copy = portal("backup", "create").stdout.strip()
    assert copy in portal("backup", "list").stdout
    said = json.loads(portal("backup", "list", "--json").stdout)
    assert said["file"] == copy
    assert said["rows"] > 100
    assert said["bytes"] == Path(copy).stat().st_size
    assert stat.S_IMODE(Path(copy).stat().st_mode) == 0o600
    assert portal("backup", "verify", copy).stdout == f"{copy} is a whole copy.\n"


def test_worker_and_timer_together_take_one_copy(portal: Run, point, instance: Path):
    every = {"PORTAL_BACKUP_MINUTES": "15"}
    assert portal("worker", "--once", **every).exit_code == 0
    late = portal("backup", "create", "--if-due", **every)
    assert late.exit_code == 0
    assert late.stdout == ""
    assert "recent enough" in late.stderr
    portal("worker", "--once", **every)
    assert len(backups.list_kept(instance / "backups")) == 1
    # Asked for, it is taken whatever there is.
    assert portal("backup", "create", **every).stdout
    assert len(backups.list_kept(instance / "backups")) == 2


def test_a_timer_alone_takes_a_copy_when_none_is_recent(portal: Run, point, instance: Path, database: Session):
    assert portal("backup", "create", "--if-due").stdout
    assert not portal("backup", "create", "--if-due").stdout
    for path in (instance / "backups").glob("portal-*"):
        path.unlink()
    database.execute(update(BackupRun).values(began_at=system_clock() - timedelta(hours=2)))
    database.commit()
    assert portal("backup", "create", "--if-due").stdout


def test_a_worker_without_a_schedule_takes_no_copy(portal: Run, point, instance: Path):
    assert portal("worker", "--once").exit_code == 0
    assert backups.list_kept(instance / "backups") == []


def test_copies_go_where_the_setting_says(portal: Run, point, instance: Path, tmp_path: Path):
    folder = tmp_path / "another disk"
    copy = portal("backup", "create", PORTAL_BACKUP_FOLDER=str(folder)).stdout.strip()
    assert Path(copy).parent == folder
    assert not (instance / "backups").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORTAL_BACKUP_MINUTES", "often"),
        ("PORTAL_BACKUP_MINUTES", "-5"),
        ("PORTAL_BACKUP_MINUTES", "1441"),
        ("PORTAL_BACKUP_MINUTES", "٥"),
        ("PORTAL_BACKUP_KEEP", "all"),
        ("PORTAL_BACKUP_KEEP", "24 48 30"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_schedule_that_is_none_is_refused_in_one_line(portal: Run, setting: str, value: str):
    refused = portal("backup", "list", **{setting: value})
    assert refused.exit_code == 1
    (line,) = refused.stderr.splitlines()
    assert setting in line
    assert repr(value) in line


def test_a_drill_restores_the_newest_copy_verifies_it_there_and_leaves_nothing(
    portal: Run, point, instance: Path, database: Session
):
    refused = portal("backup", "drill")
    assert refused.exit_code == 1
    assert "There is no copy in" in refused.stderr
    assert runs.find_newest(database, is_drill=True).problem
    database.rollback()
    portal("audit", "anchor")
    copy = portal("backup", "create").stdout.strip()
    # Anchored later: the copy is judged by the anchors of its time.
    portal("audit", "anchor")
    drilled = portal("backup", "drill")
    assert drilled.exit_code == 0, drilled.stderr
    assert "Every balance, every closed month and every anchored row is what it was." in drilled.stdout
    assert drilled.stdout.splitlines()[-1].startswith(f"{copy}: ")
    assert "rows of" in drilled.stdout
    done = runs.find_newest(database, is_drill=True).done
    assert done
    assert done.file_name == Path(copy).name
    assert sorted(path.name for path in (instance / "backups").iterdir()) == [
        ".lock",
        Path(copy).name,
        f"{Path(copy).name}.json",
    ]
    if database.get_bind().dialect.name == "postgresql":
        connection = database.connection()
        found = connection.exec_driver_sql("SELECT count(*) FROM pg_database WHERE datname LIKE '%%drill%%'")
        assert found.scalar_one() == 0


def test_a_drill_finds_a_copy_whose_content_does_not_hold(portal: Run, point, instance: Path, database: Session):
    portal("audit", "anchor")
    with transaction(database):
        for company in database.scalars(select(Company)):
            company.name = "Otra"
        # An event of before that nobody recorded.
        database.connection().exec_driver_sql("UPDATE audit_head SET sequence = sequence + 1")
    portal("backup", "create")
    drilled = portal("backup", "drill")
    assert drilled.exit_code == 1
    assert "Error: " in drilled.stderr
    assert runs.find_newest(database, is_drill=True).problem


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_dump_is_restored_with_what_was_there_kept(portal: Run, point, instance: Path, database: Session):
    copy = portal("backup", "create").stdout.strip()
    with transaction(database):
        factories.contract(database, number="NR-2")
    many = len(database.scalars(select(Company)).all())
    database.rollback()
    restored = portal("backup", "restore", copy, "--yes")
    assert restored.exit_code == 0, restored.stderr
    assert "before-restore.dump" in restored.stderr
    assert len(database.scalars(select(Company)).all()) == many - 1
    assert portal("db", "check").exit_code == 0


def test_a_file_that_is_no_copy_is_told_in_one_line(portal: Run, point, tmp_path: Path):
    for name, content in (("missing.dump", None), ("empty.dump", b""), ("cut.dump", b"PGDMP\x01\x0e")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        for command in (("verify", path), ("restore", path, "--yes"), ("drill", path)):
            refused = portal("backup", *command)
            assert refused.exit_code == 1
            assert str(path) in refused.stderr.splitlines()[-1]


def test_the_doctor_says_how_old_the_last_copy_and_the_last_drill_are(portal: Run, point, database: Session):
    def found() -> dict[str, dict[str, str]]:
        lines = portal("doctor", "--json", PORTAL_BACKUP_MINUTES="15").stdout.splitlines()
        return {each["part"]: each for each in map(json.loads, lines)}

    def act(age: timedelta) -> Act:
        return Act.of_system(database, system_clock() - age)

    heartbeats.beat(act(timedelta(0)), started_at=system_clock(), last={})
    assert (found()["backup"]["health"], found()["drill"]["health"]) == ("fault", "warning")
    assert found()["backup"]["todo"].startswith(".venv/bin/portal backup create")
    runs.record(act(timedelta(minutes=50)), began_at=system_clock() - timedelta(minutes=50), file_name="a.db")
    assert found()["backup"]["health"] == "fault"
    assert "the newest was made 50 min ago" in found()["backup"]["found"]
    portal("backup", "create")
    assert found()["backup"]["health"] == "ok"
    runs.record(act(timedelta(days=40)), began_at=system_clock() - timedelta(days=40), is_drill=True, file_name="a.db")
    assert found()["drill"]["health"] == "warning"
    assert "40 d ago" in found()["drill"]["found"]
    portal("backup", "drill")
    assert found()["drill"]["health"] == "ok"
    runs.record(act(timedelta(0)), began_at=system_clock(), problem="no room")
    assert found()["backup"]["health"] == "fault"
    assert found()["backup"]["found"].endswith("no room")
    assert database.scalars(select(BackupRun)).all()
