"""Months of the demonstration are closed, one stated again, one put right by an adjustment, one request waiting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.balance import LateTreatment
from portal.domain.gas_day import Month
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, DeliveryPoint, LateCorrection, MonthClosing, OutboxMessage
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.store.acts import Act, Actor
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import played

AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (8, 9, 10))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shown(request: pytest.FixtureRequest, vault) -> Iterator[Session]:
    """A small demonstration that begins before August."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    with played(url, vault, first=TODAY.plus(-130)) as stage, stage.sessions() as session:
        yield session


def point(session: Session, name: str) -> DeliveryPoint:
    return session.scalars(select(DeliveryPoint).where(DeliveryPoint.name == name)).unique().one()


def test_most_points_are_closed_through_the_month_before_the_last_and_corrected_afterwards(shown: Session) -> None:
    through = {
        each.name: closings.find_last_closed_month(shown, delivery_point_id=each.id)
        for each in shown.scalars(select(DeliveryPoint)).unique()
    }
    assert sum(month == SEPTEMBER for month in through.values()) >= len(through) - 2
    assert through["Pasteurizadora Vereda Linda"] is None

    restated, adjusted, waiting = shown.scalars(select(LateCorrection).order_by(LateCorrection.requested_at)).all()
    assert [each.treatment for each in (restated, adjusted, waiting)] == [
        LateTreatment.RESTATEMENT,
        LateTreatment.ADJUSTMENT,
        None,
    ]
    assert [each.public_id for each in closings.list_pending(shown)] == [waiting.public_id]
    for month in (AUGUST, SEPTEMBER):
        versions = closings.list_closings_of_month(shown, delivery_point_id=restated.delivery_point_id, month=month)
        assert [view.version for view in versions] == [2, 1]
    moved = shown.get_one(Adjustment, adjusted.adjustment_id)
    assert (moved.reason, Month.of(moved.gas_day)) == (AdjustmentReason.CORRECTION, OCTOBER)

    numbers = shown.scalars(select(MonthClosing.statement_number).order_by(MonthClosing.id)).all()
    assert numbers == [f"CB-2026-{n:06}" for n in range(1, len(numbers) + 1)]
    assert shown.scalar(select(func.max(MonthClosing.closed_at))) < NOW
    assert shown.scalar(select(func.count()).select_from(OutboxMessage)) == 0
    assert ledger.verify(shown) is None
    assert closings.verify(shown) is None


def test_the_next_month_of_the_demonstration_can_be_closed(shown: Session) -> None:
    found = point(shown, "EDS Alcaraván Terminal")
    closing = closings.close_month(Act.at(shown, Actor.system(), NOW), delivery_point_id=found.id, month=OCTOBER)
    assert closing.version == 1
    assert closings.verify(shown) is None
