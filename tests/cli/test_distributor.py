"""`portal distributor`: shown and changed in one line, and a second one's demonstration."""

from __future__ import annotations

import os
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, Case, Company
from portal.services import demo
from portal.services.store import distributors
from tests.cli.conftest import Run
from tests.distributors import BRAND, FIRST, SECOND
from tests.factories import TODAY

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three days of ten points instead of twelve years of twenty-four."""
    monkeypatch.setattr(demo, "load", partial(demo.load, first=TODAY.plus(-3), points_per_contract=1))


def read(database: Session):
    database.rollback()
    return distributors.read(database)


def test_every_field_is_shown(portal: Run):
    result = portal("distributor", "show")
    assert result.exit_code == 0
    shown = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert shown == distributors.make_row(FIRST)


def test_fields_are_changed_together_and_with_a_reason(portal: Run, database: Session):
    result = portal(
        *("distributor", "change", "telephone=(608) 555 0100", "name=Gas Nuevo", "--reason", "Nueva central")
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert "within five seconds" in result.stdout
    now = read(database)
    assert (now.name, now.telephone, now.legal_name) == ("Gas Nuevo", "(608) 555 0100", FIRST.legal_name)
    assert database.scalar(select(AuditEvent.channel).where(AuditEvent.event == "distributor:changed")) == "cli"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["telephone=123"], "telephone: write ten figures"),
        (["brand=#cccccc"], "brand: its contrast is 1.61, too low"),
        (["brand=red"], "brand: write a colour as #0b4f8a"),
        (["case_series=N"], "case_series: the three series differ"),
        (["nit=800021272-8"], "nit: write the NIT with its check digit"),
        (["name="], "name: give a value"),
        (["colour=#000000"], "colour=#000000 is no FIELD=VALUE; the fields are name, legal_name"),
        (["Gas"], "Gas is no FIELD=VALUE"),
        (["name=A", "name=B"], "name is given twice"),
        (["name=Llanogas"], "Nothing changes"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(portal: Run, database: Session, given: list[str], said: str):
    result = portal("distributor", "change", *given, "--reason", "Prueba")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert read(database) == FIRST


@pytest.mark.usefixtures("small")
def test_a_second_distributors_demonstration_has_its_numbers_and_stays_its_own(portal: Run, database: Session):
    assert portal("demo", "load", "--distributor", "gasparamo").exit_code == 0
    assert read(database) == SECOND
    numbers = database.scalars(select(Case.filing_number)).all()
    assert numbers
    assert all(number.startswith(f"{SECOND.case_series}-") for number in numbers)
    assert not any(map(BRAND.search, database.scalars(select(AuditEvent.details))))
    assert portal("demo", "reset").exit_code == 0
    assert read(database) == SECOND, "who starts anew stays the same"


@pytest.mark.usefixtures("small")
def test_one_command_serves_the_second_distributors_demonstration(
    portal: Run, database: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.cli.serve.os.execv", lambda _program, _arguments: None)
    result = portal("run", "--port", 8119, "--distributor", "gasparamo")
    assert result.exit_code == 0, result.stderr
    assert SECOND.legal_name in result.stdout
    assert not BRAND.search(result.stdout)
    assert read(database) == SECOND
    again = portal("run", "--port", 8119, "--distributor", "gasparamo")
    assert again.exit_code == 0, again.stderr


@pytest.mark.usefixtures("small")
def test_another_distributors_customers_are_not_served_under_a_name_that_is_not_theirs(
    portal: Run, database: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.cli.serve.os.execv", lambda _program, _arguments: None)
    assert portal("demo", "load").exit_code == 0
    result = portal("run", "--port", 8119, "--distributor", "gasparamo")
    assert result.exit_code == 1
    assert "holds the customers of Llanogas already" in result.stderr
    assert read(database) == FIRST
    assert database.scalar(select(func.count()).select_from(Company))


def test_a_name_that_nobody_has_is_said_with_those_there_are(portal: Run):
    result = portal("run", "--port", 8119, "--distributor", "otro")
    assert result.exit_code == 1
    assert "otro is no distributor of the demonstration: gasparamo" in result.stderr


def test_production_serves_no_demonstration(portal: Run):
    result = portal("run", "--port", 8119, "--distributor", "gasparamo", PORTAL_ENV="production")
    assert result.exit_code == 1
    assert "for development only" in result.stderr


@pytest.mark.usefixtures("database_url")
def test_its_folder_is_its_own_unless_one_is_named(monkeypatch: pytest.MonkeyPatch):
    from portal.cli import serve
    from portal.config import ROOT

    monkeypatch.setenv("PORTAL_ENV", "development")
    monkeypatch.setenv("PORTAL_INSTANCE", "")
    serve._apart("gasparamo")
    assert os.environ["PORTAL_INSTANCE"] == str(ROOT / "instance" / "gasparamo")
    monkeypatch.setenv("PORTAL_INSTANCE", "/elsewhere")
    serve._apart("gasparamo")
    assert os.environ["PORTAL_INSTANCE"] == "/elsewhere"
