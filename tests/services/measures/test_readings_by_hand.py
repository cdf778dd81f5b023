"""A day written by hand, and the gaps that are estimated: the rules of a file, and whose hand it was."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.estimates import Estimate
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import AuditEvent, DailyBalance, DeliveryPoint, OutboxMessage, Reading
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.ledger import closings
from portal.services.measures import readings
from portal.services.measures.readings import Chosen, Written
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories

NOW, TODAY = factories.NOW, factories.TODAY
YESTERDAY = TODAY.plus(-1)
P, C, E, A = ReadingState.PROVISIONAL, ReadingState.CERTIFIED, ReadingState.ESTIMATED, ReadingState.CORRECTED


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    """A point without a reading yet."""
    with transaction(session):
        return factories.delivery_point(session, public_id="apiay", starts_on=TODAY.plus(-60))


@pytest.fixture
def operator(session: Session) -> Actor:
    """Who writes."""
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.OPERATOR))


def known(session: Session, point: DeliveryPoint, day: GasDay, amount: str, state: ReadingState = P, version: int = 1):
    with transaction(session):
        there = session.merge(point)
        reason = "medidor" if state is A else None
        factories.reading(session, there, day, amount, state=state, version=version, reason=reason)
        ledger.rewrite_day(session, delivery_point=there, gas_day=day)


def write(session: Session, operator: Actor, state: ReadingState = P, **given: object) -> Reading:
    values = {"gas_day": YESTERDAY, "volume": m3("5320.75"), "state": state, "reason": None, "seen": 0} | given
    return readings.record(Act.at(session, operator, NOW), point="apiay", written=Written(**values))  # type: ignore[arg-type]


def test_a_day_written_by_hand_is_in_the_account_and_says_who_wrote_it(
    session: Session, point: DeliveryPoint, operator: Actor
):
    write(session, operator)
    write(session, operator, C, volume=m3("5400"), seen=1)
    balance = session.get_one(DailyBalance, (point.id, YESTERDAY))
    assert (balance.consumed_m3, balance.reading_state) == (m3("5400"), C)
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert event is not None
    assert (event.event, event.actor_id, event.subject) == ("reading:recorded", operator.user_id, "apiay")
    for said in ('"old_m3":"5320.75"', '"new_m3":"5400"', '"old_state":"provisional"', '"new_state":"certified"'):
        assert said in event.details
    newest = readings.load_day_of_point(session, point="apiay", gas_day=YESTERDAY).versions[0]
    assert (newest.version, newest.recorded_by) == (2, operator.name)
    _, days = readings.load_month_of_point(Act.of_system(session, NOW), point="apiay", month=Month.of(TODAY))
    assert [(day.gas_day, day.versions) for day in days if day.versions] == [(YESTERDAY, 2)]


@pytest.mark.parametrize(
    ("state", "given", "rule"),
    [
        (P, {"gas_day": TODAY.plus(1)}, Rule.FUTURE_DAY),
        (C, {"gas_day": TODAY}, Rule.DAY_NOT_OVER),
        (P, {"gas_day": TODAY.plus(-61)}, Rule.BEFORE_START),
        (P, {"volume": m3("10000001")}, Rule.TOO_LARGE),
        (P, {"reason": "porque sí"}, Rule.REASON_NOT_WANTED),
        (A, {}, Rule.REASON_MISSING),
        (A, {"reason": "medidor"}, Rule.NOTHING_TO_CORRECT),
        (C, {"gas_day": TODAY.plus(-3), "seen": 1}, Rule.CLOSED),
        (E, {"gas_day": TODAY.plus(-2), "seen": 1}, Rule.ALREADY_MEASURED),
        (P, {"gas_day": TODAY.plus(-2), "seen": 1, "volume": m3("4900")}, Rule.NOTHING_NEW),
        (A, {"gas_day": TODAY.plus(-3), "seen": 1, "reason": "x" * 501}, Rule.REASON_TOO_LONG),
        (P, {"gas_day": TODAY.plus(-40)}, Rule.MONTH_CLOSED),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_file_may_not_say_a_hand_may_not_write(
    session: Session, point: DeliveryPoint, operator: Actor, state: ReadingState, given: dict[str, object], rule: Rule
):
    known(session, point, TODAY.plus(-2), "4900")
    known(session, point, TODAY.plus(-3), "4800", C)
    with transaction(session):
        factories.month_closing(session, session.merge(point), Month(2026, 10), "0")
    with pytest.raises(BadFile) as bad:
        write(session, operator, state, **given)
    assert bad.value.problems[0].rule is rule
    assert len(session.scalars(select(Reading)).all()) == 2


def test_a_correction_is_told_to_the_customer(session: Session, point: DeliveryPoint, operator: Actor):
    known(session, point, YESTERDAY, "4900", C)
    write(session, operator, A, reason="Se cambió el medidor", seen=1)
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.kind, mail.recipient) == ("readings-corrected", point.contract.company.contact_email)


def test_who_was_slower_writes_nothing(session: Session, point: DeliveryPoint, operator: Actor):
    write(session, operator)
    for seen in (0, 2):
        with pytest.raises(Conflict):
            write(session, operator, volume=m3("5"), seen=seen)
    assert session.scalars(select(Reading.volume_m3)).all() == [m3("5320.75")]


def test_only_who_loads_readings_writes_one_and_only_of_points_that_are_there(
    session: Session, point: DeliveryPoint, operator: Actor
):
    written = Written(YESTERDAY, m3("5"), P, None, 0)
    with pytest.raises(NotFound):
        readings.record(Act.at(session, operator, NOW), point="nada", written=written)
    for role in set(Role) - {Role.OPERATOR, Role.SUPERVISOR}:
        with transaction(session):
            other = factories.signed_in(session, factories.user(session, role=role))
        with pytest.raises(NotAllowed):
            readings.record(Act.at(session, other, NOW), point="apiay", written=written)
        with pytest.raises(NotAllowed):
            readings.estimate(Act.at(session, other, NOW), chosen=[Chosen("apiay", YESTERDAY, 5)])


def gap(session: Session, day: GasDay) -> readings.Gap:
    return next(each for each in readings.find(Act.of_system(session, NOW), points=["apiay"]) if each.gas_day == day)


def test_a_gap_is_estimated_by_the_last_four_measured_days_of_its_weekday(
    session: Session, point: DeliveryPoint, operator: Actor
):
    for weeks, amount in enumerate(("1000", "2001", "3000", "4000", "9000"), start=1):
        known(session, point, YESTERDAY.plus(-7 * weeks), amount)
    # An estimate is no ground for another, and neither is another weekday.
    known(session, point, YESTERDAY.plus(-7), "1000", E, version=2)
    known(session, point, YESTERDAY.plus(-1), "77777")
    found = gap(session, YESTERDAY)
    assert found.estimate == Estimate(m3("4500"), days=4)
    assert gap(session, TODAY.plus(-59)).estimate is None
    assert readings.estimate(Act.at(session, operator, NOW), chosen=[Chosen("apiay", YESTERDAY, m3("4500").micro)]) == 1
    balance = session.get_one(DailyBalance, (point.id, YESTERDAY))
    assert (balance.consumed_m3, balance.reading_state) == (m3("4500"), E)
    assert YESTERDAY not in {each.gas_day for each in readings.find(Act.of_system(session, NOW), points=["apiay"])}


def test_a_gap_that_no_weekday_explains_takes_the_normal_months(session: Session, operator: Actor):
    with transaction(session):
        silent = factories.delivery_point(session, public_id="apiay", starts_on=GasDay(date(2026, 7, 1)))
        for day in Month(2026, 7).days():
            factories.reading(session, silent, day, "1234.5")
            ledger.rewrite_day(session, delivery_point=silent, gas_day=day)
    assert gap(session, YESTERDAY).estimate == Estimate(m3("1235"), months=1)
    assert readings.estimate(Act.at(session, operator, NOW), chosen=[Chosen("apiay", YESTERDAY, m3("1235").micro)])


def test_gaps_are_days_that_were_served_and_are_open(session: Session, point: DeliveryPoint):
    assert len(readings.find(Act.of_system(session, NOW), points=["apiay"])) == 60
    with transaction(session):
        factories.month_closing(session, session.merge(point), Month(2026, 10), "0")
    days = [each.gas_day for each in readings.find(Act.of_system(session, NOW), points=["apiay"])]
    assert (days[0], days[-1], len(days)) == (Month.of(TODAY).first, YESTERDAY, 22)


def test_estimates_are_written_all_or_none_and_never_another_than_was_shown(
    session: Session, point: DeliveryPoint, operator: Actor
):
    known(session, point, YESTERDAY.plus(-7), "1000")
    known(session, point, YESTERDAY.plus(-8), "2000")
    good = Chosen("apiay", YESTERDAY, m3("1000").micro)
    for bad in (
        Chosen("apiay", YESTERDAY.plus(-1), m3("2001").micro),
        Chosen("apiay", TODAY.plus(-59), 0),
        Chosen("apiay", YESTERDAY.plus(-7), m3("1000").micro),
        Chosen("nada", YESTERDAY, m3("1000").micro),
    ):
        with pytest.raises(Conflict):
            readings.estimate(Act.at(session, operator, NOW), chosen=[good, bad])
    assert len(session.scalars(select(Reading)).all()) == 2


def test_what_is_older_than_five_months_is_corrected_by_a_supervisor_alone(session: Session):
    old, young = GasDay(date(2026, 6, 22)), GasDay(date(2026, 6, 23))
    with transaction(session):
        point = factories.delivery_point(session, public_id="viejo", carrier_code="V-1")
        for day in (old, young):
            factories.reading(session, point, day, "4900", state=C)
        people = {
            role: factories.signed_in(session, factories.user(session, role=role))
            for role in (Role.OPERATOR, Role.SUPERVISOR)
        }

    def correct(day: GasDay, role: Role, amount: str = "5000") -> None:
        written = Written(day, m3(amount), A, "medidor", 1)
        readings.record(Act.at(session, people[role], NOW), point="viejo", written=written)

    correct(young, Role.OPERATOR)
    content = f"V-1;{old};5000;m3;A;medidor\n".encode()
    for refused in (
        lambda: correct(old, Role.OPERATOR),
        lambda: intake.preview(Act.at(session, people[Role.OPERATOR], NOW), readings.FILES, content=content),
        lambda: intake.import_file(
            Act.at(session, people[Role.OPERATOR], NOW), readings.FILES, name="a", content=content
        ),
    ):
        with pytest.raises(BadFile) as bad:
            refused()
        assert [problem.rule for problem in bad.value.problems] == [Rule.FOR_SUPERVISORS]
    # More than was recorded is not charged any more, by nobody; less is corrected in the customer's favour.
    for refused in (
        lambda: correct(old, Role.SUPERVISOR),
        lambda: intake.preview(Act.at(session, people[Role.SUPERVISOR], NOW), readings.FILES, content=content),
    ):
        with pytest.raises(BadFile) as bad:
            refused()
        assert [problem.rule for problem in bad.value.problems] == [Rule.TOO_OLD_TO_CHARGE]
    session.rollback()
    correct(old, Role.SUPERVISOR, "4800")


def test_a_late_correction_older_than_five_months_is_approved_by_a_supervisor_alone(session: Session):
    day = GasDay(date(2026, 5, 31))
    with transaction(session):
        point = factories.delivery_point(session, starts_on=day)
        factories.reading(session, point, day, "4900")
        ledger.rewrite_day(session, delivery_point=point, gas_day=day)
        factories.month_closing(session, point, Month(2026, 5), "0")
        one, two, supervisor = [
            factories.signed_in(session, factories.user(session, role=role))
            for role in (Role.OPERATOR, Role.OPERATOR, Role.SUPERVISOR)
        ]
        point_id = point.id
    asked = closings.request(
        Act.at(session, one, NOW), delivery_point_id=point_id, gas_day=day, volume=m3("5000"), reason="medidor"
    ).public_id
    with pytest.raises(Rejected) as refused:
        closings.decide(Act.at(session, two, NOW), public_id=asked, approve=True)
    assert refused.value.refusal is Refusal.SUPERVISOR_NEEDED
    assert closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True).approved
