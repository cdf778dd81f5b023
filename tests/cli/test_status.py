"""`portal status`: the vital signs, for a person, a program and a monitor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.clock import system_clock
from portal.domain.keys import KeyKind
from portal.models import BackupRun, KeyAttempt, OutboxMessage
from portal.services.ops import heartbeats
from portal.services.ops.limits import LIMITS, Level
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.smtp_sink import Sink
from tests.factories import NOW


@pytest.fixture
def looked_after(portal: Run, point, database: Session) -> Iterator[dict[str, str]]:
    """An installation in which everything is well, and the settings that say so."""
    now = system_clock()
    heartbeats.beat(Act.of_system(database, now), started_at=now, last={"duty": now})
    portal("audit", "anchor")
    if database.get_bind().dialect.name == "sqlite":
        portal("backup", "create")
    with Sink() as sink:
        yield {"PORTAL_SMTP_URL": sink.url}


def signs(portal: Run, **settings: str) -> dict[str, dict[str, Any]]:
    result = portal("status", "--json", **settings)
    assert result.exit_code == 0
    return {sign["name"]: sign for sign in json.loads(result.stdout)["signs"]}


def test_what_is_well_is_said_in_a_line_each_and_status_0(portal: Run, looked_after, database: Session):
    result = portal("status", **looked_after)
    assert result.exit_code == 0
    assert "ok        worker: 1 run, the last seen 0 s ago" in result.stdout
    levels = {name: sign["level"] for name, sign in signs(portal, **looked_after).items()}
    postgres = database.get_bind().dialect.name != "sqlite"
    assert levels.pop("backup") == ("warning" if postgres else "ok")
    assert set(levels.values()) == {"ok"}
    assert ("locks" in levels) == postgres
    check = portal("status", "--check", **looked_after)
    assert check.exit_code == (1 if postgres else 0)
    assert len(check.stdout.splitlines()) == 1
    if not postgres:
        assert check.stdout.startswith("PORTAL OK - ")


def mail(**given: Any) -> OutboxMessage:
    usual = {"created_at": NOW, "kind": "test", "recipient": "a@example.com", "subject": "x", "body": "x"}
    return OutboxMessage(**usual | {"next_attempt_at": NOW} | given)


def test_what_waits_too_long_is_a_warning_and_then_critical(portal: Run, looked_after, database: Session):
    for minutes, level, status in ((10, "ok", 0), (20, "warning", 1), (130, "critical", 2)):
        with transaction(database):
            database.add(mail(next_attempt_at=NOW - timedelta(minutes=minutes), attempts=1))
        found = signs(portal, **looked_after)["mail"]
        assert (found["level"], found["value"]) == (level, minutes * 60)
        check = portal("status", "--check", **looked_after)
        # No copy of PostgreSQL is seen from here.
        assert check.exit_code == max(status, 0 if database.get_bind().dialect.name == "sqlite" else 1)
        assert f"'mail'={minutes * 60}s;900;7200" in check.stdout
    assert "PORTAL CRITICAL - mail: 3 unsent, 3 of them failing, one is overdue since 2 h" in check.stdout


def test_mails_given_up_and_wrong_keys_are_told(portal: Run, looked_after, database: Session):
    with transaction(database):
        user = factories.user(database)
        database.add(mail(attempts=24))
        database.add_all(
            KeyAttempt(at=NOW, user_id=user.id, kind=KeyKind.NUMERIC, address="10.0.0.7", outcome=outcome)
            for outcome in ["wrong"] * 201 + ["right"] * 5
        )
    found = signs(portal, **looked_after)
    assert (found["mails given up"]["level"], found["mails given up"]["value"]) == ("warning", 1)
    assert (found["wrong keys"]["level"], found["wrong keys"]["value"]) == ("warning", 201)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_copy_is_late_by_its_interval_and_one_of_another_host_counts(
    portal: Run, looked_after, tmp_path: Path, database: Session, instance: Path
):
    quarterly = {**looked_after, "PORTAL_BACKUP_MINUTES": "15"}
    assert signs(portal, **quarterly)["backup"]["level"] == "ok"
    # A host with a folder of its own knows of it by the log.
    elsewhere = {**quarterly, "PORTAL_BACKUP_FOLDER": str(tmp_path / "empty")}
    assert signs(portal, **elsewhere)["backup"]["level"] == "ok"
    with transaction(database):
        database.execute(delete(BackupRun))
    assert signs(portal, **elsewhere)["backup"]["level"] == "critical"
    (made,) = (instance / "backups").glob("portal-*.db")
    for minutes, level in ((44, "ok"), (50, "warning"), (65, "critical")):
        at = system_clock() - timedelta(minutes=minutes)
        made = made.rename(made.with_name(f"portal-{at:%Y%m%dT%H%M%S}Z.db"))
        assert signs(portal, **quarterly)["backup"]["level"] == level
    assert signs(portal, **looked_after)["backup"]["level"] == "ok"


def test_nobody_at_work_is_critical_and_the_line_holds_no_more_than_one_bar(portal: Run, point):
    check = portal("status", "--check")
    assert check.exit_code == 2
    assert check.stdout.startswith("PORTAL CRITICAL - ")
    assert "worker: none was ever seen" in check.stdout
    words, _, figures = check.stdout.strip().partition(" | ")
    assert "|" not in words + figures
    assert re.fullmatch(r"('[\w ]+'=[\d.]+(s|B)?;[\d.:]*;[\d.:]*( |$))+", figures)
    assert re.search(r"'disk'=\d+B;5368709120:;2147483648:", figures)


def test_json_and_check_together_are_an_object_and_the_status(portal: Run, point):
    result = portal("status", "--json", "--check")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["level"] == "critical"


def test_a_database_that_is_away_or_behind_is_critical_and_no_traceback(portal: Run, tmp_path: Path):
    away = portal("status", "--check", PORTAL_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert away.exit_code == 2
    assert "PORTAL CRITICAL - database: does not answer" in away.stdout
    behind = portal("status", "--check", PORTAL_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert behind.exit_code == 2
    assert "database: revision none" in behind.stdout


def test_settings_that_allow_no_look_are_unknown_to_a_monitor_and_a_mistake_to_a_person(portal: Run):
    check = portal("status", "--check", PORTAL_ENV="staging")
    assert (check.exit_code, check.stderr) == (3, "")
    assert check.stdout.startswith("PORTAL UNKNOWN - PORTAL_ENV must be")
    assert portal("status", PORTAL_ENV="staging").exit_code == 1


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_a_limit_is_a_warning_before_it_is_critical(name: str, limit):
    bounds = [bound for bound in (limit.warning, limit.critical) if bound is not None]
    assert bounds == sorted(bounds, reverse=limit.is_floor)
    beyond = -1 if limit.is_floor else 1
    assert limit.judge(bounds[0]) is Level.OK
    assert limit.judge(bounds[0] + beyond) is Level.WARNING
    if limit.critical is not None:
        assert limit.judge(limit.critical + beyond) is Level.CRITICAL
