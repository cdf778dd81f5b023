"""The former system's history: understood in each layout, held against its own totals, written whole or not at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import Channel
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.models import (
    Adjustment,
    Authorisation,
    DailyBalance,
    DeliveryPoint,
    MonthlyBalance,
    Nomination,
    Reading,
)
from portal.models import AuditEvent as AuditRow
from portal.services import ledger
from portal.services.files.problems import Rule
from portal.services.files.sheet_headers import match_title
from portal.services.ledger import closings
from portal.services.ops import cross_checks
from portal.services.ops.history import imports, shapes
from portal.services.ops.history.parts import File, Refused
from portal.services.ops.history.shapes import Figure
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from portal.services.trace import sealed_rows
from tests import factories
from tests.services.histories import CLOSING, DAYS, HISTORIES, KPC, NAMES, ONE, OTHER, RIGHT, History, long_text

NOW = factories.NOW


@pytest.fixture
def act(session: Session) -> Act:
    """The system, among the two points of the corpus, of one company each."""
    with transaction(session):
        gate = factories.exit_point(session, code="SAL-H")
        for code, name in NAMES.items():
            factories.delivery_point(
                session,
                contract=factories.contract(session),
                carrier_code=code,
                name=name,
                exit_point_id=gate.id,
                starts_on=GasDay(DAYS[0]),
            )
    return Act.at(session, Actor.system(), NOW)


def point_of(session: Session, code: str) -> DeliveryPoint:
    session.rollback()
    return session.scalars(select(DeliveryPoint).where(DeliveryPoint.carrier_code == code)).unique().one()


def figure(value: Quantity | None) -> str:
    return "" if value is None else plain(value)


def account(session: Session) -> dict[tuple[str, dt.date], tuple[str, str, str]]:
    session.rollback()
    rows = session.execute(
        select(DeliveryPoint.carrier_code, DailyBalance).join(
            DailyBalance, DailyBalance.delivery_point_id == DeliveryPoint.id
        )
    )
    return {
        (code, row.gas_day.date): (figure(row.nominated_m3), figure(row.authorised_m3), figure(row.consumed_m3))
        for code, row in rows
    }


def closing(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(DeliveryPoint.carrier_code, MonthlyBalance.closing_m3).join(
            MonthlyBalance, MonthlyBalance.delivery_point_id == DeliveryPoint.id
        )
    )
    return {code: plain(total) for code, total in rows}


def openings(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(DeliveryPoint.carrier_code, Adjustment.quantity_m3)
        .join(Adjustment, Adjustment.delivery_point_id == DeliveryPoint.id)
        .where(Adjustment.reason == AdjustmentReason.OPENING)
    )
    return {code: plain(total) for code, total in rows}


def count(session: Session) -> list[int]:
    session.rollback()
    tables = (Nomination, Authorisation, Reading, Adjustment, DailyBalance, AuditRow)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def text(content: str, name: str = "historia.csv") -> imports.Wanted:
    return imports.Wanted([File(name, content.encode())])


def holds(session: Session, act: Act) -> None:
    """Nothing that verifies the database finds anything."""
    assert ledger.verify(session) is None
    assert cross_checks.verify_receipts(session) is None
    assert cross_checks.verify_versions(session) is None
    assert sealed_rows.verify(session) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_layout_is_loaded_with_its_right_values(session: Session, act: Act, history: History):
    wanted = imports.Wanted(history.files, opposite_sign=history.opposite_sign)
    shown = imports.preview_history(act, wanted)
    assert shown.open == []
    done = imports.take_history(act, wanted)
    assert account(session) == RIGHT
    assert openings(session) == history.openings
    moved = {
        code: Decimal(CLOSING[code]) - (0 if history.openings else Decimal(opening))
        for code, opening in {ONE: "1250.5", OTHER: "-300"}.items()
    }
    assert closing(session) == {code: f"{total.normalize():f}" for code, total in moved.items()}
    assert [plan.is_reconciled for plan in done.plans] == [True, True]
    holds(session, act)


def test_what_is_loaded_is_marked_as_of_before_the_portal(session: Session, act: Act):
    imports.take_history(act, text(long_text()))
    point = point_of(session, ONE)
    asked = session.scalars(select(Nomination).where(Nomination.delivery_point_id == point.id)).all()
    assert {(each.channel, each.revision, each.filing_number) for each in asked} == {(Channel.CARRIED_OVER, 1, None)}
    allowed = session.scalars(select(Authorisation)).all()
    assert {(each.revision, each.cut_reason) for each in allowed} == {(None, None)}
    assert {each.state for each in session.scalars(select(Reading))} == {ReadingState.CERTIFIED}
    events = session.scalars(select(AuditRow).where(AuditRow.event == AuditEvent.HISTORY_IMPORTED)).all()
    assert {event.subject for event in events} == {point.public_id, point_of(session, OTHER).public_id}
    holds(session, act)


def test_a_preview_writes_nothing(session: Session, act: Act):
    before = count(session)
    shown = imports.preview_history(act, text(long_text()))
    assert [sum(map(len, plan.added.values())) for plan in shown.plans] == [12, 11]
    assert count(session) == before


@pytest.mark.parametrize(
    "title", ["Cons", "Cons.", "Entregado", "Entregado m³", "Q Medida", "Volumen consumido", "Cantidad recibida"]
)
def test_the_consumption_is_found_under_what_senders_call_it(title: str):
    found = match_title(title, shapes.columns_of(Figure.CONSUMED, keyed=True))
    assert found is not None
    assert found.column.name == Figure.CONSUMED


def test_the_first_day_that_differs_is_named_and_nothing_is_written(session: Session, act: Act):
    before = count(session)
    wanted = text(long_text().replace("HIS-01;14/11/2026;0;0;0;0;1.030,50", "HIS-01;14/11/2026;0;0;0;0;1.030,00"))
    (plan, other) = imports.preview_history(act, wanted).plans
    assert plan.difference is not None
    found = plan.difference
    assert (found.day, found.computed, found.said) == (DAYS[2], 1_030_500_000, 1_030_000_000)
    assert other.is_reconciled
    with pytest.raises(imports.NotReconciled) as error:
        imports.take_history(act, wanted)
    assert [each.point.carrier_code for each in error.value.history.open] == [ONE]
    assert count(session) == before


def test_a_difference_that_is_accepted_is_kept_with_its_reason(session: Session, act: Act):
    wanted = text(long_text().replace("1.030,50", "1.030,00"))
    imports.take_history(act, wanted, accepted="Acta 12: la hoja perdió un día")
    events = session.scalars(select(AuditRow).where(AuditRow.event == AuditEvent.HISTORY_IMPORTED)).all()
    said = [event.details for event in events]
    assert sum("Acta 12" in str(details) and "2026-11-13" in str(details) for details in said) == 1
    assert closing(session) == CLOSING


def test_a_sheet_without_a_total_is_loaded_only_when_that_is_accepted(session: Session, act: Act):
    wanted = text(long_text(columns=3, opening=False))
    with pytest.raises(imports.NotReconciled):
        imports.take_history(act, wanted)
    imports.take_history(act, wanted, accepted="La hoja no lleva saldo")
    assert account(session) == RIGHT


def test_the_same_history_a_second_time_writes_nothing(session: Session, act: Act):
    imports.take_history(act, text(long_text()))
    before = count(session)
    again = imports.take_history(act, text(long_text()))
    assert again.is_empty
    assert again.open == []
    assert [plan.kept[Figure.CONSUMED].days for plan in again.plans] == [4, 3]
    assert count(session) == before


def test_what_the_portal_has_stays_and_is_told(session: Session, act: Act):
    with transaction(session):
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.carrier_code == ONE)).unique().one()
        factories.nomination(session, point, GasDay(DAYS[1]), "4000")
        factories.reading(session, point, GasDay(DAYS[3]), "60")
        ledger.rebuild_point(session, delivery_point=point)
    shown = imports.preview_history(act, text(long_text()))
    kept = shown.plans[0].kept
    assert (kept[Figure.NOMINATED].days, kept[Figure.NOMINATED].first_different) == (1, DAYS[1])
    assert (kept[Figure.CONSUMED].days, kept[Figure.CONSUMED].first_different) == (1, DAYS[3])
    # The former authorisation is no answer to what was asked in the portal.
    assert DAYS[1] not in shown.plans[0].added[Figure.AUTHORISED]
    assert shown.plans[0].difference is not None
    assert shown.plans[0].difference.day == DAYS[1]
    imports.take_history(act, text(long_text()), accepted="Rige lo del portal")
    assert account(session)[ONE, DAYS[1]] == ("4000", "", "4900")
    assert account(session)[ONE, DAYS[3]] == ("0", "0", "60")
    holds(session, act)


def test_a_company_is_loaded_alone(session: Session, act: Act):
    point = point_of(session, OTHER)
    strange = long_text() + "NO-HAY;12/11/2026;1;1;1;0;0\n"
    wanted = imports.Wanted([File("historia.csv", strange.encode())], company=point.contract.company)
    done = imports.take_history(act, wanted)
    assert ({code for code, _ in account(session)}, done.unknown, done.others > 0) == ({OTHER}, ("NO-HAY",), True)
    with pytest.raises(Refused) as refused:
        imports.take_history(act, text(strange))
    assert [problem.rule for _, bad in refused.value.places for problem in bad.problems] == [Rule.UNKNOWN_POINT]
    assert {code for code, _ in account(session)} == {OTHER}
    imports.take_history(act, text(long_text()))
    assert account(session) == RIGHT
    holds(session, act)


def test_two_parts_of_a_history_make_one_account(session: Session, act: Act):
    lines = long_text().splitlines(keepends=True)
    first = [line for line in lines if "/11/2026" not in line or line.split(";")[1] < "14"]
    later = [lines[0], *[line for line in lines if "/11/2026" in line and line.split(";")[1] >= "14"]]
    imports.take_history(act, text("".join(first)))
    imports.take_history(act, text("".join(later)))
    assert (account(session), closing(session)) == (RIGHT, CLOSING)
    holds(session, act)


def test_a_part_before_an_opening_balance_is_refused(session: Session, act: Act):
    lines = long_text(opening=False).splitlines(keepends=True)
    later = [lines[0], *[line for line in lines if "/11/2026" in line and line.split(";")[1] >= "14"]]
    imports.take_history(act, text("".join(later)))
    with pytest.raises(Refused) as refused:
        imports.preview_history(act, text(long_text()))
    assert {problem.rule for _, bad in refused.value.places for problem in bad.problems} == {Rule.BEFORE_START}


def test_days_of_a_closed_month_are_refused_by_their_first(session: Session, act: Act):
    point = point_of(session, ONE)
    with transaction(session):
        factories.month_closing(session, point, Month(2026, 11), "0")
    assert closings.find_closed_months(session, delivery_point_ids={point.id})
    with pytest.raises(Refused) as refused:
        imports.preview_history(act, text(long_text()))
    ((place, bad),) = refused.value.places
    assert (place, bad.problems[0].rule, bad.problems[0].value) == (
        f"{ONE} {NAMES[ONE]}",
        Rule.MONTH_CLOSED,
        "2026-11-12 (+3)",
    )


def test_days_that_are_not_over_and_zeros_outside_of_service_are_left_out(session: Session, act: Act):
    more = "HIS-01;11/11/2026;0;0;0;0;1250,5\nHIS-01;23/11/2026;5000;;;;\nHIS-01;24/11/2026;5000;;;;\n"
    shown = imports.preview_history(act, text(long_text() + more))
    told = shown.plans[0].told
    assert (told.to_come, told.first_to_come, told.zeros_outside) == (2, dt.date(2026, 11, 23), 3)
    assert shown.open == []


def test_kpc_become_cubic_metres(session: Session, act: Act):
    done = imports.take_history(act, imports.Wanted([KPC]))
    assert [plan.is_reconciled for plan in done.plans] == [True]
    assert account(session)[OTHER, DAYS[0]] == ("8495.053978", "", "8778.222444")


def test_an_account_in_mbtu_keeps_the_sheet_s_figures(session: Session, act: Act):
    with transaction(session):
        gate = factories.exit_point(session, code="SAL-M")
        contract = factories.contract(session, unit=Unit.MBTU)
        factories.delivery_point(session, contract=contract, carrier_code="HIS-03", exit_point_id=gate.id)
        for number, day in enumerate(DAYS):
            factories.heating_value(session, gate.id, GasDay(day), HeatingValue.of(f"{1000 + 7 * number}.5"))
    rows = "Punto;Fecha;Nominación;Consumo;Acumulado\n"
    total = Decimal(0)
    for day, taken in zip(DAYS, ("500,37", "499,11", "512,93", "487,05"), strict=True):
        total += Decimal(500) - Decimal(taken.replace(",", "."))
        rows += f"HIS-03;{day:%d/%m/%Y};500;{taken};{str(total).replace('.', ',')}\n"
    done = imports.take_history(act, text(rows))
    assert done.open == []
    row = session.scalars(select(MonthlyBalance)).one()
    assert plain(row.closing_mbtu) == f"{total.normalize():f}"


def test_a_point_in_mbtu_needs_the_heating_value_of_each_day(session: Session, act: Act):
    with transaction(session):
        contract = factories.contract(session, unit=Unit.MBTU)
        factories.delivery_point(session, contract=contract, carrier_code="HIS-03")
    with pytest.raises(Refused) as refused:
        imports.preview_history(act, text("Punto;Fecha;Consumo\nHIS-03;13/11/2026;500\n"))
    assert refused.value.places[0][1].problems[0].rule is Rule.HEATING_VALUE_MISSING


def test_a_day_after_the_end_is_told_with_the_last_day_of_the_point(session: Session, act: Act):
    with transaction(session):
        factories.delivery_point(session, carrier_code="HIS-04", ends_on=GasDay(dt.date(2026, 11, 13)))
    with pytest.raises(Refused) as refused:
        imports.preview_history(act, text("Punto;Fecha;Consumo\nHIS-04;13/11/2026;500\n"))
    problem = refused.value.places[0][1].problems[0]
    assert (problem.rule, problem.fact) == (Rule.AFTER_END, "2026-11-12")


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        ("", {Rule.NO_ROWS}),
        ("Punto;Fecha;Presión\nHIS-01;13/11/2026;5\n", {Rule.MISSING_COLUMN}),
        ("Punto;Fecha;Consumo\nHIS-01;31/11/2026;5\n", {Rule.NO_SUCH_DAY}),
        ("Punto;Fecha;Consumo\nHIS-01;13/11/2026;x\n", {Rule.NOT_A_NUMBER}),
        ("Punto;Fecha;Consumo\nHIS-01;13/11/2026;-5\n", {Rule.NEGATIVE}),
        ("Punto;Fecha;Consumo\nHIS-01;13/11/2026;5\nHIS-01;13/11/2026;6\n", {Rule.REPEATED_ROW}),
        ("Punto;Fecha;Consumo\nHIS-01;13/11/2026;5.320\n", {Rule.AMBIGUOUS_NUMBER}),
        ("Punto;Fecha;Consumo\nHIS-01;31/10/2026;5\n", {Rule.BEFORE_START}),
        ("Punto;Fecha;Consumo\nHIS-01;30/11/2014;5\n", {Rule.DAY_OUT_OF_RANGE}),
        ("Fecha;Consumo\n13/11/2026;5\n", {Rule.UNKNOWN_POINT}),
        ("Punto;Fecha;Consumo\nHIS-01;13/11/2026;5,32E+03\n", {Rule.SHORTENED}),
        (
            "Punto;Fecha;Lectura\n" + "".join(f"HIS-01;{day}/11/2026;{90000 + 100 * day}\n" for day in range(10, 16)),
            {Rule.METER_INDEX},
        ),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_is_refused_with_its_rule(session: Session, act: Act, content: str, rules: set[Rule]):
    before = count(session)
    with pytest.raises(Refused) as refused:
        imports.take_history(act, text(content), accepted="sin saldo")
    assert {problem.rule for _, bad in refused.value.places for problem in bad.problems} == rules
    assert count(session) == before


def test_who_loads_no_readings_loads_no_history(session: Session, act: Act):
    with transaction(session):
        person = factories.user(session)
    with pytest.raises(NotAllowed):
        imports.take_history(act.by(factories.signed_in(session, person)), text(long_text()))
