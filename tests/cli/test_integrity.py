"""`portal ledger` and `portal audit`: what was tampered with is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.models.append_only import unprotect
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests.cli.conftest import Run
from tests.factories import NOW, TODAY


@pytest.fixture
def events(database: Session) -> None:
    """Three events of the chain."""
    add_events(database, 3)


def add_events(database: Session, count: int) -> None:
    with transaction(database):
        for number in range(count):
            audit.record(Act.at(database, Actor.system(), NOW), event="test:happened", subject=str(number))


def tamper(database: Session, *statements: str) -> None:
    """Change what the triggers protect, as somebody with the database's own rights could."""
    dialect = database.get_bind().dialect.name
    with transaction(database):
        for statement in (*unprotect(dialect, "audit_events"), *statements):
            database.execute(text(statement))


def test_the_ledger_holds_until_somebody_changes_a_balance_and_again_once_rebuilt(
    portal: Run, point, database: Session, tmp_path: Path
):
    path = tmp_path / "a.csv"
    path.write_text(f"M-1;{TODAY.plus(-1)};100\n")
    portal("readings", "import", path)
    assert portal("ledger", "verify").exit_code == 0
    with transaction(database):
        database.execute(text("UPDATE daily_balances SET consumed_m3 = consumed_m3 + 1"))
    broken = portal("ledger", "verify")
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert "consumed_m3" in broken.stderr
    assert portal("ledger", "rebuild").exit_code == 0
    assert portal("ledger", "verify").exit_code == 0


def test_the_chain_holds_with_its_anchors(portal: Run, events, instance: Path):
    assert portal("audit", "anchor").exit_code == 0
    assert (instance / "audit-anchors.log").read_text().split("\t")[1] == "3"
    assert portal("audit", "verify").stdout == "The audit chain holds; 1 anchors agree with it.\n"


TAMPERED = {
    "a changed event": (
        "UPDATE audit_events SET subject = 'x' WHERE sequence = 2",
        "event 2 (test:happened) was changed",
    ),
    "an event taken out": ("DELETE FROM audit_events WHERE sequence = 2", "event 2 is missing"),
    "the end cut off": ("DELETE FROM audit_events WHERE sequence = 3", "the end is missing"),
}


@pytest.mark.parametrize(("statement", "words"), TAMPERED.values(), ids=TAMPERED.keys())
def test_the_first_bad_event_is_named(portal: Run, events, database: Session, statement: str, words: str):
    tamper(database, statement)
    result = portal("audit", "verify")
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_an_end_that_was_cut_off_and_signed_anew_shows_against_the_anchor(portal: Run, events, database: Session):
    portal("audit", "anchor")
    # Even whoever holds the key of the chain cannot bring back what the anchor says.
    tamper(
        database,
        "DELETE FROM audit_events WHERE sequence = 3",
        "UPDATE audit_head SET sequence = 2, mac = (SELECT mac FROM audit_events WHERE sequence = 2)",
    )
    assert "event 3, anchored at" in portal("audit", "verify").stderr
    database.expire_all()
    with transaction(database):
        audit.record(Act.at(database, Actor.system(), NOW), event="test:forged", subject="forged")
    assert "event 3 is not the one that was anchored" in portal("audit", "verify").stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_anchors_go_where_they_are_told_and_a_spoilt_line_is_named(portal: Run, events, tmp_path: Path):
    file = tmp_path / "elsewhere.log"
    for _ in range(2):
        portal("audit", "anchor", "--file", file)
    assert portal("audit", "verify", "--file", file).stdout == "The audit chain holds; 2 anchors agree with it.\n"
    file.write_text(file.read_text() + "2026 3 abc\n")
    result = portal("audit", "verify", "--file", file)
    assert result.exit_code == 1
    assert f"line 3 of {file} is no anchor" in result.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_empty_chain_can_be_anchored_too(portal: Run, database: Session):
    portal("audit", "anchor")
    add_events(database, 1)
    assert portal("audit", "verify").exit_code == 0


@pytest.mark.parametrize("command", [("audit", "verify"), ("receipts", "verify"), ("worker", "--once"), ("run",)])
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "known-by-its-chain"])
def test_another_pepper_is_named_and_no_row_accused(
    portal: Run, events, tmp_path: Path, command: tuple[str, ...], marked: bool
):
    if marked:
        assert portal("db", "upgrade").exit_code == 0
    other = tmp_path / "other-pepper"
    other.write_bytes(bytes(range(64)))
    result = portal(*command, PORTAL_PEPPER_FILE=str(other))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {other}: this is another pepper than the database was sealed with; "
        "nothing was changed, give the pepper of this database.\n"
    )
    assert portal("audit", "verify").exit_code == 0


def test_a_changed_first_event_is_still_accused_under_the_right_pepper(portal: Run, events, database: Session):
    assert portal("db", "upgrade").exit_code == 0
    tamper(database, "UPDATE audit_events SET subject = 'x' WHERE sequence = 1")
    assert "event 1 (test:happened) was changed" in portal("audit", "verify").stderr
