"""Two points that become one from a day on, and one that becomes two: nothing is lost or doubled (adr/0135)."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay
from portal.domain.lifecycle import DayState, NominationState
from portal.domain.nominations import CutReason
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.domain.successions import SuccessionKind
from portal.models import (
    DailyBalance,
    DeliveryPoint,
    KeyLetter,
    NominationHead,
    OutboxMessage,
    PointSuccession,
    Reading,
)
from portal.services import ledger, registry
from portal.services.registry import divisions, fingerprint, mergers
from portal.services.registry.entries import of_point
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.ledger_rows import day
from tests.services.lock_order import RANKS, tables_locked
from tests.services.registry.test_moves import FROM, account, consumed, from_then, sound, tell_day
from tests.services.registry.test_succession import CLIENT, LAST_MEASURED, NOVEMBER, NOW, done, operator, point, to_mbtu

__all__ = ["operator", "point"]
M3 = Unit.M3


@pytest.fixture
def other(session: Session, point: DeliveryPoint) -> DeliveryPoint:
    """Another point of the contract at the same gate, measured on the same days of November."""
    with transaction(session):
        made = factories.delivery_point(
            session,
            contract=point.contract,
            exit_point_id=point.exit_point_id,
            carrier_code="M-2",
            starts_on=NOVEMBER.first,
        )
        for each in NOVEMBER.days():
            if each <= LAST_MEASURED:
                factories.nomination(session, made, each, "40")
                factories.reading(session, made, each, "55", state=ReadingState.PROVISIONAL)
        ledger.rebuild_point(session, delivery_point=made)
    return made


def merge(session: Session, actor: Actor, point: DeliveryPoint, into: str, **given: object) -> DeliveryPoint:
    asked = mergers.Asked(**({"day": FROM, "into": into, "reason": "Un solo medidor"} | given))  # type: ignore[arg-type]
    act, seen = Act.at(session, actor, NOW), fingerprint(of_point(point))
    agreed = mergers.preview(act, point=point.public_id, asked=asked, seen=seen).fingerprint
    return mergers.change(act, point=point.public_id, asked=asked, seen=seen, agreed=agreed)


def divide(session: Session, actor: Actor, point: DeliveryPoint, **given: object) -> DeliveryPoint:
    values = {"day": FROM, "code": "M-9", "name": "EDS Nueva", "share": 2500, "reason": "Dos medidores"}
    asked = divisions.Asked(**(values | {"with_letter": True} | given))  # type: ignore[arg-type]
    act, seen = Act.at(session, actor, NOW), fingerprint(of_point(point))
    agreed = divisions.preview(act, point=point.public_id, asked=asked, seen=seen).fingerprint
    return divisions.change(act, point=point.public_id, asked=asked, seen=seen, agreed=agreed)


def total(session: Session, *points: DeliveryPoint) -> Gas:
    return sum([account(session, each) for each in points], Gas.zero())


def test_from_the_day_on_the_gas_of_both_is_counted_at_the_one_that_goes_on(
    session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint
) -> None:
    with transaction(session):
        factories.authorisation(session, point, FROM.plus(1), "95", cut_reason=CutReason.PCC, revision=1)
        ledger.rewrite_day(session, delivery_point=point, gas_day=FROM.plus(1))
    whole = total(session, point, other)
    asked = mergers.Asked(FROM, " m-1 ", "Un solo medidor")
    effect = mergers.preview(
        Act.at(session, operator, NOW), point=other.public_id, asked=asked, seen=fingerprint(of_point(other))
    )
    assert merge(session, operator, other, "M-1").id == point.id
    session.refresh(other)
    assert (other.ends_on, other.handed_on) == (FROM, FROM)
    assert account(session, other) == Gas.zero()
    assert account(session, point).m3 == whole.m3 == effect.other_after.m3
    taken = consumed(session, point)
    assert (taken[FROM.plus(-1)], taken[FROM]) == (90 * 10**6, 145 * 10**6)
    assert FROM not in consumed(session, other)
    reading = session.scalars(
        select(Reading).where(Reading.delivery_point_id == point.id, Reading.gas_day == FROM, Reading.version == 2)
    ).one()
    assert (reading.state, reading.reason) == (ReadingState.CORRECTED, "Un solo medidor")
    assert session.get_one(NominationHead, (point.id, FROM)).nomination.quantity == Quantity.of("140", M3)
    cut = session.get_one(DailyBalance, (point.id, FROM.plus(1)))
    assert (cut.authorised_m3, cut.cut_reason) == (Quantity.of("135", M3), CutReason.PCC)
    link = session.scalars(select(PointSuccession)).one()
    assert (link.before_id, link.after_id, link.kind) == (other.id, point.id, SuccessionKind.MERGER)
    mail = session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == CLIENT)).one()
    assert mail.subject == f"{other.name} se une a {point.name}"
    sound(session)


def test_a_meter_that_stood_still_adds_nothing(session: Session, operator: Actor, point: DeliveryPoint) -> None:
    with transaction(session):
        made = factories.delivery_point(
            session, contract=point.contract, exit_point_id=point.exit_point_id, carrier_code="M-2", starts_on=FROM
        )
        made.starts_on = NOVEMBER.first
    before = consumed(session, point)
    merge(session, operator, made, "M-1")
    assert consumed(session, point) == before
    sound(session)


def test_a_day_that_only_the_merged_point_has_measured_is_named(
    session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint
) -> None:
    late = LAST_MEASURED.plus(1)
    with transaction(session):
        factories.reading(session, other, late, "55", state=ReadingState.PROVISIONAL)
        ledger.rewrite_day(session, delivery_point=other, gas_day=late)
    with pytest.raises(Rejected) as found:
        merge(session, operator, other, "M-1")
    assert (found.value.refusal, found.value.facts["day"]) == (Refusal.MERGER_UNMEASURED, late)
    session.rollback()


@pytest.mark.parametrize("code", ["M-2", "NADA", "M-7"])
def test_it_is_merged_into_another_point_of_its_company(
    session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint, code: str
) -> None:
    with transaction(session):
        factories.delivery_point(session, carrier_code="M-7")
    with pytest.raises(Rejected) as found:
        merge(session, operator, other, code)
    assert found.value.refusal is Refusal.MERGER_UNKNOWN
    session.rollback()


def test_a_closed_month_is_left_alone(
    session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint
) -> None:
    closed = NOVEMBER.first.plus(-2)
    with transaction(session):
        other.starts_on = closed.plus(-1)
    for go in (
        lambda: merge(session, operator, other, "M-1", day=closed),
        lambda: divide(session, operator, point, day=closed),
    ):
        with pytest.raises(Rejected) as found:
            go()
        assert (found.value.refusal, found.value.facts["possible"]) == (Refusal.CHANGE_IN_CLOSED_MONTH, NOVEMBER.first)
        session.rollback()


def test_a_share_of_days_and_balance_goes_to_the_new_point(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    whole = account(session, point)
    asked = divisions.Asked(FROM, "M-9", "EDS Nueva", 2500, "Dos medidores", with_letter=True)
    effect = divisions.preview(
        Act.at(session, operator, NOW), point=point.public_id, asked=asked, seen=fingerprint(of_point(point))
    )
    new = divide(session, operator, point)
    assert total(session, point, new).m3 == whole.m3
    assert (account(session, point).m3, account(session, new).m3) == (effect.rest, effect.part)
    assert (consumed(session, point)[FROM], consumed(session, new)[FROM]) == (67_500_000, 22_500_000)
    assert consumed(session, point)[FROM.plus(-1)] == 90 * 10**6
    heads = [session.get_one(NominationHead, (each.id, FROM)).nomination.quantity for each in (point, new)]
    assert heads == [Quantity.of("75", M3), Quantity.of("25", M3)]
    assert (new.contract_id, new.unit, new.exit_point_id) == (point.contract_id, point.unit, point.exit_point_id)
    assert session.scalars(select(KeyLetter)).one().delivery_point_id == new.id
    # What can still be nominated stays where it is.
    assert session.get_one(NominationHead, (point.id, day("2026-12-01"))).nomination.quantity == Quantity.of("100", M3)
    assert registry.balances.carry_due(Act.of_system(session, NOW + timedelta(days=1))) == 0
    sound(session)


@pytest.mark.parametrize("share", [3333, 1, 9999])
def test_all_that_was_nominated_stays_authorised_in_both_of_a_division(
    session: Session, operator: Actor, point: DeliveryPoint, share: int
) -> None:
    today = GasDay.of(NOW)
    with transaction(session):
        factories.nomination(session, point, today, "101")
        factories.authorisation(session, point, today, "101", revision=1)
        ledger.rebuild_point(session, delivery_point=point)
    new = divide(session, operator, point, share=share)
    for each in (point, new):
        told = tell_day(session, each, today)
        assert told == (DayState.AUTHORISED, NominationState.SCHEDULED)
    sound(session)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"share": 0}, Refusal.SHARE_OUT_OF_RANGE),
        ({"share": 10_000}, Refusal.SHARE_OUT_OF_RANGE),
        ({"code": "M-1"}, Refusal.CARRIER_CODE_TAKEN),
        ({"code": "ñ"}, Refusal.CODE_MALFORMED),
        ({"day": NOVEMBER.first.plus(-40)}, Refusal.CHANGE_BEFORE_START),
        ({"reason": " "}, Refusal.REASON_MISSING),
    ],
)
def test_a_division_that_cannot_be_is_refused(
    session: Session, operator: Actor, point: DeliveryPoint, given: dict[str, object], refusal: Refusal
) -> None:
    with pytest.raises(Rejected) as found:
        divide(session, operator, point, **given)
    assert found.value.refusal is refusal
    session.rollback()
    assert session.scalars(select(DeliveryPoint)).unique().all() == [point]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_divided_and_merged_again_sums_up_to_the_same(
    session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint, seed: int
) -> None:
    chance = random.Random(seed)
    with transaction(session):
        for each in (point, other):
            for number in range(1, 23):
                gas_day = GasDay(NOVEMBER.first.plus(number - 1).date)
                if chance.random() < 0.5:
                    m3 = f"{chance.randint(0, 300)}.{chance.randint(0, 999_999):06}"
                    state = ReadingState.CORRECTED
                    factories.reading(session, each, gas_day, m3, version=2, state=state, reason="Prueba")
                if chance.random() < 0.4:
                    factories.authorisation(session, each, gas_day, str(chance.randint(1, 200)), revision=1)
            ledger.rebuild_point(session, delivery_point=each)
    whole, points = total(session, point, other), [point, other]
    days = sorted(chance.sample(range(3, 21), 3))
    points.append(
        divide(session, operator, point, day=NOVEMBER.first.plus(days[0]), share=chance.randint(1, 9_999), code="M-8")
    )
    merge(session, operator, other, "M-8", day=NOVEMBER.first.plus(days[1]), carries=chance.random() < 0.5)
    merge(session, operator, points[2], "M-1", day=NOVEMBER.first.plus(days[2]))
    found = total(session, *points)
    assert found.m3 == whole.m3
    # Each day in two halves is converted twice: a millionth of an MBTU a day and figure.
    assert abs((found.mbtu - whole.mbtu).micro) <= 3 * 2 * 31
    sound(session)


def test_of_two_people_at_once_one_merges_or_divides_and_the_other_is_told(
    sessions: sessionmaker[Session], session: Session, operator: Actor, point: DeliveryPoint, other: DeliveryPoint
) -> None:
    seen = fingerprint(of_point(other))
    act = Act.at(session, operator, NOW)
    merging = mergers.Asked(FROM, "M-1", "Un solo medidor")
    dividing = divisions.Asked(FROM, "M-9", "EDS Nueva", 2500, "Dos medidores", with_letter=False)
    one = mergers.preview(act, point=other.public_id, asked=merging, seen=seen).fingerprint
    two = divisions.preview(act, point=other.public_id, asked=dividing, seen=seen).fingerprint
    name = other.public_id
    session.rollback()

    def go(number: int) -> str:
        with sessions() as own:
            at = Act.at(own, operator, NOW)
            try:
                if number:
                    mergers.change(at, point=name, asked=merging, seen=seen, agreed=one)
                else:
                    divisions.change(at, point=name, asked=dividing, seen=seen, agreed=two)
            except (Conflict, Rejected):
                return "told"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, range(2))) == ["done", "told"]
    sound(session)


def test_points_with_another_unit_and_gate_are_merged_in_the_unit_of_the_one_that_goes_on(
    session: Session, operator: Actor, point: DeliveryPoint
) -> None:
    with transaction(session):
        gate = factories.exit_point(session)
        factories.heating_value(session, gate.id, NOVEMBER.first, HeatingValue.of("1000"))
        made = factories.delivery_point(
            session,
            contract=point.contract,
            exit_point_id=gate.id,
            carrier_code="M-2",
            unit=Unit.MBTU,
            starts_on=NOVEMBER.first,
        )
        for each in (FROM, FROM.plus(1)):
            factories.nomination(session, made, each, "2", heating_value=HeatingValue.of("1000"))
            factories.reading(session, made, each, "55")
        ledger.rebuild_point(session, delivery_point=made)
    merge(session, operator, made, "M-1")
    assert consumed(session, point)[FROM] == 145 * 10**6
    nominated = session.get_one(NominationHead, (point.id, FROM)).nomination.quantity
    assert nominated == Quantity.of("100", M3) + Gas.of(Quantity.of("2", Unit.MBTU), HeatingValue.of("1130")).m3
    sound(session)


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("what", ["change", "merge", "divide"])
def test_acts_that_move_figures_lock_in_the_one_order(
    sessions: sessionmaker[Session],
    session: Session,
    operator: Actor,
    point: DeliveryPoint,
    other: DeliveryPoint,
    what: str,
) -> None:
    acts: dict[str, Callable[[Session, DeliveryPoint], object]] = {
        "change": lambda own, row: done(own, operator, row, from_then(to_mbtu(own, row))),
        "merge": lambda own, row: merge(own, operator, row, "M-1"),
        "divide": lambda own, row: divide(own, operator, row),
    }
    name = other.public_id
    session.rollback()

    with sessions() as own:
        row = own.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == name)).unique().one()
        with tables_locked(own) as taken:
            acts[what](own, row)
    assert {"delivery_points", "nomination_heads", "audit_head"} <= set(taken)
    assert taken == sorted(taken, key=lambda table: RANKS[table])
