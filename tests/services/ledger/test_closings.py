"""Closed months: numbered and frozen, and put right afterwards by two people.

Source: docs/rules.md, "Closed months", "Readings"; docs/security.md, "Roles".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.domain.balance import LateTreatment
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.models import Adjustment, AuditEvent, DeliveryPoint, MonthClosing, OutboxMessage, Reading
from portal.services import ledger
from portal.services.files import intake
from portal.services.files.problems import BadFile, Rule
from portal.services.ledger import closings
from portal.services.measures import heating_value_files, readings
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.ledger_rows import day, figures, stored_day, stored_month

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (8, 9, 10))
CLERK = Actor.system()


def m3(amount: str) -> Quantity:
    return Quantity.of(amount, Unit.M3)


def measured(
    session: Session,
    *months: Month,
    but: tuple[str, ...] = (),
    state: ReadingState = ReadingState.CERTIFIED,
    **contract: Any,
) -> DeliveryPoint:
    """A point that begins with the first of the months, nominated 100 and measured 90 m³ on each of their days."""
    starts_on = months[0].first
    with transaction(session):
        contract_row = factories.contract(session, starts_on=starts_on, **contract)
        point = factories.delivery_point(session, contract=contract_row, carrier_code="M-1")
        factories.heating_value(session, point.exit_point_id, starts_on, HeatingValue.of("1130"))
        for month in months:
            for each in month.days():
                if each.isoformat() not in but:
                    factories.nomination(session, point, each, "100")
                    factories.reading(session, point, each, "90", state=state)
        ledger.rebuild_point(session, delivery_point=point)
    return point


def people(session: Session) -> tuple[Actor, Actor]:
    """An operator and a supervisor."""
    with transaction(session):
        both = [factories.user(session, role=role) for role in (Role.OPERATOR, Role.SUPERVISOR)]
    operator, supervisor = (Actor(who.id, who.email, who.name, who.role, None, "", "cli") for who in both)
    return operator, supervisor


def close(session: Session, point: DeliveryPoint, month: Month, now: datetime = NOW) -> MonthClosing:
    return closings.close_month(Act.at(session, CLERK, now), delivery_point_id=point.id, month=month)


def refused(session: Session, point: DeliveryPoint, month: Month, now: datetime = NOW) -> Rejected:
    with pytest.raises(Rejected) as caught:
        close(session, point, month, now)
    return caught.value


def ask(session: Session, actor: Actor, point: DeliveryPoint, on: str, volume: str, reason: str = "Medidor") -> str:
    asked = closings.request(
        Act.at(session, actor, NOW), delivery_point_id=point.id, gas_day=day(on), volume=m3(volume), reason=reason
    )
    return asked.public_id


def agree(session: Session) -> bool:
    return ledger.verify(session) is None and closings.verify(session) is None


def test_a_closed_month_keeps_its_figures_under_a_number(session: Session) -> None:
    point = measured(session, SEPTEMBER, OCTOBER)
    first, second = close(session, point, SEPTEMBER), close(session, point, OCTOBER)
    assert (first.statement_number, second.statement_number) == ("CB-2026-000001", "CB-2026-000002")
    assert (figures(first.imbalance_m3), figures(first.closing_m3)) == ("300", "300")
    assert (figures(second.opening_m3), figures(second.closing_m3), figures(second.consumed_m3)) == (
        "300",
        "610",
        "2790",
    )
    assert (second.measured_days, second.missing_days, second.provisional_days, second.version) == (31, 0, 0, 1)
    assert closings.find_last_closed_month(session, delivery_point_id=point.id) == OCTOBER
    [view] = closings.list_closings_of_month(session, delivery_point_id=point.id, month=OCTOBER)
    assert (view.statement_number, figures(view.closing[Unit.M3])) == ("CB-2026-000002", "610")
    assert [event.event for event in session.scalars(select(AuditEvent))] == ["month:closed", "month:closed"]
    assert session.scalars(select(OutboxMessage.subject)).first() == f"Se cerró septiembre de 2026 de {point.name}"
    assert agree(session)


def test_estimated_and_provisional_days_are_counted_in_the_statement(session: Session) -> None:
    point = measured(session, OCTOBER, state=ReadingState.PROVISIONAL)
    assert close(session, point, OCTOBER).provisional_days == 31


def test_a_month_is_refused_while_it_runs_lacks_readings_or_is_not_its_turn(session: Session) -> None:
    point = measured(session, AUGUST, SEPTEMBER, OCTOBER, but=("2026-10-07", "2026-10-30"))
    assert refused(session, point, Month(2026, 11)).refusal is Refusal.MONTH_NOT_OVER
    assert refused(session, point, Month(2026, 7)).refusal is Refusal.MONTH_NOT_SERVED
    missing = refused(session, point, OCTOBER)
    assert (missing.refusal, missing.facts["days"]) == (
        Refusal.READINGS_MISSING,
        [day("2026-10-07"), day("2026-10-30")],
    )
    close(session, point, AUGUST)
    assert refused(session, point, AUGUST).refusal is Refusal.MONTH_CLOSED
    turn = refused(session, point, OCTOBER)
    assert (turn.refusal, turn.facts["month"]) == (Refusal.MONTH_OUT_OF_ORDER, SEPTEMBER)
    # October is over at midnight of Bogotá, five hours after that of UTC.
    early = refused(session, point, SEPTEMBER, datetime(2026, 10, 1, 4, 59, 59, tzinfo=UTC))
    assert early.refusal is Refusal.MONTH_NOT_OVER
    assert close(session, point, SEPTEMBER, datetime(2026, 10, 1, 5, tzinfo=UTC)).statement_number == "CB-2026-000002"


def test_a_closing_freezes_all_that_came_before_it(session: Session) -> None:
    point = measured(session, SEPTEMBER, OCTOBER, but=("2026-09-09",))
    close(session, point, OCTOBER)
    assert refused(session, point, SEPTEMBER).refusal is Refusal.MONTH_CLOSED
    with pytest.raises(Rejected) as caught:
        closings.require_open(session, delivery_point_id=point.id, gas_day=day("2026-09-09"))
    assert caught.value.refusal is Refusal.MONTH_CLOSED
    closings.require_open(session, delivery_point_id=point.id, gas_day=day("2026-11-01"))


def test_files_that_would_change_a_closed_month_are_refused_by_line(session: Session) -> None:
    point = measured(session, OCTOBER)
    close(session, point, OCTOBER)
    rows = ["punto;fecha;cantidad;estado;motivo", "M-1;2026-10-05;91;A;Medidor", "M-1;2026-10-06;90;C;"]
    lines = "\n".join([*rows, "M-1;2026-11-02;80;C;"])
    with pytest.raises(BadFile) as caught:
        intake.import_file(Act.at(session, CLERK, NOW), readings.FILES, name="l.csv", content=lines.encode())
    [problem] = caught.value.problems
    assert (problem.rule, problem.line, problem.column, problem.fact) == (Rule.MONTH_CLOSED, 2, "fecha", "2026-10")
    gate = session.scalars(select(DeliveryPoint)).unique().one().exit_point.code
    values = f"punto salida;fecha;pc\n{gate};2026-10-31;1100\n{gate};2026-11-01;1100\n"
    with pytest.raises(BadFile) as caught:
        intake.import_file(
            Act.at(session, CLERK, NOW), heating_value_files.FILES, name="p.csv", content=values.encode()
        )
    [problem] = caught.value.problems
    assert (problem.rule, problem.line) == (Rule.MONTH_CLOSED, 2)
    assert agree(session)


def test_a_late_correction_becomes_an_adjustment_and_the_closed_figures_stay(session: Session) -> None:
    point = measured(session, SEPTEMBER, OCTOBER)
    close(session, point, SEPTEMBER)
    operator, supervisor = people(session)
    asked = ask(session, operator, point, "2026-09-03", "95")
    assert [each.public_id for each in closings.list_pending(session)] == [asked]
    decided = closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True)
    assert decided.treatment is LateTreatment.ADJUSTMENT
    moved = session.get_one(Adjustment, decided.adjustment_id)
    assert (moved.reason, moved.gas_day, figures(moved.quantity_m3)) == (
        AdjustmentReason.CORRECTION,
        GasDay.of(NOW),
        "-5",
    )
    assert moved.note == "Consumo del jueves 3 de septiembre de 2026, mes cerrado: de 90 a 95 m³. Medidor"
    assert figures(stored_month(session, point.id, "2026-09").closing_m3) == "300"
    assert figures(stored_month(session, point.id, "2026-11").closing_m3) == "605"
    assert len(closings.list_closings_of_month(session, delivery_point_id=point.id, month=SEPTEMBER)) == 1
    # A second one starts from what the first put right.
    again = ask(session, operator, point, "2026-09-03", "93")
    closings.decide(Act.at(session, supervisor, NOW), public_id=again, approve=True)
    assert figures(stored_month(session, point.id, "2026-11").closing_m3) == "607"
    assert closings.list_pending(session) == []
    assert agree(session)


@pytest.mark.parametrize("restates", [False, True])
def test_after_five_months_a_correction_against_the_customer_moves_nothing(session: Session, restates: bool) -> None:
    point = measured(session, SEPTEMBER, OCTOBER, restates_closed_months=restates)
    close(session, point, SEPTEMBER)
    operator, supervisor = people(session)
    # The last day on which 3 September may be charged is 3 February; the next one is too late.
    too_late = GasDay(date(2027, 2, 4)).start
    before = figures(stored_month(session, point.id, "2026-10").closing_m3)
    asked = ask(session, operator, point, "2026-09-03", "95")
    (waiting,) = [each.correction for each in closings.list_requested(session)]
    assert not waiting.would_charge_nothing(too_late - timedelta(seconds=1))
    assert waiting.would_charge_nothing(too_late)
    session.rollback()
    decided = closings.decide(Act.at(session, supervisor, too_late), public_id=asked, approve=True)
    assert (decided.approved, decided.treatment, decided.adjustment_id) == (True, None, None)
    assert figures(stored_month(session, point.id, "2026-10").closing_m3) == before
    assert session.scalars(select(Adjustment)).all() == []
    assert len(closings.list_closings_of_month(session, delivery_point_id=point.id, month=SEPTEMBER)) == 1
    (kept,) = [each.correction for each in closings.list_requested(session)]
    assert kept.is_uncharged
    body = session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "late-correction")).one()
    assert "no se cobra ni mueve su cuenta" in body
    session.rollback()
    # In the customer's favour it counts, whenever it is found.
    asked = ask(session, operator, point, "2026-09-04", "80")
    decided = closings.decide(Act.at(session, supervisor, too_late), public_id=asked, approve=True)
    assert decided.treatment is not None
    assert agree(session)


def test_a_late_correction_states_its_month_and_the_later_ones_again(session: Session) -> None:
    point = measured(session, AUGUST, SEPTEMBER, OCTOBER, restates_closed_months=True)
    for month in (AUGUST, SEPTEMBER, OCTOBER):
        close(session, point, month)
    operator, supervisor = people(session)
    asked = ask(session, operator, point, "2026-09-03", "95", "  Cambio de\nmedidor ")
    decided = closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True)
    assert decided.treatment is LateTreatment.RESTATEMENT
    corrected = session.get_one(Reading, decided.reading_id)
    assert (corrected.state, corrected.version, corrected.reason) == (ReadingState.CORRECTED, 2, "Cambio de medidor")
    assert figures(stored_day(session, point.id, day("2026-09-03")).consumed_m3) == "95"
    versions = closings.list_closings_of_month(session, delivery_point_id=point.id, month=SEPTEMBER)
    assert [(view.version, view.statement_number, figures(view.closing[Unit.M3])) for view in versions] == [
        (2, "CB-2026-000004", "605"),
        (1, "CB-2026-000002", "610"),
    ]
    assert versions[0].reason == "Corrección del jueves 3 de septiembre de 2026: de 90 a 95 m³. Cambio de medidor"
    assert len(closings.list_closings_of_month(session, delivery_point_id=point.id, month=AUGUST)) == 1
    october = closings.list_closings_of_month(session, delivery_point_id=point.id, month=OCTOBER)
    assert [(view.version, figures(view.opening[Unit.M3])) for view in october] == [(2, "605"), (1, "610")]
    [told] = closings.list_corrections(session, delivery_point_id=point.id, first=SEPTEMBER.first, last=SEPTEMBER.last)
    assert (told.approved, figures(told.replaced), figures(told.volume)) == (True, "90", "95")
    assert agree(session)


def test_an_adjusted_day_is_never_restated_too(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    close(session, point, SEPTEMBER)
    operator, supervisor = people(session)
    asked = ask(session, operator, point, "2026-09-03", "95")
    closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True)
    with transaction(session):
        session.get_one(DeliveryPoint, point.id).contract.restates_closed_months = True
    asked = ask(session, operator, point, "2026-09-03", "80")
    again = closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True)
    assert again.treatment is LateTreatment.ADJUSTMENT
    assert figures(stored_month(session, point.id, "2026-11").closing_m3) == "310"


def test_nobody_decides_what_they_asked_for_and_nothing_is_decided_twice(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    close(session, point, SEPTEMBER)
    operator, supervisor = people(session)
    asked = ask(session, operator, point, "2026-09-03", "95")
    with pytest.raises(Rejected) as caught:
        closings.decide(Act.at(session, operator, NOW), public_id=asked, approve=True)
    assert caught.value.refusal is Refusal.OWN_REQUEST
    closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=False)
    with pytest.raises(Conflict):
        closings.decide(Act.at(session, supervisor, NOW), public_id=asked, approve=True)
    with pytest.raises(NotFound):
        closings.decide(Act.at(session, supervisor, NOW), public_id="0", approve=True)
    assert session.scalars(select(Adjustment)).all() == []
    assert figures(stored_month(session, point.id, "2026-09").closing_m3) == "300"


@pytest.mark.parametrize(
    ("on", "volume", "reason", "refusal"),
    [
        ("2026-09-03", "95", "  ", Refusal.REASON_MISSING),
        ("2026-09-03", "95", "x" * 301, Refusal.REASON_TOO_LONG),
        ("2026-10-03", "95", "Medidor", Refusal.MONTH_OPEN),
        ("2026-08-03", "95", "Medidor", Refusal.NO_READING),
        ("2026-09-03", "90", "Medidor", Refusal.NOTHING_CHANGES),
        ("2026-09-04", "95", "Medidor", Refusal.CORRECTION_PENDING),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    sqlite_session: Session, on: str, volume: str, reason: str, refusal: Refusal
) -> None:
    session = sqlite_session
    point = measured(session, SEPTEMBER, OCTOBER)
    close(session, point, SEPTEMBER)
    operator, _ = people(session)
    ask(session, operator, point, "2026-09-04", "96")
    with pytest.raises(Rejected) as caught:
        ask(session, operator, point, on, volume, reason)
    assert caught.value.refusal is refusal


def test_only_who_loads_readings_may_correct_them(sqlite_session: Session) -> None:
    point = measured(sqlite_session, SEPTEMBER)
    close(sqlite_session, point, SEPTEMBER)
    with pytest.raises(NotAllowed):
        ask(sqlite_session, CLERK, point, "2026-09-03", "95")


def test_the_check_names_the_statement_that_the_rows_no_longer_bear_out(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    number = close(session, point, SEPTEMBER).statement_number
    with transaction(session):
        factories.reading(session, point, day("2026-09-05"), "91", version=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-09-05"))
    assert ledger.verify(session) is None
    found = closings.verify(session)
    assert found is not None
    assert f"{number} of 2026-09, consumed_m3: 2700 is frozen, 2701 is what the rows say" in found


def test_two_people_who_close_the_same_month_make_one_statement(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        point = measured(session, SEPTEMBER)

    def attempt(_: int) -> str:
        with sessions() as own:
            try:
                return close(own, point, SEPTEMBER).statement_number
            except Rejected as error:
                return error.refusal.value

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, range(2)))
    assert answers == ["CB-2026-000001", "month-closed"]


def test_the_year_of_the_number_is_that_of_bogota(sqlite_session: Session) -> None:
    point = measured(sqlite_session, OCTOBER)
    new_year = datetime(2027, 1, 1, 4, 30, tzinfo=UTC)
    assert close(sqlite_session, point, OCTOBER, new_year).statement_number == "CB-2026-000001"
    assert new_year - timedelta(hours=5) < datetime(2027, 1, 1, tzinfo=UTC)
    assert sqlite_session.execute(text("SELECT count(*) FROM month_closings")).scalar() == 1
