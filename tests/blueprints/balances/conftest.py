"""A customer whose point is open, and whose account the test fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer
from tests.services.ledger_rows import day

HHV = HeatingValue.of("1130")


@dataclass
class Sheet:
    """The sheet of an open point: filled day by day, opened at any month."""

    portal: RunningPortal
    customer: Customer

    @property
    def url(self) -> str:
        return f"/cuentas-de-balance/{self.customer.modality}/{self.customer.point}"

    def fill(self, days: dict[str, tuple[str | None, str | None]], **reading: Any) -> None:
        """Nominate and measure each day."""
        with self.portal.session() as session, transaction(session):
            for text, (asked, taken) in days.items():
                self.write(session, day(text), asked, taken, **reading)

    def write(self, session: Session, on: GasDay, asked: str | None, taken: str | None, **reading: Any) -> None:
        point = self.customer.way.point
        if asked is not None:
            factories.nomination(session, point, on, asked)
        if taken is not None:
            factories.reading(session, point, on, taken, **reading)
        ledger.rewrite_day(session, delivery_point=point, gas_day=on)

    def open(self, query: str = "", *, htmx: bool = False) -> Page:
        return self.customer.browser.open(f"{self.url}{query}", htmx=htmx)

    def bytes_of(self, name: str, query: str = "") -> Any:
        return self.customer.browser.client.get(f"{self.url}/{name}{query}")


def opened_by(portal: RunningPortal, **contract: Any) -> Sheet:
    """A customer who entered both keys; the history of the point begins with November 2026 unless told."""
    customer = portal.customer(**{"starts_on": day("2026-11-01")} | contract)
    with portal.session() as session, transaction(session):
        factories.heating_value(session, customer.way.point.exit_point_id, day("2014-12-01"), HHV)
    customer.use_keys()
    portal.clock.forward(seconds=1)
    return Sheet(portal, customer)


@pytest.fixture
def sheet(portal: RunningPortal) -> Sheet:
    """The sheet of a point in m³ that began on 1 November 2026; today is Monday 23 November."""
    return opened_by(portal)


@pytest.fixture
def example() -> dict[str, tuple[str | None, str | None]]:
    """The month start of docs/rules.md, "Worked month"."""
    return {
        "2026-11-01": ("5000", "5320"),
        "2026-11-02": ("5000", "4900"),
        "2026-11-03": ("0", "0"),
        "2026-11-04": ("0", "50"),
        "2026-11-05": ("5000", None),
    }


def after(gas_day: str, days: int) -> str:
    """The ISO date so many days later."""
    return GasDay(day(gas_day).date + timedelta(days=days)).isoformat()
