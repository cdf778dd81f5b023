"""What a month keeps for the overview is worked out for the months that were there before (adr/0129)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.domain.balance import MOST_STRAIN
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Unit, plain
from portal.domain.settings import SettingName
from portal.migrations import runner
from portal.models import DeliveryPoint, MonthlyBalance, SettingRow
from portal.models.engine import make_engine
from portal.services import ledger
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests import factories
from tests.factories import NOW
from tests.services.ledger_rows import day

BEFORE = "c95e10b7f3d4"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def write(session: Session, point: DeliveryPoint, gas_day: GasDay, asked: str | None, taken: str) -> None:
    if asked is not None:
        factories.nomination(session, point, gas_day, asked)
    factories.reading(session, point, gas_day, taken)
    ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


def test_months_of_before_carry_their_days_out_strain_and_last_day(engine: Engine, vault: Vault) -> None:
    with session_factory(engine, vault)() as session, transaction(session):
        points = [
            factories.delivery_point(session, contract=factories.contract(session, unit=unit))
            for unit in (Unit.M3, Unit.MBTU, Unit.M3)
        ]
        session.add(
            SettingRow(
                name=SettingName.TOLERANCE,
                contract_id=points[0].contract_id,
                value="5000",
                valid_from=day("2026-11-01"),
                reason="Acta",
                recorded_at=NOW,
                recorded_by_id=factories.user(session).id,
            )
        )
        for point in points[:2]:
            for gas_day in ("2025-12-31", "2026-10-31", "2026-11-01", "2026-11-30"):
                write(session, point, day(gas_day), "1000", "1320.5")
        factories.authorisation(session, points[0], day("2026-11-30"), "500")
        ledger.rewrite_day(session, delivery_point=points[0], gas_day=day("2026-11-30"))
        write(session, points[2], day("2026-11-05"), None, "5")
        # A day that is nominated and not measured yet.
        factories.nomination(session, points[2], day("2026-12-02"), "10")
        ledger.rewrite_day(session, delivery_point=points[2], gas_day=day("2026-12-02"))
        ids = [point.id for point in points]
    runner.downgrade(engine, BEFORE)
    runner.upgrade(engine)
    with session_factory(engine, vault)() as session:
        assert ledger.verify(session) is None

        def row(place: int, month: str) -> MonthlyBalance:
            wanted = (MonthlyBalance.delivery_point_id == ids[place], MonthlyBalance.month == date.fromisoformat(month))
            return session.scalars(select(MonthlyBalance).where(*wanted)).one()

        assert (row(0, "2026-10-01").days_out, row(0, "2026-11-01").days_out) == (1, 1)
        assert (row(1, "2026-11-01").days_out, row(1, "2026-11-01").strain) == (2, 1894)
        assert row(2, "2026-11-01").strain == MOST_STRAIN
        last = row(0, "2026-11-01")
        assert last.last_measured_on == date(2026, 11, 30)
        assert last.last_imbalance_m3 is not None
        assert plain(last.last_imbalance_m3) == "-820.5"
        assert row(2, "2026-12-01").last_measured_on is None
