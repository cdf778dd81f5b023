"""A re-nomination rules from its notice on, and never before the gas day that it is for."""

from __future__ import annotations

from datetime import timedelta

from tests.application import RunningPortal
from tests.customer import RENOMINATION, TOMORROW
from tests.factories import NOW


def test_what_is_asked_the_day_before_rules_from_the_start_of_the_gas_day(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract()
    customer.nominate("12.500")
    portal.clock.now = NOW + timedelta(hours=4)
    again = portal.holder_of(customer.way)
    again.open_contract()
    document = again.review("13.000", kind=RENOMINATION)
    assert "rige desde el martes 24 de noviembre de 2026 a las 00:00" in document.text
    receipt = again.sign(document)
    assert receipt.one('[data-field="effective_at"]')["data-value"] == TOMORROW.start.isoformat()


def test_what_is_asked_within_the_day_rules_after_its_notice(portal: RunningPortal) -> None:
    customer = portal.customer()
    customer.open_contract()
    customer.nominate("12.500")
    portal.clock.now = TOMORROW.start + timedelta(hours=3, minutes=10)
    again = portal.holder_of(customer.way)
    again.open_contract()
    document = again.review("13.000", day=TOMORROW.isoformat(), kind=RENOMINATION)
    assert "rige desde el martes 24 de noviembre de 2026 a las 10:00" in document.text
