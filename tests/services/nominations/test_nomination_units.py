"""A contract in one unit with points in the other: limits are compared in the unit of the point."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import DailyBalance, DeliveryPoint
from portal.services import keys, nominations
from portal.services.nominations import rules
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.nominations.test_nominations import drafted, nominate
from tests.services.way import Way, open_contract, set_out

TOMORROW = TODAY.plus(1)


def mbtu(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.MBTU)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A contract of 10,000 m³ a day whose point is nominated in MBTU; the gas of its gate has 1,130 BTU/ft³."""
    way = set_out(session, vault, maximum_micro=10_000 * 10**6, maximum_blocks=True)
    with transaction(session):
        point = session.get_one(DeliveryPoint, way.point.id)
        point.unit = Unit.MBTU
        factories.heating_value(session, point.exit_point_id, TODAY, HeatingValue.of("1130"))
    return open_contract(session, vault, way)


def test_the_maximum_is_converted_with_the_heating_value_of_the_day(session: Session, vault: Vault, way: Way):
    assert nominate(session, vault, way, quantity=mbtu("399.05")).quantity == mbtu("399.05")
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=mbtu("399.06"))
    assert refused.value.refusal is Refusal.ABOVE_MAXIMUM
    assert refused.value.facts["maximum"] == mbtu("399.055734")


def test_what_the_other_points_have_counts_in_the_unit_of_this_one(session: Session, vault: Vault, way: Way):
    with transaction(session):
        second = factories.delivery_point(
            session, contract=way.contract, unit=Unit.M3, exit_point_id=way.point.exit_point_id
        )
    key = keys.issue(Act.at(session, Actor.system(), NOW), delivery_point=second)
    other = Way(way.contract, second, way.web_key, key, way.actor)
    nominate(session, vault, other, quantity=Quantity.of(4_000, Unit.M3))
    assert rules.sum_others_of_contract(session, point=way.point, unit=Unit.MBTU, gas_day=TOMORROW) == mbtu(
        "159.622294"
    )
    drafted(session, way, quantity=mbtu("239.43"))
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=mbtu("239.44"))
    assert refused.value.refusal is Refusal.ABOVE_MAXIMUM
    assert "others" not in refused.value.facts, "what the others asked for is told to nobody without their keys"


def test_the_usual_quantity_is_the_mean_half_up_of_the_days_with_a_reading(session: Session, way: Way):
    with transaction(session):
        for back, (volume, energy) in enumerate([("1", "0.000001"), ("2", "0.000002"), ("2", "0.000002")], 1):
            session.add(
                DailyBalance(
                    delivery_point_id=way.point.id,
                    gas_day=TODAY.plus(-back),
                    consumed_m3=Quantity.of(volume, Unit.M3),
                    consumed_mbtu=mbtu(energy),
                    adjustment_m3=Quantity.zero(Unit.M3),
                    adjustment_mbtu=Quantity.zero(Unit.MBTU),
                )
            )
    usual = [rules.find_usual_quantity(session, point=way.point, unit=unit, before=TOMORROW) for unit in Unit]
    assert usual == [Quantity.of("1.666667", Unit.M3), mbtu("0.000002")]


def test_a_renomination_is_held_against_what_was_signed_in_the_unit_of_before(session: Session, vault: Vault, way: Way):
    nominate(session, vault, way, quantity=mbtu("240"))
    with transaction(session):
        session.get_one(DeliveryPoint, way.point.id).unit = Unit.M3
    ten = TOMORROW.start + timedelta(hours=10)
    open_contract(session, vault, way, now=ten)
    in_m3 = rules.find_head(session, delivery_point_id=way.point.id, gas_day=TOMORROW)
    assert in_m3 is not None
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=Quantity.of(4_000, Unit.M3), kind=RequestKind.RENOMINATION, now=ten)
    assert refused.value.refusal is Refusal.BELOW_FLOOR
    floor = refused.value.facts["floor"]
    assert (floor.unit, round(floor.amount)) == (Unit.M3, 4009)
    assert abs(floor.micro * 3 - in_m3.nomination.quantity_m3.micro * 2) <= 1


def test_the_facts_beside_the_field_are_in_the_unit_of_the_point(session: Session, way: Way):
    draft = nominations.start(Act.at(session, way.actor, NOW), modality=way.modality, point=way.point.public_id)
    nominations.set_kind(Act.of_system(session, NOW), draft=draft, kind=RequestKind.NOMINATION, version=draft.version)
    nominations.set_day(Act.of_system(session, NOW), draft=draft, gas_day=TOMORROW, version=draft.version)
    facts = nominations.load_day_facts(Act.at(session, way.actor, NOW), draft=draft)
    assert facts.maximum == mbtu("399.055734")
