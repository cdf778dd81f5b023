"""The daily maximum of a contract set from a gas day on, and what asks for it on which day (adr/0143)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.domain.gates import CutRule
from portal.domain.nominations import CutReason, QuantityWarning
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.settings import SettingName, SettingScope
from portal.models import AuditEvent, Contract, DeliveryPoint, SettingRow
from portal.services import day_book, registry
from portal.services.day_book import cut_proposals
from portal.services.measures.readings import oddities
from portal.services.nominations import rules
from portal.services.points import settings
from portal.services.registry import fingerprint, maxima
from portal.services.registry.entries import of_contract
from portal.services.registry.maxima import Asked, Effect
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.book_stage import Stage, lines, set_up
from tests.services.nominations.test_nominations import drafted
from tests.services.registry.test_succession import NOVEMBER, OCTOBER, operator, point
from tests.services.way import open_contract, set_out

__all__ = ["operator", "point"]

TOMORROW, YESTERDAY = TODAY.plus(1), TODAY.plus(-1)


def m3(amount: int) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def asked(amount: int, day: GasDay = TOMORROW, reason: str = "Otrosí 4") -> Asked:
    return Asked(day, m3(amount), reason)


def shown(session: Session, actor: Actor, contract: Contract, what: Asked) -> Effect:
    return maxima.preview(Act.at(session, actor, NOW), contract=contract.public_id, asked=what)


def done(session: Session, actor: Actor, contract: Contract, what: Asked) -> Effect:
    agreed = shown(session, actor, contract, what).fingerprint
    return maxima.change(Act.at(session, actor, NOW), contract=contract.public_id, asked=what, agreed=agreed)


def on(session: Session, point: DeliveryPoint, day: GasDay) -> str:
    return plain(rules.find_daily_maximum(session, point=point, unit=Unit.M3, gas_day=day))


@pytest.fixture
def stage(session: Session) -> Stage:
    """Tomorrow 20,000 m³ are asked of a contract of 19,000 m³."""
    return set_up(session)


def test_the_effect_counts_the_nominated_days_above_the_new_maximum_and_writes_nothing(session: Session, stage: Stage):
    with transaction(session):
        for days, amount in ((2, "15000"), (3, "9000")):
            factories.nomination(session, stage.first, TODAY.plus(days), amount)
        factories.nomination(session, stage.first, TODAY, "18000")
    effect = shown(session, stage.operator, stage.first.contract, asked(12_000))
    assert (effect.old, effect.new, effect.next_day) == (m3(19_000), m3(12_000), None)
    assert (effect.nominated, effect.above_now) == (3, 1)
    assert effect.above == ((TOMORROW, m3(20_000)), (TODAY.plus(2), m3(15_000)))
    assert session.scalar(select(func.count()).select_from(SettingRow)) == 0


def test_it_holds_from_its_day_on_until_the_next_one_and_what_was_signed_stays(session: Session, stage: Stage):
    contract, point = stage.first.contract, stage.first
    done(session, stage.operator, contract, asked(12_000, TODAY.plus(3)))
    effect = done(session, stage.operator, contract, asked(25_000, YESTERDAY))
    assert (effect.next_day, effect.nominated, effect.above) == (TODAY.plus(3), 1, ())
    done(session, stage.operator, contract, asked(21_000, TODAY.plus(3), "Corrige el anterior"))
    days = [TODAY.plus(days) for days in (-2, -1, 2, 3, 40)]
    assert [on(session, point, day) for day in days] == ["19000", "25000", "25000", "21000", "21000"]
    assert contract.maximum_micro == 19_000 * 10**6
    assert on(session, stage.silent, TODAY.plus(3)) != "21000"


def test_who_set_it_since_when_and_why_is_kept_and_is_in_the_history_of_the_contract(session: Session, stage: Stage):
    contract = stage.first.contract
    done(session, stage.operator, contract, asked(12_000))
    act = Act.at(session, stage.operator, NOW)
    sheet = registry.load_contract_sheet(act, contract=contract.public_id)
    assert sheet.maxima == [
        (contract.starts_on, m3(19_000), "", ""),
        (TOMORROW, m3(12_000), "Olga Toro", "Otrosí 4"),
    ]
    row = session.scalars(select(AuditEvent).where(AuditEvent.subject == contract.public_id)).one()
    assert json.loads(row.details) == {
        "old_maximum": "19000",
        "new_maximum": "12000",
        "from": TOMORROW.isoformat(),
        "reason": "Otrosí 4",
    }
    company = registry.load_company_sheet(act, company=contract.company.public_id)
    assert company.maxima[contract.id] == m3(19_000), "tomorrow's is not today's"


@pytest.mark.parametrize(
    ("what", "refusal", "field"),
    [
        (asked(0), Refusal.MAXIMUM_NOT_POSITIVE, "maximum"),
        (asked(19_000), Refusal.NOTHING_CHANGES, "maximum"),
        (asked(12_000, GasDay(factories.TODAY.date.replace(year=2010))), Refusal.CHANGE_BEFORE_START, "day"),
        (asked(12_000, TODAY.plus(60)), Refusal.CHANGE_AFTER_END, "day"),
        (asked(12_000, reason=" "), Refusal.REASON_MISSING, "reason"),
        (asked(12_000, reason="x" * 301), Refusal.REASON_TOO_LONG, "reason"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_written(
    session: Session, stage: Stage, what: Asked, refusal: Refusal, field: str
):
    with transaction(session):
        session.get_one(Contract, stage.first.contract_id).ends_on = TODAY.plus(60)
    for do in (shown, done):
        with pytest.raises(Rejected) as found:
            do(session, stage.operator, stage.first.contract, what)
        assert (found.value.refusal, found.value.field) == (refusal, field)
    assert session.scalar(select(func.count()).select_from(SettingRow)) == 0


def test_a_day_of_a_closed_month_of_any_of_its_points_is_refused(
    session: Session, operator: Actor, point: DeliveryPoint
):
    with transaction(session):
        factories.delivery_point(session, contract=point.contract, exit_point_id=point.exit_point_id)
    with pytest.raises(Rejected) as found:
        shown(session, operator, point.contract, asked(12_000, OCTOBER.last))
    assert found.value.refusal is Refusal.CHANGE_IN_CLOSED_MONTH
    assert found.value.facts["possible"] == NOVEMBER.first
    effect = done(session, operator, point.contract, asked(50, NOVEMBER.first))
    assert {each.asked for each in effect.above} == {m3(100)}


def test_of_two_people_the_second_is_told_and_others_may_not(session: Session, stage: Stage):
    contract = stage.first.contract
    old = shown(session, stage.operator, contract, asked(12_000)).fingerprint
    done(session, stage.operator, contract, asked(14_000))
    act = Act.at(session, stage.operator, NOW)
    with pytest.raises(Rejected) as found:
        maxima.change(act, contract=contract.public_id, asked=asked(12_000), agreed=old)
    assert found.value.refusal is Refusal.CHANGE_UNCONFIRMED
    with pytest.raises(NotFound):
        maxima.preview(act, contract="otro", asked=asked(12_000))
    with transaction(session):
        auditor = factories.signed_in(session, factories.user(session, role=Role.AUDITOR))
    with pytest.raises(NotAllowed):
        shown(session, auditor, contract, asked(12_000))


def test_once_there_are_figures_what_was_signed_is_not_rewritten(session: Session, stage: Stage):
    contract = stage.first.contract
    entry = of_contract(contract)
    with pytest.raises(Rejected) as found:
        registry.save_contract(
            Act.at(session, stage.operator, NOW),
            entry=replace(entry, maximum_micro=5 * 10**9),
            contract=contract.public_id,
            seen=fingerprint(entry),
        )
    assert (found.value.refusal, found.value.field) == (Refusal.FIXED_BY_FIGURES, "maximum_micro")


def test_what_blocks_is_the_maximum_of_the_nominated_day(session: Session, vault: Vault, operator: Actor):
    way = open_contract(session, vault, set_out(session, vault, maximum_micro=10_000 * 10**6, maximum_blocks=True))
    done(session, operator, way.contract, asked(8_000))
    done(session, operator, way.contract, asked(9_000, TODAY.plus(2)))
    with pytest.raises(Rejected) as refused:
        drafted(session, way, quantity=m3(8_001))
    assert (refused.value.refusal, refused.value.facts["maximum"]) == (Refusal.ABOVE_MAXIMUM, m3(8_000))
    drafted(session, way, quantity=m3(8_000))


def test_the_book_its_questions_and_its_cuts_are_held_to_the_maximum_of_the_day(session: Session, stage: Stage):
    contract, act = stage.first.contract, Act.at(session, stage.operator, NOW)
    done(session, stage.operator, contract, asked(20_000))
    book = day_book.load(act, gas_day=TOMORROW)
    total = next(each for each in book.totals.contracts if each.number == "NR-A")
    assert (total.maximum, total.is_above) == (m3(20_000), False)
    assert [each.line.point_public_id for each in book.questioned] == []
    day_book.freeze(act, gas_day=TOMORROW)
    done(session, stage.operator, contract, asked(16_000))
    book = day_book.load(act, gas_day=TOMORROW)
    assert book.totals.contracts_above == {"NR-A"}
    assert {each.maximum for each in book.questioned} == {m3(16_000)}
    assert {each.warnings for each in book.questioned} == {(QuantityWarning.ABOVE_MAXIMUM,)}
    frozen = day_book.load_frozen(act, gas_day=TOMORROW, version=1)
    assert frozen.totals.contracts_above == {"NR-A"}
    proposal = cut_proposals.propose_cuts(act, gas_day=TOMORROW, code="PS-01", rule=CutRule.PRO_RATA)
    assert {each.line.point_public_id: plain(each.quantity) for each in proposal.lines} == {
        "apiay": "10000",
        "barzal": "6000",
    }
    assert {each.cut_reason for each in proposal.lines} == {CutReason.EPM}
    assert {each.state for each in lines(session, stage).values()} == {LineState.TO_AUTHORISE, LineState.MISSING}


def test_a_figure_of_a_file_is_held_against_the_maximum_of_its_own_day(session: Session, stage: Stage):
    done(session, stage.operator, stage.first.contract, asked(6_000, YESTERDAY))
    most = oddities._load_maxima(session, [stage.first.id, stage.silent.id])
    assert most[stage.first.id].on(TODAY.plus(-2)) == 19_000 * 10**6
    assert most[stage.first.id].on(YESTERDAY) == 6_000 * 10**6
    assert most[stage.silent.id].on(YESTERDAY) > 10_000 * 10**6


def test_a_maximum_is_not_set_past_the_page_that_shows_its_effect(session: Session):
    with transaction(session):
        admin = factories.signed_in(session, factories.user(session, role=Role.ADMIN))
    what = settings.changes.Asked(SettingName.DAILY_MAXIMUM, SettingScope.CONTRACT, None, "NR-A", "5", TOMORROW, "x")
    with pytest.raises(ValueError, match="registry"):
        settings.changes.preview(Act.at(session, admin, NOW), asked=what)
