"""Copies of the database: taken when due, once, verified against their source, thinned out, told when they fail."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import stat
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.copies import Retention, list_superfluous
from portal.models import BackupRun, OutboxMessage
from portal.services.ops import backups
from portal.services.ops.backups import AlreadyRunning, BadBackup, Plan, postgresql_dumps, runs, schedule
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.databases.binaries import find_binaries

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def plan(database_url: str, tmp_path: Path) -> Plan:
    return Plan(database_url, tmp_path / "copies", QUARTER, Retention(), find_binaries())


def act(session: Session, now: datetime = NOW) -> Act:
    return Act.of_system(session, now)


def names(plan: Plan) -> list[str]:
    return [copy.name for copy in backups.list_kept(plan.folder)]


def test_a_copy_is_private_has_the_figures_of_its_source_and_is_recorded(session: Session, plan: Plan):
    with transaction(session):
        factories.contract(session)
    taken = backups.take(act(session), plan)
    assert stat.S_IMODE(taken.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(plan.folder.stat().st_mode) == 0o700
    found = backups.read_figures(taken.path, programs=plan.programs)
    assert found == backups.read_note(taken.path)
    assert (found.rows["companies"], found.rows["contracts"]) == (1, 1)
    assert found.total == taken.rows
    done = runs.find_newest(session).done
    assert done
    assert (done.file_name, done.bytes, done.rows) == (taken.path.name, taken.bytes, taken.rows)
    assert [path.name for path in plan.folder.iterdir() if path.name.startswith(".portal-")] == []


def test_copies_are_taken_when_they_are_due_and_by_one_of_all(session: Session, plan: Plan):
    assert backups.take_due(act(session), plan)
    for minutes in (0, 5, 14):
        assert backups.take_due(act(session, NOW + timedelta(minutes=minutes)), plan) is None
    # A timer, or a worker of another host with a folder of its own, knows of it by the log.
    elsewhere = replace(plan, folder=plan.folder / "elsewhere")
    assert backups.take_due(act(session, NOW + timedelta(minutes=5)), elsewhere) is None
    assert backups.take_due(act(session, NOW + QUARTER), plan)
    assert len(names(plan)) == 2


def test_while_one_process_copies_no_other_does(session: Session, plan: Plan):
    plan.folder.mkdir()
    with (plan.folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AlreadyRunning):
            backups.take(act(session), plan)
        assert backups.take_due(act(session), plan) is None
    assert backups.take_due(act(session), plan)


def test_a_copy_that_another_took_since_one_looked_is_not_taken_again(
    session: Session, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    alone = schedule._alone

    @contextlib.contextmanager
    def late(folder: Path) -> Iterator[None]:
        runs.record(act(session), began_at=NOW, file_name="portal-of-another.db")
        with alone(folder):
            yield

    monkeypatch.setattr(schedule, "_alone", late)
    assert backups.take_due(act(session), plan) is None
    assert names(plan) == []


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_hosts_that_share_a_database_copy_it_one_at_a_time(session: Session, plan: Plan):
    text = make_url(plan.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(text) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [postgresql_dumps.LOCK])
        assert backups.take_due(act(session), plan) is None
    assert backups.take_due(act(session), plan)


def test_a_full_disk_is_told_takes_nothing_away_and_is_mailed_once_a_day(
    session: Session, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    with transaction(session):
        admin = factories.user(session, role=Role.ADMIN)
        factories.user(session, role=Role.OPERATOR)
    backups.take(act(session), plan)
    before = names(plan)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9, 10**6))
        for minutes in (15, 30, 45):
            with pytest.raises(BadBackup, match="MiB free, and a copy needs"):
                backups.take_due(act(session, NOW + timedelta(minutes=minutes)), plan)
            # It is not tried again at once.
            assert backups.take_due(act(session, NOW + timedelta(minutes=minutes + 1)), plan) is None
    assert names(plan) == before
    assert "make room" in (runs.find_newest(session).problem or "")
    (mail,) = session.scalars(select(OutboxMessage)).all()
    assert mail.recipient == admin.email
    assert "make room" in mail.body
    assert backups.take_due(act(session, NOW + timedelta(hours=1)), plan)
    assert runs.find_newest(session).problem is None


def test_what_fails_half_way_leaves_no_copy_and_no_draft(session: Session, plan: Plan, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("portal.services.ops.backups.copies._sync", refuse)
    with pytest.raises(BadBackup, match="No space left"):
        backups.take(act(session), plan)
    assert names(plan) == []
    assert [path.name for path in plan.folder.iterdir()] == [".lock"]


def test_drafts_of_killed_processes_are_no_copies_and_are_removed(session: Session, plan: Plan):
    plan.folder.mkdir()
    left = plan.folder / ".portal-20261130T140000Z.db.77"
    left.write_bytes(b"half")
    assert names(plan) == []
    backups.take(act(session), plan)
    assert not left.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_that_lacks_a_row_of_its_source_is_none(session: Session, plan: Plan, monkeypatch: pytest.MonkeyPatch):
    figures = backups.sqlite_copies._figures_of
    seen = []

    def one_more(connection: object) -> backups.Figures:
        found = figures(connection)  # type: ignore[arg-type]
        seen.append(found)
        return replace(found, rows=dict(found.rows) | {"companies": 7}) if len(seen) == 1 else found

    monkeypatch.setattr("portal.services.ops.backups.sqlite_copies._figures_of", one_more)
    with pytest.raises(BadBackup, match="holds 0 rows of companies, not 7"):
        backups.take(act(session), plan)
    assert names(plan) == []


def programs_of(folder: Path, *, dump: str) -> Path:
    """Write a folder of PostgreSQL's programs whose pg_dump is this shell script."""
    folder.mkdir()
    for name in ("pg_restore", "psql"):
        (folder / name).symlink_to(find_binaries() / name)
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{dump}\n")
    (folder / "pg_dump").chmod(0o755)
    return folder


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_dump_that_lacks_rows_of_its_source_is_none(session: Session, plan: Plan, tmp_path: Path):
    with transaction(session):
        factories.contract(session)
    lossy = programs_of(tmp_path / "lossy", dump=f'exec {find_binaries()}/pg_dump "$@" --exclude-table-data=companies')
    with pytest.raises(BadBackup, match="holds no rows of companies, not 1"):
        backups.take(act(session), replace(plan, programs=lossy))
    assert names(plan) == []


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_without_programs_that_fit_the_server_the_words_say_what_to_install(
    session: Session, plan: Plan, tmp_path: Path
):
    old = programs_of(tmp_path / "old", dump='echo "pg_dump (PostgreSQL) 9.6"')
    with pytest.raises(BadBackup, match=r"pg_dump 9 is older than the server.*install postgresql-client-\d+"):
        backups.take(act(session), replace(plan, programs=old))
    with pytest.raises(BadBackup, match=r"there is no pg_dump in .*PORTAL_PG_PROGRAMS"):
        backups.take(act(session), replace(plan, programs=tmp_path / "none"))


