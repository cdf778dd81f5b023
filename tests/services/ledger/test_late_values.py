"""The heating value of a closed month, put right by a second person at every point of its exit point (adr/0099)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.balance import LateTreatment
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.models import Adjustment, AuditEvent, DailyHeatingValue, DeliveryPoint, LateHeatingEffect, OutboxMessage
from portal.models.append_only import unprotect
from portal.services import ledger
from portal.services.ledger import closings, heating_values
from portal.services.ledger.closings import WantedValue
from portal.services.ops import cross_checks
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import sealed_rows
from tests import factories
from tests.services.ledger_rows import day, figures, projection, stored_day, stored_month

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
WRONG, RIGHT = HeatingValue.of("1130"), HeatingValue.of("1100.125")
ON = "2026-09-10"
# 90 m³ × 35,3146667214886 ft³/m³ × BTU/ft³ ÷ 1.000.000, by hand.
WAS, IS, LESS = "3.591502", "3.496549", "0.094953"


def gate(session: Session, *, restating: bool = True) -> tuple[DeliveryPoint, DeliveryPoint]:
    """Two points of one exit point, 100 m³ nominated and 90 measured a day: adjusted the first, stated again the other.

    10 September has a heating value of its own, and so has the 12th: the 11th is converted with that of the 10th.
    """
    with transaction(session):
        at = factories.exit_point(session, code="PS-9", name="Apiay")
        points = []
        for number, restates in enumerate((False, restating)):
            held = factories.contract(
                session, starts_on=SEPTEMBER.first, restates_closed_months=restates, unit=Unit.MBTU
            )
            points.append(
                factories.delivery_point(
                    session,
                    contract=held,
                    exit_point_id=at.id,
                    unit=Unit.MBTU,
                    carrier_code=f"M-{number}",
                    starts_on=SEPTEMBER.first,
                )
            )
        for on in (SEPTEMBER.first, day(ON), day("2026-09-12")):
            factories.heating_value(session, at.id, on, WRONG)
        for point in points:
            for each in (*SEPTEMBER.days(), *OCTOBER.days()):
                factories.reading(session, point, each, "90")
            ledger.rebuild_point(session, delivery_point=point)
    for point in points:
        for month in (SEPTEMBER, OCTOBER):
            closings.close_month(Act.at(session, Actor.system(), NOW), delivery_point_id=point.id, month=month)
    return points[0], points[1]


def person(session: Session, role: Role) -> Actor:
    with transaction(session):
        who = factories.user(session, role=role)
    return Actor(who.id, who.email, who.name, who.role, None, "", "cli")


def ask(session: Session, actor: Actor, on: str = ON, value: HeatingValue = RIGHT, *, now: datetime = NOW) -> str:
    wanted = WantedValue("PS-9", day(on), value)
    shown = closings.fingerprint_of(closings.preview_value(Act.of_system(session, now), wanted=wanted))
    session.rollback()
    return closings.request_value(
        Act.at(session, actor, now), wanted=wanted, reason=" Cromatógrafo\n", shown=shown
    ).public_id


def decide(session: Session, actor: Actor, public_id: str, *, approve: bool = True, now: datetime = NOW) -> None:
    (shown,) = [
        each.shown
        for each in closings.list_requested_values(Act.of_system(session, now))
        if each.public_id == public_id
    ]
    session.rollback()
    closings.decide_value(Act.at(session, actor, now), public_id=public_id, approve=approve, shown=shown)


def agree(session: Session) -> bool:
    checks = (ledger.verify, closings.verify, cross_checks.verify_versions, sealed_rows.verify)
    return all(check(session) is None for check in checks)


def closing_of(session: Session, point: DeliveryPoint, month: str) -> str | None:
    return figures(stored_month(session, point.id, month).closing_mbtu)


def test_each_point_of_the_gate_is_put_right_as_its_contract_says(session: Session) -> None:
    adjusted, restated = gate(session)
    before = projection(session, adjusted.id)
    operator, supervisor = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    effects = closings.preview_value(Act.of_system(session, NOW), wanted=WantedValue("PS-9", day(ON), RIGHT))
    assert [
        (each.point.id, each.days, each.treatment, figures(each.effect.mbtu), figures(each.effect.m3))
        for each in effects
    ] == [
        (adjusted.id, 2, LateTreatment.ADJUSTMENT, "0.189906", "0"),
        (restated.id, 2, LateTreatment.RESTATEMENT, "0.189906", "0"),
    ]
    session.rollback()
    asked = ask(session, operator)
    assert figures(stored_day(session, restated.id, day(ON)).consumed_mbtu) == WAS
    session.rollback()
    decide(session, supervisor, asked)

    for on in (ON, "2026-09-11"):
        assert figures(stored_day(session, adjusted.id, day(on)).consumed_mbtu) == WAS
        assert figures(stored_day(session, restated.id, day(on)).consumed_mbtu) == IS
    assert figures(stored_day(session, restated.id, day("2026-09-12")).consumed_mbtu) == WAS
    versions = [
        [
            len(closings.list_closings_of_month(session, delivery_point_id=point.id, month=month))
            for month in (SEPTEMBER, OCTOBER)
        ]
        for point in (adjusted, restated)
    ]
    assert versions == [[1, 1], [2, 2]]
    (moved,) = session.scalars(select(Adjustment))
    assert (moved.delivery_point_id, moved.gas_day, figures(moved.quantity_mbtu), figures(moved.quantity_m3)) == (
        adjusted.id,
        GasDay.of(NOW),
        "0.189906",
        "0",
    )
    assert moved.note == (
        "Poder calorífico del jueves 10 de septiembre de 2026, mes cerrado: de 1.130 a 1.100,125 BTU/ft³ en Apiay. "
        "Cromatógrafo"
    )
    # Both accounts end at the same figure, in their own ways.
    assert closing_of(session, adjusted, "2026-11") == closing_of(session, restated, "2026-10")
    assert [row for row in projection(session, adjusted.id) if row in before] == before
    assert [
        heating_values.find_in_force(
            session, exit_point_id=point.exit_point_id, gas_day=day("2026-09-11"), delivery_point_id=point.id
        ).value
        for point in (adjusted, restated)
    ] == [WRONG, RIGHT]
    bodies = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "late-correction")).all()
    assert len(bodies) == 2
    assert all("de 1.130 a 1.100,125 BTU/ft³" in body and "0,189906 MBTU a favor y 0 m³" in body for body in bodies)
    events = [
        each
        for each in session.scalars(select(AuditEvent.event).order_by(AuditEvent.sequence))
        if each.startswith("value-correction")
    ]
    assert events == [
        "value-correction:requested",
        "value-correction:applied",
        "value-correction:applied",
        "value-correction:approved",
    ]
    session.rollback()
    assert agree(session)


def test_the_accounts_made_anew_are_those_that_stood(session: Session) -> None:
    points = gate(session)
    decide(session, person(session, Role.SUPERVISOR), ask(session, person(session, Role.OPERATOR)))
    stood = [projection(session, point.id) for point in points]
    session.rollback()
    ledger.rebuild(session)
    assert [projection(session, point.id) for point in points] == stood
    session.rollback()
    assert agree(session)


def test_a_second_correction_starts_from_what_the_first_put_right(session: Session) -> None:
    adjusted, restated = gate(session)
    operator, supervisor = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    opened = closing_of(session, adjusted, "2026-10")
    session.rollback()
    decide(session, supervisor, ask(session, operator))
    # An account once adjusted is adjusted from then on, whatever the contract says later.
    with transaction(session):
        session.get_one(DeliveryPoint, adjusted.id).contract.restates_closed_months = True
    decide(session, supervisor, ask(session, operator, value=WRONG))
    assert closing_of(session, adjusted, "2026-11") == opened
    assert closing_of(session, restated, "2026-10") == opened
    assert len(session.scalars(select(Adjustment)).all()) == 2
    session.rollback()
    assert agree(session)


def test_a_consumption_adjusted_before_or_after_counts_with_the_value_that_is_charged(session: Session) -> None:
    adjusted, _ = gate(session)
    operator, supervisor = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    opened = stored_month(session, adjusted.id, "2026-10").closing_mbtu
    session.rollback()

    def correct(volume: str) -> None:
        asked = closings.request(
            Act.at(session, operator, NOW),
            delivery_point_id=adjusted.id,
            gas_day=day(ON),
            volume=Quantity.of(volume, Unit.M3),
            reason="Medidor",
        )
        closings.decide(Act.at(session, supervisor, NOW), public_id=asked.public_id, approve=True)

    correct("180")
    decide(session, supervisor, ask(session, operator))
    correct("0")
    # All of the 10th is back, and the difference of the 11th.
    back = stored_month(session, adjusted.id, "2026-11").closing_mbtu - opened
    assert abs(back - Quantity.of("3.686455", Unit.MBTU)).micro <= 2
    session.rollback()
    assert agree(session)


def test_after_five_months_a_value_against_the_customer_moves_nothing(session: Session) -> None:
    points = gate(session)
    operator, supervisor = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    # The last day on which 10 September may be charged is 10 February.
    too_late = GasDay(date(2027, 2, 11)).start
    before = [projection(session, point.id) for point in points]
    session.rollback()
    decide(session, supervisor, ask(session, operator, value=HeatingValue.of("1200"), now=too_late), now=too_late)
    assert [projection(session, point.id) for point in points] == before
    assert session.scalars(select(Adjustment)).all() == []
    assert [each.treatment for each in session.scalars(select(LateHeatingEffect))] == [None, None]
    bodies = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "late-correction")).all()
    assert ["no se cobra ni mueve su cuenta" in body for body in bodies] == [True, True]
    session.rollback()
    assert agree(session)
    # In the customer's favour it counts, whenever it is found, from what was charged.
    decide(session, supervisor, ask(session, operator, now=too_late), now=too_late)
    (moved,) = session.scalars(select(Adjustment.quantity_mbtu))
    assert figures(moved) == "0.189906"
    session.rollback()
    assert agree(session)


def test_a_day_without_a_value_of_its_own_gets_one(session: Session) -> None:
    adjusted, restated = gate(session)
    decide(session, person(session, Role.SUPERVISOR), ask(session, person(session, Role.OPERATOR), "2026-09-11"))
    kept, given = (stored_day(session, point.id, day("2026-09-11")) for point in (adjusted, restated))
    assert (figures(kept.consumed_mbtu), kept.heating_value_provisional) == (WAS, True)
    assert (figures(given.consumed_mbtu), given.heating_value_provisional) == (IS, False)
    assert figures(session.scalars(select(Adjustment.quantity_mbtu)).one()) == LESS
    session.rollback()
    assert agree(session)


def test_a_point_whose_month_is_open_is_converted_anew(session: Session) -> None:
    adjusted, _ = gate(session)
    with transaction(session):
        other = factories.delivery_point(
            session,
            contract=factories.contract(session, starts_on=SEPTEMBER.first),
            exit_point_id=adjusted.exit_point_id,
            carrier_code="M-7",
            starts_on=SEPTEMBER.first,
        )
        factories.reading(session, other, day(ON), "90")
        ledger.rebuild_point(session, delivery_point=other)
    asked = ask(session, person(session, Role.OPERATOR))
    (waiting,) = closings.list_requested_values(Act.of_system(session, NOW))
    assert [each.is_open for each in waiting.effects] == [False, False, True]
    session.rollback()
    decide(session, person(session, Role.SUPERVISOR), asked)
    assert figures(stored_day(session, other.id, day(ON)).consumed_mbtu) == IS
    session.rollback()
    assert agree(session)


def test_one_supervisor_who_did_not_ask_decides_once(session: Session) -> None:
    points = gate(session)
    operator, supervisor = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    other, second = person(session, Role.OPERATOR), person(session, Role.SUPERVISOR)
    before = [projection(session, point.id) for point in points]
    session.rollback()
    asked = ask(session, supervisor)
    for actor, refusal in ((supervisor, Refusal.OWN_REQUEST), (operator, Refusal.VALUE_BY_SUPERVISOR)):
        for approve in (True, False):
            with pytest.raises(Rejected) as caught:
                decide(session, actor, asked, approve=approve)
            assert caught.value.refusal is refusal
    with pytest.raises(Conflict):
        closings.decide_value(Act.at(session, second, NOW), public_id=asked, approve=True, shown="other")
    with pytest.raises(NotFound):
        closings.decide_value(Act.at(session, second, NOW), public_id="0", approve=True, shown="")
    with pytest.raises(NotAllowed):
        closings.decide_value(
            Act.at(session, person(session, Role.AUDITOR), NOW), public_id=asked, approve=True, shown=""
        )
    decide(session, second, asked, approve=False)
    with pytest.raises(Conflict):
        decide(session, second, asked)
    assert other.user_id != second.user_id
    assert [projection(session, point.id) for point in points] == before
    assert len(session.scalars(select(DailyHeatingValue)).all()) == 3
    session.rollback()
    assert agree(session)


def test_a_request_that_makes_no_sense_is_refused(sqlite_session: Session) -> None:
    session = sqlite_session
    gate(session)
    operator = person(session, Role.OPERATOR)
    ask(session, operator, "2026-09-12")
    for on, value, refusal in (
        ("2026-11-01", RIGHT, Refusal.VALUE_DAY_OPEN),
        (ON, WRONG, Refusal.VALUE_UNCHANGED),
        ("2026-09-12", WRONG, Refusal.VALUE_UNCHANGED),
        ("2026-09-12", HeatingValue.of("900"), Refusal.CORRECTION_PENDING),
    ):
        with pytest.raises(Rejected) as caught:
            ask(session, operator, on, value)
        assert caught.value.refusal is refusal
    wanted = WantedValue("PS-9", day(ON), RIGHT)
    for reason, refusal in ((" ", Refusal.REASON_MISSING), ("x" * 301, Refusal.REASON_TOO_LONG)):
        with pytest.raises(Rejected) as caught:
            closings.request_value(Act.at(session, operator, NOW), wanted=wanted, reason=reason, shown="")
        assert caught.value.refusal is refusal
    with pytest.raises(Conflict):
        closings.request_value(Act.at(session, operator, NOW), wanted=wanted, reason="Otro", shown="other")
    with pytest.raises(NotAllowed):
        closings.request_value(Act.at(session, Actor.system(), NOW), wanted=wanted, reason="Otro", shown="other")


def test_what_was_done_to_a_point_is_sealed_by_the_daily_anchor(session: Session) -> None:
    gate(session)
    asked = ask(session, person(session, Role.OPERATOR))
    decide(session, person(session, Role.SUPERVISOR), asked)
    effects = session.scalars(select(LateHeatingEffect)).all()
    moved = [each for each in effects if each.treatment is LateTreatment.ADJUSTMENT]
    assert moved
    assert all(each.adjustment_id is not None for each in moved)
    assert sealed_rows.find_last_id(session, "late_heating_effects") == len(effects)
    before = sealed_rows.list_blocks(session, table="late_heating_effects", after=0, until=len(effects))
    with transaction(session):
        for statement in unprotect(session.get_bind().dialect.name, "late_heating_effects"):
            session.execute(text(statement))
        session.execute(text("UPDATE late_heating_effects SET effect_m3 = effect_m3 + 1"))
    assert sealed_rows.list_blocks(session, table="late_heating_effects", after=0, until=len(effects)) != before
