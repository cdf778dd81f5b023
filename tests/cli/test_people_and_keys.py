"""`portal users`, `portal bindings`, `portal keys`."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.keys import KeyState
from portal.models import AccessKey, AuditEvent, Binding, User
from portal.services.store.transactions import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.factories import NOW

PASSWORD = "un canto de vaquería al alba"


def test_an_account_is_created_verified_with_its_role(portal: Run, database: Session):
    result = portal(
        *("users", "create", "--email", "Olga@Example.com", "--name", "Olga Toro", "--role", "operator"),
        "--password-stdin",
        standard_input=f"{PASSWORD}\n",
    )
    assert result.exit_code == 0
    told, secret, address = result.stdout.splitlines()
    assert told == "olga@example.com can sign in as operator."
    assert address.startswith("otpauth://totp/")
    assert f"secret={secret}&" in address
    user = database.scalars(select(User)).one()
    assert (user.email, user.role, user.verified_at) == ("olga@example.com", Role.OPERATOR, NOW)
    assert user.totp_sealed is not None


def test_a_customer_gets_no_second_factor(portal: Run, database: Session):
    result = portal(
        *("users", "create", "--email", "luz@example.com", "--name", "Luz Rey", "--password-stdin"),
        standard_input=f"{PASSWORD}\n",
    )
    assert (result.exit_code, result.stdout) == (0, "luz@example.com can sign in as customer.\n")
    assert database.scalars(select(User.totp_sealed)).all() == [None]
    refused = portal("users", "enrol", "--email", "luz@example.com")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "No account of the consoles" in refused.stderr


def test_another_second_factor_takes_the_place_of_a_lost_one(portal: Run, database: Session):
    created = portal(
        *("users", "create", "--email", "olga@example.com", "--name", "Olga Toro", "--role", "admin"),
        "--password-stdin",
        standard_input=f"{PASSWORD}\n",
    )
    enrolled = portal("users", "enrol", "--email", " OLGA@example.com")
    assert enrolled.exit_code == 0
    assert enrolled.stdout.splitlines()[0] != created.stdout.splitlines()[1]
    assert "second-factor:enrolled" in database.scalars(select(AuditEvent.event)).all()


def test_a_password_that_is_typed_is_asked_twice_and_never_shown(portal: Run, database: Session):
    arguments = ("users", "create", "--email", "olga@example.com", "--name", "Olga Toro")
    result = portal(*arguments, standard_input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("password", "words"),
    [("corta", "too short"), ("x" * 129, "too long"), ("llanogas-clientes-2026", "company's words")],
)
def test_a_bad_password_is_refused_in_words(portal: Run, database: Session, password: str, words: str):
    result = portal(
        *("users", "create", "--email", "olga@example.com", "--name", "Olga Toro", "--password-stdin"),
        standard_input=f"{password}\n",
    )
    assert result.exit_code == 1
    assert words in result.stderr
    assert database.scalars(select(User)).all() == []


def test_the_web_key_of_a_contract_is_printed_once_as_in_the_letter(portal: Run, point, database: Session):
    result = portal("keys", "issue", "--contract", "NR-1")
    assert result.exit_code == 0
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}\n", result.stdout)
    key = database.scalars(select(AccessKey)).one()
    assert (key.contract_id, key.version, key.state) == (point.contract_id, 1, KeyState.ISSUED)
    assert database.scalars(select(AuditEvent.event)).all() == ["web-key:issued"]


@pytest.mark.parametrize("name", ["uno", "M-1"])
def test_the_numeric_key_of_a_point_goes_by_id_or_code(portal: Run, point, database: Session, name: str):
    result = portal("keys", "issue", "--delivery-point", name)
    assert re.fullmatch(r"\d{3} \d{3} \d{3}\n", result.stdout)
    assert database.scalars(select(AccessKey.delivery_point_id)).all() == [point.id]


def test_a_compromised_key_ends_at_once_and_another_when_the_new_one_is_used(portal: Run, point, database: Session):
    def states() -> list[KeyState]:
        database.rollback()
        return list(database.scalars(select(AccessKey.state).order_by(AccessKey.version)))

    portal("keys", "issue", "--contract", "NR-1")
    with transaction(database):
        database.scalars(select(AccessKey)).one().state = KeyState.ACTIVE
    portal("keys", "issue", "--contract", "NR-1")
    assert states() == [KeyState.ACTIVE, KeyState.ISSUED]
    portal("keys", "issue", "--contract", "NR-1", "--compromised")
    assert states() == [KeyState.REVOKED, KeyState.REVOKED, KeyState.ISSUED]


@pytest.mark.parametrize("arguments", [("--contract", "NR-404"), ("--delivery-point", "M-404")])
def test_a_key_of_what_is_not_there_is_one_line(portal: Run, point, arguments: tuple[str, str]):
    result = portal("keys", "issue", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: No ")
    assert arguments[1] in result.stderr


def test_an_account_that_waits_may_nominate_once_it_is_approved(portal: Run, point, database: Session):
    with transaction(database):
        person = factories.user(database, email="eva@example.com")
        database.add(Binding(user_id=person.id, contract_id=point.contract_id, may_nominate=False, created_at=NOW))
    arguments = ("bindings", "approve", "--email", "eva@example.com", "--contract")
    assert portal(*arguments, "NR-1").exit_code == 0
    database.rollback()
    database.expire_all()
    assert database.scalars(select(Binding)).unique().one().may_nominate
    refused = portal(*arguments, "NR-2")
    assert refused.exit_code == 1
    assert "has not opened a contract NR-2" in refused.stderr