def test_a_damaged_copy_is_told(session: Session, plan: Plan):
    taken = backups.take(act(session), plan)
    content = bytearray(taken.path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = bytes(8192)
    taken.path.write_bytes(content)
    with pytest.raises(BadBackup):
        backups.read_figures(taken.path, programs=plan.programs)


def test_a_copy_that_is_not_the_one_of_its_note_is_told(session: Session, plan: Plan):
    taken = backups.take(act(session), plan)
    note = taken.path.with_name(f"{taken.path.name}.json")
    said = json.loads(note.read_text())
    note.write_text(json.dumps(said | {"audit_sequence": 12}))
    with pytest.raises(BadBackup, match="ends at event 0, not 12"):
        backups.read_figures(taken.path, programs=plan.programs)


def test_a_restore_brings_back_what_was_there_and_nothing_else(session: Session, plan: Plan):
    with transaction(session):
        factories.contract(session)
    taken = backups.take(act(session), plan)
    with transaction(session):
        factories.contract(session, number="NR-2")
    session.rollback()
    session.get_bind().dispose()  # type: ignore[union-attr]
    backups.restore(taken.path, url=plan.database_url, programs=plan.programs)
    later = backups.take(act(session, NOW + QUARTER), plan)
    kept, back = backups.read_note(taken.path), backups.read_note(later.path)
    assert kept
    assert back
    # The log of copies is of the database too.
    assert back == kept


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_restore_that_fails_leaves_the_database_as_it_was(session: Session, plan: Plan, tmp_path: Path):
    taken = backups.take(act(session), plan)
    with transaction(session):
        factories.contract(session)
    cut = tmp_path / "cut.dump"
    content = taken.path.read_bytes()
    cut.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(BadBackup, match="cannot be read"):
        backups.restore(cut, url=plan.database_url, programs=plan.programs)
    assert session.scalars(select(BackupRun)).all()
    with pytest.raises(BadBackup, match="is a copy of"):
        backups.restore(taken.path, url="sqlite:////tmp/none.db", programs=plan.programs)
    # Somebody reads: the restore gives up after five seconds.
    with pytest.raises(BadBackup, match="lock timeout"):
        backups.restore(taken.path, url=plan.database_url, programs=plan.programs)


def test_all_copies_of_a_day_are_kept_then_one_an_hour_a_day_a_month_and_the_newest_always():
    moments = [NOW - number * QUARTER for number in range(400 * 96)]
    dropped = set(list_superfluous(moments, retention=Retention(), now=NOW, made_at=lambda each: each))
    kept = sorted((each for each in moments if each not in dropped), reverse=True)
    assert kept[:96] == moments[:96]
    assert sum(each > NOW - timedelta(days=2) for each in kept) == 96 + 24
    # 28 days after the second, ten months after the thirtieth.
    assert 96 + 24 + 28 + 10 <= len(kept) <= 96 + 24 + 30 + 13
    assert kept[-1] < NOW - timedelta(days=330)
    # Once more: nothing that was kept is given up at the same moment.
    assert list_superfluous(kept, retention=Retention(), now=NOW, made_at=lambda each: each) == []
    old = [NOW - timedelta(days=4000), NOW - timedelta(days=4001)]
    assert list_superfluous(old, retention=Retention(0, 0, 0, 0), now=NOW, made_at=lambda each: each) == old[1:]


@pytest.mark.parametrize(
    ("every", "late", "lost"),
    [
        (timedelta(minutes=15), timedelta(minutes=45), timedelta(minutes=60)),
        (timedelta(hours=1), timedelta(hours=3), timedelta(hours=4)),
        (timedelta(days=1), timedelta(hours=26), timedelta(hours=50)),
        (None, timedelta(hours=26), timedelta(hours=50)),
    ],
)
def test_how_old_a_copy_may_be_follows_the_interval(every: timedelta | None, late: timedelta, lost: timedelta):
    plan = Plan("sqlite:////srv/portal.db", Path("/srv/copies"), every, Retention())
    assert plan.late_after == late
    assert plan.limit == (late.total_seconds(), lost.total_seconds(), False)


def test_a_copy_from_before_an_upgrade_or_a_restore_is_kept_as_long_as_those_of_days(tmp_path: Path):
    plan = Plan("sqlite:////srv/portal.db", tmp_path, QUARTER, Retention(), None)
    ages = (timedelta(hours=30), timedelta(days=29), timedelta(days=31))

    def place(age: timedelta, purpose: str = "") -> str:
        path = tmp_path / f"portal-{NOW - age:%Y%m%dT%H%M%S}Z{purpose}.db"
        path.touch()
        return path.name

    # A later copy of the same hour, day and month takes the place of each.
    later = [place(age - timedelta(minutes=1)) for age in ages]
    before = [place(age, purpose) for age in ages for purpose in ("-before-upgrade", "-before-restore")]
    newest = place(timedelta())
    assert schedule.remove_superfluous(plan, now=NOW) == 2
    assert set(names(plan)) == {newest, *later, *before[:4]}


def test_thinning_takes_copies_and_their_notes_only(session: Session, plan: Plan):
    plan.folder.mkdir()
    other = plan.folder / "portal-readme.txt"
    other.write_text("mine")
    first = backups.take(act(session, NOW - timedelta(days=800)), plan)
    second = backups.take(act(session), plan)
    assert second.removed == 1
    assert {path.name for path in plan.folder.iterdir()} == {
        ".lock",
        other.name,
        second.path.name,
        f"{second.path.name}.json",
    }
    assert not first.path.exists()
