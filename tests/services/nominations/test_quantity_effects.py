"""What a quantity would mean: shares, guard, the month's end, and whose figures may be told (ADR 5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import Contract
from portal.services import keys, ledger, nominations
from portal.services.nominations import DayFacts
from portal.services.store.acts import Act
from portal.services.store.refusals import Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.ledger_rows import counted
from tests.services.way import Way, open_contract, set_out

TOMORROW = TODAY.plus(1)


def m3(amount: int | str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def facts_of(session: Session, way: Way, gas_day: GasDay = TOMORROW) -> DayFacts:
    filled = nominations.start_filled(
        Act.at(session, way.actor, NOW),
        modality=way.modality,
        point=way.point.public_id,
        kind=RequestKind.NOMINATION,
        gas_day=gas_day,
        quantity=m3(1),
    )
    return nominations.load_day_facts(Act.at(session, way.actor, NOW), draft=filled.draft)


def measured(session: Session, way: Way, days: int = 80, taken: str = "1000") -> None:
    """So many days until yesterday that took the same, of which those of this month were asked for as 1,010."""
    with transaction(session):
        point = session.merge(way.point)
        for ago in range(1, days + 1):
            on = TODAY.plus(-ago)
            factories.reading(session, point, on, taken)
            if on.date.month == TODAY.date.month:
                factories.nomination(session, point, on, "1010")
            ledger.rewrite_day(session, delivery_point=point, gas_day=on)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer with contract and point open, of 20,000 m³ a day."""
    way = open_contract(session, vault, set_out(session, vault))
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    return way


def test_a_quantity_in_the_other_unit_and_against_limit_and_mean(session: Session, way: Way):
    measured(session, way)
    effects = facts_of(session, way).of(m3(1250))
    assert effects.other_unit == Quantity.of("49.881967", Unit.MBTU)
    assert effects.left == m3(18_750)
    assert (effects.percent_of_maximum, effects.percent_of_mean) == (Decimal("6.25"), Decimal(125))
    assert (effects.warnings, effects.meant, effects.is_blocked) == ((), None, False)


def test_the_month_ends_where_measured_days_and_usual_ones_lead(session: Session, way: Way):
    measured(session, way)
    end = facts_of(session, way).of(m3(1250)).month_end
    # 22 measured days of +10; today nothing was asked, and usually takes 1,000; tomorrow 1,250 against 1,000.
    assert end is not None
    assert (end.so_far, end.imbalance, end.unknown_days) == (m3(220), m3(220 - 1000 + 250), 0)
    assert end.band == m3(Decimal(5 * (22 * 1010 + 1250 + 6 * 1000)) / 100)
    december = facts_of(session, way, TODAY.plus(10)).of(m3(1100)).month_end
    assert december is not None
    assert (december.so_far, december.imbalance) == (m3(0), m3(100))


def test_without_a_usual_day_there_is_no_outlook(session: Session, way: Way):
    measured(session, way, days=12)
    facts = facts_of(session, way)
    assert facts.outlook is None
    assert facts.of(m3(10)).month_end is None


def test_the_guard_speaks_while_typing_and_says_what_was_meant(session: Session, way: Way):
    measured(session, way)
    facts = facts_of(session, way)
    assert facts.of(m3(8001)).warnings == (QuantityWarning.FAR_ABOVE_MEAN,)
    assert facts.of(m3(124)).warnings == (QuantityWarning.FAR_BELOW_MEAN,)
    in_mbtu = facts.of(m3(40))
    assert in_mbtu.warnings == (QuantityWarning.UNIT_SUSPECTED,)
    assert in_mbtu.meant == m3(1002)
    too_much = facts.of(m3(25_000))
    assert (too_much.is_unit_suspected, too_much.meant) == (True, None), "as MBTU it would be farther still"
    assert facts.of(m3(20_001)).left == m3(-1)


def test_a_contract_that_blocks_says_so(session: Session, way: Way):
    with transaction(session):
        session.get_one(Contract, way.contract.id).maximum_blocks = True
    facts = facts_of(session, way)
    assert not facts.of(m3(20_000)).is_blocked
    assert facts.of(m3(20_001)).is_blocked


def test_the_other_points_count_once_the_key_of_each_was_proved(session: Session, vault: Vault, way: Way):
    with transaction(session):
        other = factories.delivery_point(session, contract=session.merge(way.contract))
        factories.nomination(session, other, TOMORROW, "3000")
    hidden = facts_of(session, way)
    assert (hidden.others, hidden.left) == (None, m3(20_000))
    assert hidden.of(m3(17_001)).warnings == (), "a limit that is felt for would tell the figure"
    issued = keys.issue(Act.at(session, replace(way.actor), NOW), delivery_point=other)
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=other, typed=issued)
    told = facts_of(session, way)
    assert (told.others, told.left) == (m3(3000), m3(17_000))
    assert told.of(m3(17_001)).warnings == (QuantityWarning.ABOVE_MAXIMUM,)


def test_without_the_numeric_key_no_figure_of_the_point_is_told(session: Session, vault: Vault):
    way = open_contract(session, vault, set_out(session, vault))
    measured(session, way)
    facts = facts_of(session, way)
    assert (facts.is_proved, facts.mean, facts.in_force, facts.outlook) == (False, None, None, None)
    effects = facts.of(m3(8001))
    assert (effects.warnings, effects.percent_of_mean, effects.month_end) == ((), None, None)


def test_it_takes_ten_questions_however_long_the_history(session: Session, way: Way):
    facts_of(session, way)
    measured(session, way, days=90)
    filled = nominations.start_filled(
        Act.at(session, way.actor, NOW),
        modality=way.modality,
        point=way.point.public_id,
        kind=RequestKind.NOMINATION,
        gas_day=TOMORROW,
        quantity=m3(1000),
    )
    draft = nominations.load(Act.at(session, way.actor, NOW), public_id=filled.draft.public_id)
    with counted(session.get_bind()) as questions:  # type: ignore[arg-type]
        nominations.load_day_facts(Act.at(session, way.actor, NOW), draft=draft)
    assert len([each for each in questions if each.startswith("SELECT")]) <= 10


def test_a_day_that_closed_has_no_facts(session: Session, way: Way):
    filled = nominations.start_filled(
        Act.at(session, way.actor, NOW),
        modality=way.modality,
        point=way.point.public_id,
        kind=RequestKind.NOMINATION,
        gas_day=TOMORROW,
        quantity=m3(1000),
    )
    with pytest.raises(Rejected):
        nominations.load_day_facts(Act.at(session, way.actor, TODAY.end), draft=filled.draft)
