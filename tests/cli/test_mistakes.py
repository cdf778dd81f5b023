"""What a person can mend ends a command with one clear line on stderr and status 1."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import ProgrammingError

from tests.cli.conftest import Run

NEEDS_A_DATABASE = [
    ("ledger", "verify"),
    ("ledger", "rebuild"),
    ("audit", "verify"),
    ("audit", "anchor"),
    # Without --once it waits for a database that is away.
    ("worker", "--once"),
    ("demo", "load"),
    ("keys", "issue", "--contract", "NR-1"),
    ("users", "create", "--email", "a@example.com", "--name", "A", "--password-stdin"),
    ("bindings", "approve", "--email", "a@example.com", "--contract", "NR-1"),
]


def one_line(result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: ")
    return lines[0]


@pytest.mark.parametrize("command", NEEDS_A_DATABASE, ids=" ".join)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_away_is_one_line(portal: Run, command: tuple[str, ...]):
    away = {"PORTAL_DATABASE_URL": "postgresql+psycopg://u:secret-word@127.0.0.1:1/x"}
    told = one_line(portal(*command, **away))
    assert "The database cannot be used" in told
    assert "secret-word" not in told


@pytest.mark.parametrize("command", NEEDS_A_DATABASE, ids=" ".join)
def test_a_database_that_was_never_migrated_is_one_line(portal: Run, command: tuple[str, ...]):
    portal("db", "downgrade", "base", "--yes")
    assert "portal db upgrade" in one_line(portal(*command, standard_input="a password for the test\n"))


BAD_SETTINGS = {
    "an unknown environment": {"PORTAL_ENV": "staging"},
    "no address in production": {"PORTAL_ENV": "production"},
    "a weak secret": {"PORTAL_SECRET_KEY": "short"},
    "a pepper that is not there": {"PORTAL_PEPPER_FILE": "/nowhere/pepper"},
    "a clock that stands nowhere": {"PORTAL_NOW": "yesterday"},
    "another database": {"PORTAL_DATABASE_URL": "mysql://localhost/x"},
    "an address that is none": {"PORTAL_DATABASE_URL": "postgresql+psycopg://u@h:port/x"},
    "a database in no folder": {"PORTAL_DATABASE_URL": "sqlite:////nowhere/portal.db"},
}


@pytest.mark.parametrize("settings", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bad_settings_are_one_line(portal: Run, settings: dict[str, str]):
    one_line(portal("ledger", "verify", **settings))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_one_line(portal: Run, tmp_path):
    (tmp_path / "letter.db").write_text("Señores Llanogas:\n" * 100)
    told = one_line(portal("ledger", "verify", PORTAL_DATABASE_URL=f"sqlite:///{tmp_path / 'letter.db'}"))
    assert "not a database" in told


@pytest.mark.parametrize(
    "command", [("nominate",), ("db",), ("keys", "issue"), ("keys", "issue", "--loud")], ids=" ".join
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_command_line_has_status_2(portal: Run, command: tuple[str, ...]):
    result = portal(*command)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_mistake_of_ours_keeps_its_traceback(portal: Run, point, monkeypatch: pytest.MonkeyPatch):
    def broken(_session):
        raise ProgrammingError("SELECT nonsense", {}, Exception("no such function"))

    monkeypatch.setattr("portal.services.ledger.verify", broken)
    with pytest.raises(AssertionError, match="ProgrammingError"):
        portal("ledger", "verify")
