"""`portal demo`: loaded, thrown away and loaded anew, in development only."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import Company, Holiday, OutboxMessage
from portal.services import demo
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.cli.conftest import Run
from tests.factories import NOW, TODAY

PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "PORTAL_BASE_URL": "https://clientes.example.com",
    "PORTAL_TRUSTED_HOSTS": "clientes.example.com",
    "PORTAL_NOW": "",
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days of ten points instead of twelve years of twenty-four."""
    monkeypatch.setattr(demo, "load", partial(demo.load, first=TODAY.plus(-3), points_per_contract=1))


def companies(database: Session) -> int:
    database.rollback()
    return database.scalar(select(func.count()).select_from(Company)) or 0


def test_load_fills_an_empty_database_and_writes_the_notes_and_a_second_one_is_refused(
    portal: Run, database: Session, instance: Path
):
    result = portal("demo", "load")
    assert result.exit_code == 0
    assert str(instance / "demo.json") in result.stdout
    assert result.stderr.splitlines() == ["Accounts: 7", "Daily history: 10", "Balance accounts: 10"]
    notes = json.loads((instance / "demo.json").read_text(encoding="utf-8"))
    assert notes["today"] == TODAY.isoformat()
    assert notes["contracts"][0]["company"] == "Combustibles El Morichal S.A.S."
    assert companies(database) == 9
    again = portal("demo", "load")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "demo reset" in again.stderr
    assert companies(database) == 9


def test_reset_throws_everything_away_and_loads_the_same_anew(portal: Run, database: Session, instance: Path):
    portal("demo", "load")
    first = (instance / "demo.json").read_text(encoding="utf-8")
    with transaction(database):
        outbox.post(Act.of_system(database, NOW), kind="test", recipient="a@example.com", subject="s", body="b")
    result = portal("demo", "reset")
    assert result.exit_code == 0
    assert (instance / "demo.json").read_text(encoding="utf-8") == first
    assert companies(database) == 9
    assert database.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    assert (database.scalar(select(func.count()).select_from(Holiday)) or 0) > 380
    assert portal("db", "check").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_code_of_an_account_of_the_consoles_is_printed(portal: Run, instance: Path):
    assert "demo load" in portal("demo", "code", "operaciones@example.com").stderr
    portal("demo", "load")
    accounts = json.loads((instance / "demo.json").read_text(encoding="utf-8"))["accounts"]
    assert [each["email"] for each in accounts if "totp_secret" not in each] == [
        each["email"] for each in accounts if each["role"] == "customer"
    ]
    secret = next(each["totp_secret"] for each in accounts if each["email"] == "operaciones@example.com")
    shown = portal("demo", "code", "operaciones@example.com")
    assert shown.stdout == f"{pyotp.TOTP(secret).at(NOW)}\n"
    assert portal("demo", "code", "marcela.rincon@example.com").exit_code == 1


@pytest.mark.parametrize("command", ["load", "reset"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_production_refuses_the_demonstration(portal: Run, database: Session, tmp_path: Path, command: str):
    pepper = tmp_path / "pepper"
    pepper.write_bytes(bytes(range(40)))
    result = portal("demo", command, **PRODUCTION, PORTAL_PEPPER_FILE=str(pepper))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "development only" in result.stderr
    assert companies(database) == 0
