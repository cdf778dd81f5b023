"""Adjustments: dated, in both units, told and chained; a wrong one is refused by name.

Source: docs/rules.md, "Adjustments".
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, AuditEvent, DeliveryPoint
from portal.services import ledger
from portal.services.ledger import adjustments, closings
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.ledger_rows import day, figures, stored_day, stored_month

CLERK = Actor.system()


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """A point in m³ that begins on 1 October 2026, its gas at 1,130 BTU/ft³, with a reading in November."""
    with transaction(session):
        contract = factories.contract(session, starts_on=day("2026-10-01"))
        found = factories.delivery_point(session, contract=contract)
        factories.heating_value(session, found.exit_point_id, day("2026-10-01"), HeatingValue.of("1130"))
        factories.reading(session, found, day("2026-11-20"), "100")
        ledger.rewrite_day(session, delivery_point=found, gas_day=day("2026-11-20"))
    return found


def record(
    session: Session, point: DeliveryPoint, *, actor: Actor = CLERK, now: datetime = NOW, **changed: Any
) -> Adjustment:
    given: dict[str, Any] = {
        "gas_day": day("2026-10-15"),
        "reason": AdjustmentReason.NETTING,
        "quantity": Quantity.of(-1000, Unit.M3),
        "note": "  Cruce de cuentas,\n acta 12 ",
    } | changed
    return adjustments.record(Act.at(session, actor, now), delivery_point_id=point.id, **given)


@pytest.mark.parametrize("reason", AdjustmentReason)
@pytest.mark.parametrize(
    "quantity", [Quantity.of(-1000, Unit.M3), Quantity.of("-39.905573", Unit.MBTU)], ids=["m3", "MBTU"]
)
def test_an_adjustment_of_each_reason_moves_the_account_in_both_units(
    session: Session, point: DeliveryPoint, reason: AdjustmentReason, quantity: Quantity
) -> None:
    made = record(session, point, reason=reason, quantity=quantity)
    m3, mbtu = figures(made.quantity_m3), figures(made.quantity_mbtu)
    assert (m3, mbtu, made.note) in [
        ("-1000", "-39.905573", "Cruce de cuentas, acta 12"),
        ("-999.99999", "-39.905573", "Cruce de cuentas, acta 12"),
    ]
    assert figures(stored_day(session, point.id, day("2026-10-15")).adjustment_mbtu) == mbtu
    november = stored_month(session, point.id, "2026-11")
    assert (figures(november.opening_m3), figures(november.opening_mbtu)) == (m3, mbtu)
    assert ledger.verify(session) is None


def test_an_adjustment_names_its_person_and_is_an_event_of_the_chain(session: Session, point: DeliveryPoint) -> None:
    with transaction(session):
        who = factories.user(session, role=Role.OPERATOR)
    made = record(session, point, actor=Actor(who.id, who.email, who.name, who.role, None, "", "cli"))
    assert made.recorded_by_id == who.id
    event = session.scalars(select(AuditEvent)).one()
    assert (event.event, event.subject, event.actor) == ("adjustment:recorded", point.public_id, who.email)
    details = json.loads(event.details)
    assert details.pop("sealed").startswith(f"adjustments id={made.id} ")
    assert details == {
        "gas_day": "2026-10-15",
        "reason": "netting",
        "m3": "-1000",
        "mbtu": "-39.905573",
        "heating_value": "1130",
        "note": "Cruce de cuentas, acta 12",
    }
    assert audit.verify(session) is None


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"note": " \n "}, Refusal.NOTE_MISSING),
        ({"note": "x" * 501}, Refusal.NOTE_TOO_LONG),
        ({"quantity": Quantity.zero(Unit.M3)}, Refusal.QUANTITY_ZERO),
        ({"gas_day": TODAY.plus(1)}, Refusal.DAY_TO_COME),
        ({"gas_day": day("2026-09-30")}, Refusal.DAY_NOT_SERVED),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused_by_name(
    session: Session, point: DeliveryPoint, changed: dict[str, Any], refusal: Refusal
) -> None:
    with pytest.raises(Rejected) as caught:
        record(session, point, **changed)
    assert caught.value.refusal is refusal
    assert session.scalar(select(func.count()).select_from(Adjustment)) == 0


def test_a_closed_month_takes_no_adjustment(session: Session, point: DeliveryPoint) -> None:
    with transaction(session):
        for each in Month(2026, 10).days():
            factories.reading(session, point, each, "5")
        ledger.rebuild_point(session, delivery_point=point)
    closings.close_month(Act.at(session, CLERK, NOW), delivery_point_id=point.id, month=Month(2026, 10))
    with pytest.raises(Rejected) as caught:
        record(session, point, gas_day=day("2026-10-31"))
    assert caught.value.refusal is Refusal.MONTH_CLOSED
    assert record(session, point, gas_day=day("2026-11-01"), now=NOW + timedelta(hours=1)).id
    assert ledger.verify(session) is None
    assert closings.verify(session) is None


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_only_who_loads_readings_records_one(session: Session, point: DeliveryPoint, role: Role) -> None:
    with transaction(session):
        who = factories.user(session, role=role)
    with pytest.raises(NotAllowed):
        record(session, point, actor=Actor(who.id, who.email, who.name, who.role, None, "", "cli"))
