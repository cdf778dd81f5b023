"""Receipts: the chain names what was changed, the code tells a paper of ours from any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.attempts import VERIFY_ADDRESS
from portal.domain.gas_day import Month
from portal.domain.month_proofs import ProvedReceipt
from portal.domain.quantities import Unit, round_typed
from portal.models import Nomination
from portal.models.append_only import protect, unprotect
from portal.services.store.acts import Act
from portal.services.store.refusals import TooManyAttempts
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import receipts
from portal.services.trace.receipts import chain
from tests.factories import NOW
from tests.services.nominations.test_nominations import TOMORROW, m3, nominate
from tests.services.way import Way, open_contract, set_out

TAMPERED: dict[str, tuple[str, str]] = {
    "another quantity": ("UPDATE nominations SET quantity_m3 = 1 WHERE id = :id", "was changed"),
    "another day": ("UPDATE nominations SET gas_day = '2026-12-05' WHERE id = :id", "was changed"),
    "another person": ("UPDATE nominations SET signed_by_id = NULL WHERE id = :id", "was changed"),
    "another moment": ("UPDATE nominations SET received_at = '2026-11-01 00:00:00' WHERE id = :id", "was changed"),
    "no longer there": ("DELETE FROM nominations WHERE id = :id", "one is missing"),
}


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def three(session: Session, vault: Vault, way: Way) -> list[Nomination]:
    """Receipts for three days of a month."""
    return [nominate(session, vault, way, gas_day=TOMORROW.plus(days), quantity=m3(9_000)) for days in range(3)]


def tamper(session: Session, statement: str, **values: Any) -> None:
    """Change what triggers protect, as somebody who owns the database can."""
    dialect = session.get_bind().dialect.name
    with transaction(session):
        for line in unprotect(dialect, "nominations"):
            session.execute(text(line))
        if dialect == "postgresql":
            session.execute(text("SET session_replication_role = replica"))
        else:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            session.execute(text("DELETE FROM nomination_heads"))
            session.execute(text("UPDATE nomination_drafts SET nomination_id = NULL"))
            session.execute(text("UPDATE outbox_messages SET attaches_nomination_id = NULL"))
        session.execute(text(statement), values)
        for line in protect(dialect, "nominations"):
            session.execute(text(line))
    session.expire_all()


def test_the_chains_of_all_points_hold(session: Session, vault: Vault, way: Way, three: list[Nomination]):
    other = open_contract(session, vault, set_out(session, vault))
    nominate(session, vault, other)
    assert receipts.verify(session) is None


@pytest.mark.parametrize("name", TAMPERED)
def test_a_receipt_that_was_tampered_with_is_named(session: Session, three: list[Nomination], name: str):
    statement, words = TAMPERED[name]
    number, after = three[1].filing_number, three[2].filing_number
    tamper(session, statement, id=three[1].id)
    found = receipts.verify(session)
    assert found is not None
    assert words in found
    assert (number in found) or (after in found)


def test_a_missing_end_is_found_too(session: Session, three: list[Nomination]):
    tamper(session, "DELETE FROM nominations WHERE id = :id", id=three[2].id)
    assert "the last receipt" in (receipts.verify(session) or "")


def test_a_month_can_be_proved_whole(session: Session, vault: Vault, way: Way, three: list[Nomination]):
    nominate(session, vault, way, gas_day=TOMORROW.plus(10))
    proof = receipts.prove_month(session, delivery_point_id=way.point.id, month=Month.of(TOMORROW))
    assert [each.gas_day for each in proof.receipts] == [each.gas_day for each in three]
    assert proof.broken is None
    later = receipts.prove_month(session, delivery_point_id=way.point.id, month=Month.of(TOMORROW.plus(10)))
    assert (len(later.receipts), later.broken) == (1, None)
    empty = receipts.prove_month(session, delivery_point_id=way.point.id, month=Month(2015, 1))
    assert empty.receipts == ()


def test_the_proof_of_a_month_names_the_receipt_that_was_changed(session: Session, way: Way, three: list[Nomination]):
    tamper(session, "UPDATE nominations SET quantity_m3 = 1 WHERE id = :id", id=three[1].id)
    proof = receipts.prove_month(session, delivery_point_id=way.point.id, month=Month.of(TOMORROW))
    assert proof.broken is not None
    assert proof.broken.id == three[1].id


@pytest.fixture
def asked(session: Session, vault: Vault, three: list[Nomination]) -> Callable[..., bool]:
    """Ask about the first receipt as it is printed, but for what is given."""
    nomination = three[0]

    def ask(*, now: datetime = NOW, address: str = "203.0.113.9", **given: Any) -> bool:
        code = chain.seal(vault, nomination=nomination)
        printed = ProvedReceipt(nomination.filing_number, code, nomination.gas_day, Decimal(9000))
        return receipts.is_genuine(Act.of_system(session, now), paper=printed._replace(**given), address=address)

    return ask


def test_a_paper_as_it_was_printed_is_genuine(asked: Callable[..., bool]):
    assert asked()


@pytest.mark.parametrize(
    "change",
    [{"number": "N-2026-000002"}, {"code": "0" * 12}, {"gas_day": TOMORROW.plus(1)}, {"quantity": Decimal(19000)}],
)
def test_a_paper_that_says_something_else_is_not(asked: Callable[..., bool], change: dict[str, Any]):
    assert not asked(**change)


def test_a_unit_that_the_paper_says_is_compared(asked: Callable[..., bool]):
    assert asked(unit=Unit.M3)
    assert not asked(unit=Unit.MBTU)


def test_the_figure_in_the_other_unit_is_taken_as_it_is_printed(asked: Callable[..., bool], three: list[Nomination]):
    exact = three[0].gas.mbtu
    rounded = round_typed(exact)
    assert rounded != exact
    for unit in (Unit.MBTU, None):
        assert asked(quantity=rounded.amount, unit=unit)
        assert not asked(quantity=rounded.amount + Decimal("0.01"), unit=unit)
    assert not asked(quantity=exact.amount, unit=Unit.MBTU)
    assert not asked(quantity=rounded.amount, unit=Unit.M3)


def test_a_receipt_that_was_changed_in_the_database_is_not_genuine_any_more(
    session: Session, three: list[Nomination], asked: Callable[..., bool]
):
    tamper(session, "UPDATE nominations SET quantity_m3 = quantity_m3 + 1000000 WHERE id = :id", id=three[0].id)
    assert not asked(quantity=Decimal(9001))


def test_the_codes_of_two_receipts_and_of_two_installations_differ(vault: Vault, three: list[Nomination]):
    codes = {chain.seal(vault, nomination=each) for each in three}
    codes |= {chain.seal(Vault(b"\x07" * 32), nomination=each) for each in three}
    assert len(codes) == 6
    assert all(len(code) == chain.LENGTH for code in codes)


def test_each_question_is_charged_to_its_address(asked: Callable[..., bool]):
    for _ in range(VERIFY_ADDRESS):
        asked(number="N-2026-999999")
    with pytest.raises(TooManyAttempts):
        asked()
    assert asked(address="203.0.113.10")
    assert asked(now=NOW + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        *[
            ("12.500", "12500"),
            ("12500,50", "12500.5"),
            (" 12 500 ", "12500"),
            ("0", "0"),
            ("007", "7"),
            ("Anulada", "0"),
        ],
        *[
            ("12,5,0", None),
            ("doce", None),
            ("", None),
            ("１２", None),
            ("-5", None),
            ("12.5", None),
            ("1.25.000", None),
        ],
    ],
)
def test_a_quantity_is_read_as_it_is_printed(typed: str, read: str | None):
    assert chain.parse_typed_quantity(typed) == (None if read is None else (Decimal(read), None))


@pytest.mark.parametrize(
    ("typed", "unit"), [("12.500 m³", Unit.M3), ("12500M3", Unit.M3), ("12.500 MBTU", Unit.MBTU), ("12.500 kg", None)]
)
def test_the_unit_of_a_quantity_is_read_where_it_stands(typed: str, unit: Unit | None):
    assert chain.parse_typed_quantity(typed) == (None if unit is None else (Decimal(12500), unit))


@pytest.mark.parametrize(
    ("typed", "read"),
    [(" n-2026-000123 ", "N-2026-000123"), ("N-2026-12", None), ("Ñ-2026-000123", None), ("N-２026-000123", None)],
)
def test_a_radicado_is_read_as_it_is_printed(typed: str, read: str | None):
    assert chain.parse_number(typed) == read
