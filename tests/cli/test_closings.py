"""`portal months` and `portal corrections`: a month closed, and put right by two people."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.models import Adjustment, DeliveryPoint, MonthClosing
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run

OCTOBER = Month(2026, 10)


@pytest.fixture
def october(point: DeliveryPoint, database: Session) -> DeliveryPoint:
    """The point measured on every day of October."""
    with transaction(database):
        found = database.get_one(DeliveryPoint, point.id)
        for each in OCTOBER.days():
            factories.nomination(database, found, each, "100")
            factories.reading(database, found, each, "90")
        ledger.rebuild_point(database, delivery_point=found)
        factories.user(database, email="olga@example.com", role=Role.OPERATOR)
        factories.user(database, email="rosa@example.com", role=Role.SUPERVISOR)
        factories.user(database, email="ana@example.com")
    return found


def ask(portal: Run, **changed: str) -> list[str]:
    given = {
        "point": "M-1",
        "day": "03/10/2026",
        "volume": "95",
        "reason": "Medidor",
        "by": "olga@example.com",
    } | changed
    return ["corrections", "request", *[word for name, value in given.items() for word in (f"--{name}", value)]]


def test_a_month_is_closed_and_its_statement_named(portal: Run, october: DeliveryPoint, database: Session) -> None:
    done = portal("months", "close", "--month", "2026-10", "--all", "--by", "olga@example.com")
    assert done.exit_code == 0
    assert "CB-2026-000001" in done.stdout
    assert database.scalars(select(MonthClosing)).one().month == OCTOBER.first.date
    again = portal("months", "close", "--month", "2026-10", "--point", "M-1")
    assert again.exit_code == 1
    assert "The account is closed up to 2026-10." in again.stderr
    assert portal("ledger", "verify").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--month", "2026-13", "--all"), "2026-13 is no month; write it as 2026-10."),
        (("--month", "2026-11", "--all"), "The month is not over."),
        (("--month", "2026-09", "--point", "M-1"), "These days have no reading: 2026-09-01, 2026-09-02"),
        (("--month", "2026-10", "--point", "M-9"), "No delivery point has the id or code M-9."),
        (("--month", "2026-10", "--company", "900"), "No delivery point for 900."),
        (("--month", "2026-10"), "Give one of --point, --company and --all."),
        (
            ("--month", "2026-10", "--all", "--by", "ana@example.com"),
            "No staff account has the e-mail ana@",
        ),
    ],
)
def test_a_mistake_is_named_and_closes_nothing(
    portal: Run, october: DeliveryPoint, database: Session, arguments: tuple[str, ...], words: str
) -> None:
    done = portal("months", "close", *arguments)
    assert done.exit_code != 0
    assert words in done.stderr
    assert database.scalars(select(MonthClosing)).all() == []


def test_a_correction_is_asked_for_listed_and_approved_by_another(
    portal: Run, october: DeliveryPoint, database: Session
) -> None:
    portal("months", "close", "--month", "2026-10", "--all")
    asked = portal(*ask(portal))
    assert asked.exit_code == 0
    number = asked.stdout.split(":")[0]
    assert f"{number}  {october.name}  2026-10-03  90 -> 95 m3  Medidor" in portal("corrections", "list").stdout
    own = portal("corrections", "approve", number, "--by", "olga@example.com")
    assert (own.exit_code, "Another person has to decide" in own.stderr) == (1, True)
    assert portal("corrections", "approve", number, "--by", "rosa@example.com").stdout == (
        f"{number}: approved, adjustment.\n"
    )
    assert len(database.scalars(select(Adjustment)).all()) == 1
    assert portal("corrections", "list").stdout == "Nothing waits.\n"
    assert portal("ledger", "verify").exit_code == 0


def test_a_rejected_correction_changes_nothing(portal: Run, october: DeliveryPoint, database: Session) -> None:
    portal("months", "close", "--month", "2026-10", "--all")
    number = portal(*ask(portal)).stdout.split(":")[0]
    assert portal("corrections", "reject", number, "--by", "rosa@example.com").exit_code == 0
    assert database.scalars(select(Adjustment)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"day": "ayer"}, "ayer is no gas day"),
        ({"volume": "-5"}, "-5 is no quantity in m³"),
        ({"volume": "90"}, "That is the consumption in force already."),
        ({"point": "M-9"}, "No delivery point has the id or code M-9."),
        ({"day": "03/11/2026"}, "The month of that day is not closed"),
        ({"reason": " "}, "Give the reason."),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(
    portal: Run, october: DeliveryPoint, changed: dict[str, str], words: str
) -> None:
    portal("months", "close", "--month", "2026-10", "--all")
    done = portal(*ask(portal, **changed))
    assert done.exit_code == 1
    assert words in done.stderr
