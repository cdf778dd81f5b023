"""A point that changed on a day that has passed: its figures go on in the new account, and the balance (adr/0135)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import DayState, NominationState
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.models import (
    Adjustment,
    AuditEvent,
    Authorisation,
    DailyBalance,
    DeliveryPoint,
    IndexReading,
    MeterChange,
    Nomination,
    NominationHead,
    OutboxMessage,
    PointSuccession,
    Reading,
)
from portal.services import ledger, nominations, registry
from portal.services.account.explanations import sources
from portal.services.ledger import closings
from portal.services.measures import meters, readings
from portal.services.nominations import day_closes
from portal.services.ops import cross_checks
from portal.services.registry.succession import Asked
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import receipts, sealed_rows
from tests import factories
from tests.services.ledger_rows import day
from tests.services.registry.test_succession import (
    CLIENT,
    LAST_MEASURED,
    NOVEMBER,
    NOW,
    OCTOBER,
    asked,
    done,
    operator,
    point,
    refused,
    shown,
    to_another_company,
    to_another_contract,
    to_another_gate,
    to_mbtu,
)

__all__ = ["operator", "point"]
FROM = day("2026-11-10")
KINDS = [to_mbtu, to_another_gate, to_another_contract, to_another_company]


def from_then(what: Asked, **given: object) -> Asked:
    return Asked(**{**{name: getattr(what, name) for name in what.__slots__}, "day": FROM, **given})  # type: ignore[arg-type]


def account(session: Session, point: DeliveryPoint) -> Gas:
    return ledger.moves.find_account(session, delivery_point_id=point.id)


def consumed(session: Session, point: DeliveryPoint) -> dict[GasDay, int]:
    rows = session.execute(
        select(DailyBalance.gas_day, DailyBalance.consumed_m3).where(
            DailyBalance.delivery_point_id == point.id, DailyBalance.consumed_m3.is_not(None)
        )
    )
    return {row.gas_day: row.consumed_m3.micro for row in rows}


def tell_day(session: Session, point: DeliveryPoint, gas_day: GasDay) -> tuple[DayState, NominationState]:
    """Return what the start page and the history say of a day."""
    states = nominations.load_day_states(
        Act.of_system(session, NOW), points=[point], gas_days=[gas_day], proved={point.id}
    )
    with transaction(session):
        agent = factories.signed_in(session, factories.user(session, role=Role.AGENT), now=NOW)
        factories.verified_call(session, agent, point)
    history = nominations.load_month_history(
        Act.at(session, agent, NOW), modality=point.contract.modality, month=Month.of(gas_day)
    )
    of_day = next(each for each in history.days if (each.gas_day, each.point.id) == (gas_day, point.id))
    return states[point.id, gas_day].state, of_day.revisions[0].state


def sound(session: Session) -> None:
    """Every verification agrees."""
    session.rollback()
    for check in (
        ledger.verify,
        closings.verify,
        receipts.verify,
        cross_checks.verify_receipts,
        cross_checks.verify_versions,
        sealed_rows.verify,
    ):
        assert check(session) is None, check


@pytest.mark.parametrize("what", KINDS)
def test_days_and_balance_go_on_in_the_new_account_and_nothing_is_lost_or_doubled(
    session: Session, operator: Actor, point: DeliveryPoint, what: Callable[[Session, DeliveryPoint], Asked]
) -> None:
    whole, taken = account(session, point), consumed(session, point)
    wanted = from_then(what(session, point))
    effect = shown(session, operator, point, wanted)
    new = done(session, operator, point, wanted)
    assert account(session, point) == Gas.zero()
    assert account(session, new) == whole
    assert (effect.accounts.before, effect.accounts.after) == (Gas.zero(), whole)
    assert consumed(session, point) == {each: m3 for each, m3 in taken.items() if each < FROM}
    assert consumed(session, new) == {each: m3 for each, m3 in taken.items() if each >= FROM}
    moved = [day.gas_day for day in effect.move.before]
    assert moved == [each for each in NOVEMBER.days() if FROM <= each <= LAST_MEASURED]
    assert all(day.imbalance == Quantity.of("10", Unit.M3) for day in effect.move.before)
    link = session.scalars(select(PointSuccession)).one()
    assert (link.before_id, link.after_id, link.gas_day, link.carries) == (point.id, new.id, FROM, True)
    sound(session)


def test_what_was_authorised_cut_and_filled_by_the_rule_stays_what_it_was(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    cut, filled = FROM.plus(2), FROM.plus(3)
    with transaction(session):
        factories.authorisation(session, point, cut, "95", cut_reason=CutReason.PCC, revision=1)
        factories.nomination(session, point, filled, "120", revision=2, channel=Channel.POLICY)
        ledger.rebuild_point(session, delivery_point=point)
    whole = account(session, point)
    new = done(session, operator, point, from_then(to_mbtu(session, point)))
    row = session.scalars(select(Authorisation).where(Authorisation.delivery_point_id == new.id)).one()
    balance = session.get_one(DailyBalance, (new.id, cut))
    assert (row.cut_reason, balance.cut_reason) == (CutReason.PCC, CutReason.PCC)
    assert balance.authorised_mbtu == Gas.of(Quantity.of("95", Unit.M3), HeatingValue.of("1130")).mbtu
    head = session.get_one(NominationHead, (new.id, filled))
    assert (head.nomination.channel, head.nomination.quantity) == (Channel.POLICY, Quantity.of("120", Unit.M3))
    # Half a millionth of an MBTU is some ten millionths of a cubic metre: each authorised day is converted once.
    assert abs((account(session, new).m3 - whole.m3).micro) <= 13
    sound(session)


@pytest.mark.parametrize("amount", ["100", "101", "7", "99999", "3"])
@pytest.mark.parametrize("back", [False, True])
def test_all_that_was_nominated_stays_authorised_in_another_unit_and_gate(
    session: Session, operator: Actor, point: DeliveryPoint, amount: str, back: bool
) -> None:
    today = GasDay.of(NOW)
    with transaction(session):
        factories.nomination(session, point, today, amount)
        factories.authorisation(session, point, today, amount, revision=1)
        ledger.rebuild_point(session, delivery_point=point)
        gate = factories.exit_point(session)
        factories.heating_value(session, gate.id, OCTOBER.first, HeatingValue.of("1001"))
    wanted = asked(point, unit=Unit.MBTU, exit_point=gate.code)
    new = done(session, operator, point, from_then(wanted))
    if back:
        new = done(session, operator, new, asked(new, unit=Unit.M3, day=FROM.plus(3)))
    assert tell_day(session, new, today) == (DayState.AUTHORISED, NominationState.SCHEDULED)
    balance = session.get_one(DailyBalance, (new.id, today))
    assert (balance.authorised_m3 if back else balance.authorised_mbtu) == (
        balance.nominated_m3 if back else balance.nominated_mbtu
    )
    sound(session)


def test_without_the_tick_the_balance_stays_where_it_was(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    effect = shown(session, operator, point, from_then(to_mbtu(session, point), carries=False))
    new = done(session, operator, point, from_then(to_mbtu(session, point), carries=False))
    assert account(session, point) == effect.accounts.left != Gas.zero()
    assert account(session, new) == effect.move.gained
    assert session.scalars(select(Adjustment)).all() == []
    assert registry.balances.carry_due(Act.of_system(session, NOW + timedelta(days=30))) == 0
    sound(session)


def test_the_balance_of_a_change_to_come_goes_along_once_every_day_before_is_measured(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    effect = shown(session, operator, point, to_mbtu(session, point))
    assert (effect.move.before, effect.accounts.carried, effect.accounts.goes_later) == ((), None, True)
    new = done(session, operator, point, to_mbtu(session, point))
    later = datetime(2026, 12, 3, 14, 0, tzinfo=UTC)
    act = Act.of_system(session, later)
    left = [each for each in NOVEMBER.days() if each > LAST_MEASURED]
    for each in left[:-1]:
        with transaction(session):
            factories.reading(session, point, each, "90", state=ReadingState.PROVISIONAL)
            ledger.rewrite_day(session, delivery_point=point, gas_day=each)
    assert registry.balances.carry_due(act) == 0
    with transaction(session):
        factories.reading(session, point, left[-1], "90", state=ReadingState.PROVISIONAL)
        ledger.rewrite_day(session, delivery_point=point, gas_day=left[-1])
    whole = account(session, point)
    assert registry.balances.carry_due(act) == 1
    assert (account(session, point), account(session, new)) == (Gas.zero(), whole)
    assert registry.balances.carry_due(act) == 0
    # A reading of before that is put right moves on as well.
    written = readings.Written(left[0], Quantity.of("70", Unit.M3), ReadingState.PROVISIONAL, None, 1)
    readings.record(Act.at(session, operator, later), point=point.public_id, written=written)
    assert registry.balances.carry_due(act) == 1
    assert account(session, new).m3 == whole.m3 + Quantity.of("20", Unit.M3)
    reasons = set(session.scalars(select(Adjustment.reason)))
    assert reasons == {AdjustmentReason.TRANSFER}
    sound(session)


def test_neither_company_sees_the_days_of_the_other(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    new = done(session, operator, point, from_then(to_another_company(session, point)))
    before, after = FROM.plus(-1), FROM.plus(1)
    assert sources.read(session, delivery_point_id=point.id, gas_day=before, today=before).readings
    gone = sources.read(session, delivery_point_id=point.id, gas_day=after, today=after)
    assert (gone.readings, gone.authorisations) == ((), ())
    assert sources.read(session, delivery_point_id=new.id, gas_day=after, today=after).readings
    theirs = sources.read(session, delivery_point_id=new.id, gas_day=before, today=before)
    assert (theirs.readings, theirs.nominations, theirs.movements) == ((), (), ())
    mails = {each.recipient: each.body for each in session.scalars(select(OutboxMessage))}
    assert "ya no está en su cuenta de balance" in mails[CLIENT]
    for secret in (new.contract.company.name, new.contract.number):
        assert secret not in mails[CLIENT]
    for secret in (point.contract.company.name, point.contract.number, "100 m³"):
        assert secret not in mails["b@otra.example"]


def test_the_meter_goes_on_with_the_index_of_the_day_before(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    given = {"recorded_at": NOW, "recorded_by_id": operator.user_id}
    with transaction(session):
        meter = MeterChange(
            delivery_point_id=point.id,
            gas_day=NOVEMBER.first,
            serial="M-77",
            first_index=Quantity.of("0", Unit.M3),
            factor_micro=10**6,
            digits=6,
            note="",
            **given,
        )
        session.add(meter)
        session.flush()
        for number, each in enumerate(NOVEMBER.days()):
            if each > LAST_MEASURED:
                break
            found = session.scalars(
                select(Reading).where(Reading.delivery_point_id == point.id, Reading.gas_day == each)
            ).one()
            index = Quantity.of(str(90 * (number + 1)), Unit.M3)
            session.add(IndexReading(reading_id=found.id, meter_id=meter.id, meter_index=index))
    new = done(session, operator, point, from_then(to_mbtu(session, point)))
    copied = session.scalars(select(MeterChange).where(MeterChange.delivery_point_id == new.id)).one()
    assert (copied.serial, copied.gas_day, copied.first_index) == ("M-77", FROM, Quantity.of(str(90 * 9), Unit.M3))
    state = meters.find_index_states(session, point_ids=[new.id], gas_day=LAST_MEASURED.plus(1))[new.id]
    assert state.before == Quantity.of(str(90 * 22), Unit.M3)


def test_a_point_that_goes_on_elsewhere_is_changed_there_and_keeps_its_end(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    new = done(session, operator, point, from_then(to_mbtu(session, point)))
    with pytest.raises(Rejected) as found:
        shown(session, operator, point, asked(point, unit=Unit.MBTU, day=FROM.plus(-3)))
    assert found.value.refusal is Refusal.POINT_HANDED_ON
    again = done(session, operator, new, asked(new, unit=Unit.M3, day=FROM.plus(5)))
    assert again.starts_on == FROM.plus(5)
    sound(session)


def test_nominations_whose_close_has_passed_go_on_and_open_ones_are_asked_anew(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    tomorrow, evening = day("2026-11-24"), NOW + timedelta(hours=6)
    effect = shown(session, operator, point, from_then(to_mbtu(session, point)), evening)
    assert (effect.move.before[-1].gas_day, effect.nominated) == (
        tomorrow,
        (day("2026-12-01"), day("2026-12-02")),
    )
    new = done(session, operator, point, from_then(to_mbtu(session, point)), evening)
    assert session.get_one(NominationHead, (new.id, tomorrow)).nomination.quantity == Quantity.of("100", Unit.M3)
    day_closes.apply(Act.of_system(session, evening), gas_day=tomorrow, modality=new.contract.modality)
    own = session.scalars(
        select(Nomination).where(Nomination.delivery_point_id == new.id, Nomination.gas_day == tomorrow)
    ).all()
    assert len(own) == 1


def test_the_audit_seals_what_was_moved_and_names_no_other_company(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    new = done(session, operator, point, from_then(to_another_company(session, point)))
    told = session.scalars(select(AuditEvent).where(AuditEvent.event == "figures:moved")).one()
    details = json.loads(told.details)
    assert (told.subject, told.company_id) == (new.public_id, new.contract.company_id)
    assert (details["from"], details["days"]) == (FROM.isoformat(), 13)
    assert point.contract.company.name not in told.details


@pytest.mark.parametrize("seed", range(6))
def test_the_accounts_of_a_chain_sum_up_to_that_of_one_unbroken_point(
    session: Session, operator: Actor, point: DeliveryPoint, seed: int
) -> None:
    """Random changes on random days, one after the other, with random figures; compared in both units."""
    chance = random.Random(seed)
    with transaction(session):
        for each in NOVEMBER.days():
            if each > LAST_MEASURED:
                break
            if chance.random() < 0.4:
                amount = str(chance.randint(1, 100))
                factories.authorisation(session, point, each, amount, cut_reason=CutReason.PCC, revision=1)
            if chance.random() < 0.5:
                factories.reading(
                    session,
                    point,
                    each,
                    f"{chance.randint(0, 200)}.{chance.randint(0, 999_999):06}",
                    version=2,
                    state=ReadingState.CORRECTED,
                    reason="Prueba",
                )
        factories.adjustment(session, point, NOVEMBER.first.plus(chance.randint(0, 20)), "-37")
        ledger.rebuild_point(session, delivery_point=point)
    whole = account(session, point)
    chain, converted = [point], 0
    for number in sorted(chance.sample(range(2, 22), 4)):
        last = chain[-1]
        what = chance.choice(KINDS)
        wanted = what(session, last)
        if what is to_mbtu:
            wanted = asked(last, unit=Unit.M3 if last.unit is Unit.MBTU else Unit.MBTU)
            converted += 1
        wanted = from_then(wanted, day=NOVEMBER.first.plus(number - 1), carries=chance.random() < 0.7)
        chain.append(done(session, operator, last, wanted))
    total = sum([account(session, each) for each in chain], Gas.zero())
    # What was authorised is rounded once to millionths of the new unit, each time that the unit changes.
    per_day = 14 * converted
    assert abs((total.m3 - whole.m3).micro) <= per_day * 22
    assert abs((total.mbtu - whole.mbtu).micro) <= converted * 22
    if not converted:
        assert total == whole
    assert sum(len(consumed(session, each)) for each in chain) == len(NOVEMBER.days()) - 8 + 31
    sound(session)


@pytest.mark.parametrize("given", [{"day": day("2026-10-31")}, {"day": day("2026-10-02")}])
def test_a_day_of_a_closed_month_is_refused_with_the_first_that_can_be(
    session: Session, operator: Actor, point: DeliveryPoint, given: dict[str, object]
) -> None:
    found = refused(session, operator, point, asked(point, **({"unit": Unit.MBTU} | given)))
    assert (found.refusal, found.facts["possible"]) == (Refusal.CHANGE_IN_CLOSED_MONTH, NOVEMBER.first)
