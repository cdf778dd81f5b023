"""Overview of the balance accounts: each figure as on the point's own sheet, sums by unit, order and pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit, plain
from portal.domain.settings import SettingName
from portal.models import DeliveryPoint, SettingRow
from portal.services import ledger
from portal.services.account import balances, standings
from portal.services.account.standings import Filter, Place, Standing
from portal.services.store.refusals import NotAllowed
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY, act_of
from tests.services.ledger_rows import counted, day

# The days around the end of a month, and the last ones before today, a Monday, 23 November 2026.
DAYS = [day("2026-10-30").plus(after) for after in range(4)] + [TODAY.plus(-after) for after in range(4)]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["nominate", "authorise", "read", "adjust"]),
        st.sampled_from(DAYS),
        st.integers(0, 3000),
    ),
    max_size=14,
)


def write(session: Session, point: DeliveryPoint, gas_day: GasDay, asked: str | None, taken: str | None) -> None:
    with transaction(session):
        if asked is not None:
            factories.nomination(session, point, gas_day, asked)
        if taken is not None:
            factories.reading(session, point, gas_day, taken)
        ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


def points_of(session: Session, count: int, *, first: str = "2026-10-30", **given) -> list[DeliveryPoint]:
    with transaction(session):
        owner = factories.contract(session, starts_on=day(first), **given)
        return [factories.delivery_point(session, contract=owner) for _ in range(count)]


def rows_by_point(found: standings.Overview) -> dict[str, Standing]:
    return {row.names.public_id: row for row in found.rows}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(steps=STEPS, shown=st.sampled_from(DAYS))
def test_every_figure_is_that_of_the_sheet_of_the_day(
    session: Session, steps: list[tuple[int, str, GasDay, int]], shown: GasDay
) -> None:
    with transaction(session):
        company = factories.company(session)
        points = []
        for unit in (Unit.M3, Unit.MBTU, Unit.M3):
            owner = factories.contract(session, unit=unit, starts_on=DAYS[0], company_id=company.id)
            points.append(factories.delivery_point(session, contract=owner))
        # From November on another tolerance holds for the last one.
        session.add(
            SettingRow(
                name=SettingName.TOLERANCE,
                contract_id=points[2].contract_id,
                value="3000",
                valid_from=day("2026-11-01"),
                reason="Acta",
                recorded_at=NOW,
                recorded_by_id=factories.user(session).id,
            )
        )
        versions: dict[tuple[int, str, GasDay], int] = {}
        for place, step, gas_day, amount in steps:
            point = points[place]
            version = versions[place, step, gas_day] = versions.get((place, step, gas_day), 0) + 1
            if step == "nominate":
                factories.nomination(session, point, gas_day, str(amount), revision=version)
            elif step == "authorise":
                factories.authorisation(session, point, gas_day, str(amount), version=version)
            elif step == "read":
                factories.reading(session, point, gas_day, str(amount), version=version)
            else:
                factories.adjustment(session, point, gas_day, f"-{amount}")
            ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
    act = act_of(session)
    found = standings.load_overview(act, day=shown, asked=Filter(company=company.public_id))
    rows = rows_by_point(found)
    assert len(rows) == 3
    sums = {unit: [Quantity.zero(unit)] * 3 for unit in Unit}
    for place, point in enumerate(points):
        sheet = balances.load_month_sheet(
            session,
            delivery_point_id=point.id,
            unit=point.unit,
            tolerance_basis_points=3000 if place == 2 and shown >= day("2026-11-01") else 500,
            month=Month.of(shown),
            today=TODAY,
            starts_on=point.starts_on,
        )
        of_sheet = next(row for row in sheet.account.rows if row.gas_day == shown)
        row = rows[point.public_id]
        assert row.imbalance == of_sheet.imbalance
        assert row.month_to_date == of_sheet.month_to_date
        assert row.total_to_date == of_sheet.total_to_date
        assert row.month_incomplete == of_sheet.month_incomplete
        assert row.total_incomplete == of_sheet.total_incomplete
        assert row.days_out == sum(each.out_of_tolerance for each in sheet.days if each.account.gas_day <= shown)
        assert row.trend[-1] == (None if of_sheet.imbalance is None else of_sheet.imbalance.micro)
        figures = (row.imbalance or Quantity.zero(row.unit), row.month_to_date, row.total_to_date)
        sums[row.unit] = [before + more for before, more in zip(sums[row.unit], figures, strict=True)]
    for each in found.sums:
        assert [each.imbalance, each.month_to_date, each.total_to_date] == [value.micro for value in sums[each.unit]]
    assert ledger.verify(session) is None


def test_units_are_summed_apart(session: Session) -> None:
    for unit, taken in ((Unit.M3, "900"), (Unit.MBTU, "0")):
        write(session, points_of(session, 1, unit=unit)[0], TODAY.plus(-1), "1000", taken)
    found = standings.load_overview(act_of(session), day=TODAY.plus(-1), asked=Filter())
    sums = {each.unit: (each.points, plain(Quantity(each.imbalance, each.unit))) for each in found.sums}
    assert sums == {Unit.M3: (1, "100"), Unit.MBTU: (1, "1000")}


def test_most_days_out_come_first_then_the_largest_share_of_the_tolerance(session: Session) -> None:
    calm, strained, twice, unmeasured = points_of(session, 4)
    for ago in (2, 3):
        write(session, twice, TODAY.plus(-ago), "1000", "1100")
        write(session, strained, TODAY.plus(-ago), "1000", "950")
        write(session, calm, TODAY.plus(-ago), "1000", "990")
    found = standings.load_overview(act_of(session), day=TODAY.plus(-1), asked=Filter())
    assert [row.names.public_id for row in found.rows] == [
        point.public_id for point in (twice, strained, calm, unmeasured)
    ]
    # 100 m³ of 2,000 due, of which 5 % are tolerated.
    assert [(row.days_out, row.strain) for row in found.rows] == [(2, 200), (0, 100), (0, 20), (0, 0)]


def test_gas_taken_with_nothing_due_strains_any_tolerance(session: Session) -> None:
    (point,) = points_of(session, 1)
    write(session, point, TODAY.plus(-1), None, "5")
    (row,) = standings.load_overview(act_of(session), day=TODAY.plus(-1), asked=Filter()).rows
    assert (row.days_out, row.strain) == (0, standings.MOST_STRAIN)


def test_pages_follow_one_another_without_gap_or_double(session: Session) -> None:
    points = points_of(session, 123)
    for number, point in enumerate(points[::3]):
        write(session, point, TODAY.plus(-1), "1000", str(1000 + 10 * (number % 7)))
    act = act_of(session)
    seen: list[Standing] = []
    after: Place | None = None
    lengths = []
    while True:
        page = standings.load_overview(act, day=TODAY.plus(-1), asked=Filter(), after=after)
        assert page.points == 123
        lengths.append(len(page.rows))
        seen += page.rows
        after = page.next
        if after is None:
            break
    assert lengths == [50, 50, 23]
    assert [row.names for row in seen] == [
        row.names for row in standings.load_all(act, day=TODAY.plus(-1), asked=Filter())
    ]
    assert {row.names.public_id for row in seen} == {point.public_id for point in points}


def queries_in(statements: list[str]) -> list[str]:
    return [each for each in statements if each.startswith(("SELECT", "WITH"))]


@pytest.mark.parametrize("count", [5, 300])
def test_any_number_of_points_takes_the_same_few_statements(session: Session, count: int) -> None:
    for point in points_of(session, count):
        write(session, point, TODAY.plus(-1), "1000", "900")
    act = act_of(session)
    session.rollback()
    engine = session.connection().engine
    session.rollback()
    with counted(engine) as seen:
        standings.load_overview(act, day=TODAY.plus(-1), asked=Filter())
    assert len(queries_in(seen)) == 6
    with counted(engine) as seen:
        standings.load_all(act, day=TODAY.plus(-1), asked=Filter())
    assert len(queries_in(seen)) == 5


def test_a_filter_leaves_the_points_that_fit_and_sums_them_alone(session: Session) -> None:
    with transaction(session):
        gate = factories.exit_point(session, code="PE-0001")
        company = factories.company(session, name="Transportes Ñandú")
        gnv = factories.contract(session, company_id=company.id, number="NR-GNV")
        plant = factories.contract(session, company_id=company.id, number="NR-IND", modality=Modality.INDUSTRIAL)
        wanted = factories.delivery_point(session, contract=gnv, exit_point_id=gate.id, name="EDS La Grama")
        factories.delivery_point(session, contract=plant)
        factories.delivery_point(session)
    write(session, wanted, TODAY.plus(-1), "1000", "900")
    act = act_of(session)

    def found(**given) -> list[str]:
        page = standings.load_overview(act, day=TODAY.plus(-1), asked=Filter(**given))
        assert page.points == len(page.rows)
        return sorted(row.names.contract for row in page.rows)

    assert found(gate="PE-0001") == ["NR-GNV"]
    assert found(modality=Modality.INDUSTRIAL) == ["NR-IND"]
    assert found(company=company.public_id) == ["NR-GNV", "NR-IND"]
    assert found(text="nandu grama") == ["NR-GNV"]
    assert found(text="nandu grama", modality=Modality.INDUSTRIAL) == []
    assert found(gate="100%") == []
    contracts = standings.load_overview(act, day=TODAY.plus(-1), asked=Filter(company=company.public_id)).contracts
    assert [(each.number, each.sum.points, each.sum.imbalance) for each in contracts] == [
        ("NR-GNV", 1, 100 * 10**6),
        ("NR-IND", 1, 0),
    ]


def test_a_point_out_of_service_on_the_day_is_left_out(session: Session) -> None:
    with transaction(session):
        ended = factories.delivery_point(session, ends_on=TODAY.plus(-1))
        later = factories.delivery_point(session, starts_on=TODAY)
    act = act_of(session)

    def shown(gas_day: GasDay) -> set[str]:
        return set(rows_by_point(standings.load_overview(act, day=gas_day, asked=Filter())))

    assert shown(TODAY.plus(-2)) == {ended.public_id}
    assert shown(TODAY) == {later.public_id}


def test_the_last_day_with_readings_is_found_up_to_today(session: Session) -> None:
    assert standings.find_last_measured_day(session, until=TODAY) is None
    (point,) = points_of(session, 1)
    write(session, point, TODAY.plus(-3), "1000", "900")
    assert standings.find_last_measured_day(session, until=TODAY) == TODAY.plus(-3)
    assert standings.find_last_measured_day(session, until=GasDay(TODAY.date - timedelta(days=4))) is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN, Role.CUSTOMER])
def test_an_agent_an_administrator_and_a_customer_see_no_overview(session: Session, role: Role) -> None:
    act = act_of(session, role)
    with pytest.raises(NotAllowed):
        standings.load_overview(act, day=TODAY, asked=Filter())
    with pytest.raises(NotAllowed):
        standings.load_all(act, day=TODAY, asked=Filter())
