"""A year of the account as the service reads it: each month as its sheet has it, and the days that strayed farthest."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.gas_day import AccountYear, Month, YearKind
from portal.domain.quantities import Unit, plain
from portal.domain.settings import Tolerance
from portal.models import DeliveryPoint
from portal.services.account import balances
from portal.services.account.balances import YearOverview
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.account.test_balances import TODAY, fill, point_from, sheet_of
from tests.services.ledger_rows import counted, day

GAS_2026, YEAR_2026 = AccountYear(YearKind.GAS, 2026), AccountYear(YearKind.CALENDAR, 2026)
DAYS: dict[str, tuple[str | None, str | None]] = {
    "2025-11-30": ("100", "60"),
    "2025-12-01": ("100", "90"),
    "2025-12-02": ("100", "106"),
    "2026-01-15": ("1000", "1040"),
    "2026-01-16": (None, "70"),
    "2026-03-31": ("50", None),
    "2026-11-22": ("200", "100"),
}


def overview_of(session: Session, point: DeliveryPoint, year: AccountYear, **given: Any) -> YearOverview:
    unit = given.pop("unit", point.unit)
    today = given.pop("today", TODAY)
    stamped = balances.load_year_stamp(session, delivery_point_id=point.id, unit=unit, year=year)
    values: dict[str, Any] = {
        "delivery_point_id": point.id,
        "unit": unit,
        "own_unit": point.unit,
        "tolerance": Tolerance(500),
        "year": year,
        "today": today,
        "starts_on": point.starts_on,
        "ends_on": None,
        "offered": balances.list_offered_months(point.starts_on, point.ends_on, today, None),
        "stamped": stamped,
    } | given
    return balances.load_year_overview(session, **values)


@pytest.fixture
def point(session: Session) -> DeliveryPoint:
    found = point_from(session, "2025-11-30")
    fill(session, found, DAYS)
    with transaction(session):
        factories.adjustment(session, found, day("2026-01-15"), "-7")
        fill_day(session, found, "2026-01-15")
    return found


def fill_day(session: Session, point: DeliveryPoint, text: str) -> None:
    from portal.services import ledger

    ledger.rewrite_day(session, delivery_point=point, gas_day=day(text))


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("year", [GAS_2026, YEAR_2026, AccountYear(YearKind.CALENDAR, 2025)])
def test_each_month_is_that_of_its_sheet(session: Session, point: DeliveryPoint, year: AccountYear, unit: Unit) -> None:
    overview = overview_of(session, point, year, unit=unit)
    assert overview.months
    for month in overview.months:
        sheet = sheet_of(session, point, month.month, unit=unit, own_unit=point.unit)
        account = sheet.account
        assert month[1:8] == (
            account.nominated,
            account.authorised,
            account.consumed,
            account.imbalance,
            account.adjustment,
            account.opening,
            account.closing,
        )
        assert month.pending_nominated == account.pending.nominated
        assert month.pending_authorised == account.pending.authorised
        assert (month.measured_days, month.missing_days) == (account.measured_days, sheet.missing_days)
        assert month.closing_incomplete == account.closing_incomplete
        assert month.days_out == sum(each.out_of_tolerance for each in sheet.days)


def test_a_gas_year_begins_in_december_and_what_is_not_there_yet_is_left_out(
    session: Session, point: DeliveryPoint
) -> None:
    gas = [each.month for each in overview_of(session, point, GAS_2026).months]
    assert (gas[0], gas[-1], len(gas)) == (Month(2025, 12), Month(2026, 11), 12)
    calendar = [each.month for each in overview_of(session, point, YEAR_2026).months]
    assert (calendar[0], calendar[-1], len(calendar)) == (Month(2026, 1), Month(2026, 11), 11)
    before = overview_of(session, point, AccountYear(YearKind.CALENDAR, 2025)).months
    assert [each.month for each in before] == [Month(2025, 11), Month(2025, 12)]


def test_a_year_opens_where_the_latest_earlier_month_with_figures_closed(session: Session) -> None:
    point = point_from(session, "2024-08-31")
    fill(session, point, {"2024-07-31": ("0", "0"), "2024-08-31": ("100", "70"), "2026-11-01": ("10", "15")})
    overview = overview_of(session, point, YEAR_2026)
    assert [plain(each.opening) for each in overview.months] == ["30"] * 11
    assert (plain(overview.total.opening), plain(overview.total.closing)) == ("30", "25")
    between = overview_of(session, point, AccountYear(YearKind.CALENDAR, 2025))
    assert {plain(each.closing) for each in between.months} == {"30"}


def test_the_total_adds_up_and_carries_the_account_from_its_first_day_to_its_last(
    session: Session, point: DeliveryPoint
) -> None:
    total = overview_of(session, point, GAS_2026).total
    assert [plain(each) for each in (total.nominated, total.consumed, total.imbalance, total.adjustment)] == [
        "1400",
        "1406",
        "-6",
        "-7",
    ]
    assert (plain(total.opening), plain(total.closing)) == ("40", "27")
    assert (total.measured_days, total.days_out) == (5, 3)
    assert total.closing_incomplete


def test_the_worst_days_are_those_that_strayed_farthest(session: Session, point: DeliveryPoint) -> None:
    overview = overview_of(session, point, GAS_2026)
    assert [each.gas_day.isoformat() for each in overview.most_out] == ["2026-11-22", "2025-12-01", "2025-12-02"]
    assert [plain(each.variation or 0) for each in overview.most_out] == ["50", "10", "6"]
    largest = [(each.gas_day.isoformat(), plain(each.imbalance)) for each in overview.largest]
    # On 16 January nothing was due: out of no tolerance, and yet a large imbalance.
    assert largest == [
        ("2026-11-22", "100"),
        ("2026-01-16", "-70"),
        ("2026-01-15", "-40"),
        ("2025-12-01", "10"),
        ("2025-12-02", "-6"),
    ]


def test_five_days_are_named_and_of_equals_the_earlier(session: Session) -> None:
    point = point_from(session, "2026-01-01")
    fill(session, point, {f"2026-02-0{number}": ("100", "80") for number in range(1, 8)})
    overview = overview_of(session, point, YEAR_2026)
    for worst in (overview.most_out, overview.largest):
        assert [each.gas_day.isoformat() for each in worst] == [f"2026-02-0{number}" for number in range(1, 6)]


def test_statements_come_with_their_months(session: Session, point: DeliveryPoint) -> None:
    with transaction(session):
        first = factories.month_closing(session, point, Month(2025, 12), "4")
        again = factories.month_closing(session, point, Month(2025, 12), "5", version=2, reason="Acta 3")
        factories.month_closing(session, point, Month(2025, 11), "40")
    december, january, *_ = overview_of(session, point, GAS_2026).months
    assert [each.number for each in december.closings] == [first.statement_number, again.statement_number]
    assert january.closings == ()


def test_a_year_without_any_figure_is_empty_and_incomplete(session: Session) -> None:
    point = point_from(session, "2026-11-01")
    overview = overview_of(session, point, YEAR_2026)
    assert [plain(each.closing) for each in overview.months] == ["0"]
    assert (overview.total.missing_days, overview.most_out, overview.largest) == (22, (), ())


def test_after_the_end_of_the_point_nothing_is_missing(session: Session) -> None:
    point = point_from(session, "2026-10-30")
    fill(session, point, {"2026-10-30": ("10", "10"), "2026-10-31": ("10", "10")})
    assert overview_of(session, point, YEAR_2026).total.missing_days == 22
    assert overview_of(session, point, YEAR_2026, ends_on=day("2026-11-01")).total.missing_days == 0


@pytest.mark.parametrize("months", [1, 30])
def test_an_overview_costs_three_questions_whatever_the_history(session: Session, months: int) -> None:
    point = point_from(session, "2014-12-01")
    for number in range(months):
        fill(session, point, {f"{2024 + number // 12}-{number % 12 + 1:02}-05": ("100", "90")})
    overview_of(session, point, GAS_2026)
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    with counted(bind) as statements:
        overview_of(session, point, YEAR_2026)
    assert len(statements) == 3


def test_any_change_of_a_day_changes_the_stamp_of_its_year(session: Session, point: DeliveryPoint) -> None:
    def stamps() -> list[Any]:
        return [
            balances.load_year_stamp(session, delivery_point_id=point.id, unit=unit, year=year)
            for unit in Unit
            for year in (GAS_2026, YEAR_2026)
        ]

    before = stamps()
    assert stamps() == before
    fill(session, point, {"2025-11-29": ("0", "0"), "2026-11-21": (None, "1")})
    assert all(one != other for one, other in zip(before, stamps(), strict=True))
