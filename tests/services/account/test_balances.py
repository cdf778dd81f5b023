"""The sheet of a month as the service reads it (docs/rules.md, "Balance account")."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Quantity, Unit, plain
from portal.domain.readings import ReadingState
from portal.models import DeliveryPoint, Holiday
from portal.services import ledger
from portal.services.account import balances
from portal.services.account.balances import MonthSheet
from portal.services.store.transactions import transaction
from portal.web.filters import grouped, quantity
from tests import factories
from tests.services.ledger_rows import counted, day

NOVEMBER = Month(2026, 11)
TODAY = day("2026-11-23")
HHV = HeatingValue.of("1130")


def point_from(session: Session, first: str, unit: Unit = Unit.M3) -> DeliveryPoint:
    with transaction(session):
        owner = factories.contract(session, unit=unit, starts_on=day(first))
        point = factories.delivery_point(session, contract=owner)
        factories.heating_value(session, point.exit_point_id, FIRST_GAS_DAY, HHV)
    return point


def fill(session: Session, point: DeliveryPoint, days: dict[str, tuple[str | None, str | None]]) -> None:
    """Nominate and measure each day."""
    with transaction(session):
        for text, (asked, taken) in days.items():
            if asked is not None:
                factories.nomination(session, point, day(text), asked)
            if taken is not None:
                factories.reading(session, point, day(text), taken)
            ledger.rewrite_day(session, delivery_point=point, gas_day=day(text))


def sheet_of(session: Session, point: DeliveryPoint, month: Month = NOVEMBER, **given: Any) -> MonthSheet:
    values: dict[str, Any] = {
        "delivery_point_id": point.id,
        "unit": point.unit,
        "tolerance_basis_points": 500,
        "month": month,
        "today": TODAY,
        "starts_on": point.starts_on,
    } | given
    return balances.load_month_sheet(session, **values)


def test_the_worked_example_reads_back_in_both_units(session: Session) -> None:
    point = point_from(session, "2026-11-01")
    example = {
        "2026-11-01": ("5000", "5320"),
        "2026-11-02": ("5000", "4900"),
        "2026-11-03": ("0", "0"),
        "2026-11-04": ("0", "50"),
        "2026-11-05": ("5000", None),
    }
    fill(session, point, example)
    in_m3 = sheet_of(session, point, today=day("2026-11-06"))
    rows = in_m3.account.rows[:5]
    assert [row.imbalance and plain(row.imbalance) for row in rows] == ["-320", "100", "0", "-50", None]
    assert [row.variation and plain(row.variation) for row in rows] == ["6.4", "2", 0, None, None]
    assert [row.out_of_tolerance for row in in_m3.days[:5]] == [True, False, False, False, False]
    assert [plain(row.month_to_date) for row in rows] == ["-320", "-220", "-220", "-270", "-270"]
    assert [row.month_incomplete for row in rows] == [False, False, False, False, True]
    in_mbtu = sheet_of(session, point, unit=Unit.MBTU, today=day("2026-11-06"))
    four_places = [row.imbalance and quantity(row.imbalance, 4) for row in in_mbtu.account.rows[:5]]
    assert four_places == ["−12,7698", "3,9906", "0,0000", "−1,9953", None]


def test_days_go_from_the_points_first_to_today(session: Session) -> None:
    point = point_from(session, "2026-11-10")
    found = [row.gas_day.isoformat() for row in sheet_of(session, point).account.rows]
    assert (found[0], found[-1], len(found)) == ("2026-11-10", "2026-11-23", 14)


def test_tomorrows_nomination_shows_and_no_empty_day_after_it(session: Session) -> None:
    point = point_from(session, "2026-11-01")
    fill(session, point, {"2026-11-25": ("800", None)})
    rows = sheet_of(session, point).account.rows
    assert rows[-1].gas_day == day("2026-11-25")
    assert plain(rows[-1].due) == "800"
    assert rows[-1].imbalance is None


@pytest.mark.parametrize(
    ("month", "today", "count"),
    [
        (Month(2014, 12), TODAY, 31),
        (Month(2015, 2), TODAY, 28),
        (Month(2016, 2), TODAY, 29),
        (Month(2026, 10), TODAY, 31),
        (Month(2026, 2), day("2026-02-28"), 28),
    ],
)
def test_a_past_month_shows_each_of_its_days(session: Session, month: Month, today: GasDay, count: int) -> None:
    point = point_from(session, "2014-12-01")
    rows = sheet_of(session, point, month, today=today).account.rows
    assert (rows[0].gas_day, rows[-1].gas_day, len(rows)) == (month.first, month.last, count)


def test_a_month_opens_where_the_latest_earlier_one_with_figures_closed(session: Session) -> None:
    point = point_from(session, "2026-08-31")
    fill(session, point, {"2026-08-31": ("100", "70"), "2026-11-01": ("10", "15")})
    october = sheet_of(session, point, Month(2026, 10))
    november = sheet_of(session, point)
    assert (plain(october.account.opening), plain(october.account.closing)) == ("30", "30")
    assert (plain(november.account.opening), plain(november.account.rows[0].total_to_date)) == ("30", "25")


def test_a_gap_in_an_earlier_month_leaves_the_total_incomplete_and_the_month_complete(session: Session) -> None:
    point = point_from(session, "2026-10-30")
    readings = {f"2026-11-{number:02}": ("10", "10") for number in range(1, 23)}
    fill(session, point, {"2026-10-30": ("10", "10"), "2026-10-31": ("10", None), **readings})
    account = sheet_of(session, point).account
    assert (account.incomplete, account.closing_incomplete) == (False, True)
    fill(session, point, {"2026-10-31": (None, "10")})
    account = sheet_of(session, point).account
    assert (account.incomplete, account.closing_incomplete) == (False, False)


def test_the_day_that_runs_is_no_gap_and_yesterday_is_one(session: Session) -> None:
    point = point_from(session, "2026-11-22")
    assert sheet_of(session, point).missing_days == 1
    fill(session, point, {"2026-11-22": ("10", "10")})
    found = sheet_of(session, point)
    assert (found.missing_days, found.account.incomplete, found.account.measured_days) == (0, False, 1)


def test_after_the_end_of_the_point_nothing_is_missing(session: Session) -> None:
    point = point_from(session, "2026-11-01")
    fill(session, point, {f"2026-11-0{number}": ("10", "10") for number in (1, 2)})
    ended = sheet_of(session, point, ends_on=day("2026-11-03"))
    assert [row.gas_day.date.day for row in ended.account.rows] == [1, 2]
    assert not ended.account.closing_incomplete
    later = sheet_of(session, point, ends_on=day("2026-11-03"), month=Month(2026, 12), today=day("2026-12-20"))
    assert later.account.rows == ()
    assert not later.account.closing_incomplete


def test_what_is_said_beside_a_day_comes_along(session: Session) -> None:
    point = point_from(session, "2026-11-01", Unit.MBTU)
    with transaction(session):
        session.merge(Holiday(day=date(2026, 11, 2), name="Día de Todos los Santos"))
        factories.authorisation(session, point, day("2026-11-02"), "9", cut_reason=CutReason.FMJ)
        factories.reading(session, point, day("2026-11-02"), "225", state=ReadingState.ESTIMATED)
        factories.adjustment(session, point, day("2026-11-02"), "-3")
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-02"))
    found = sheet_of(session, point).days[1]
    assert (found.reading_state, found.cut_reason) == (ReadingState.ESTIMATED, CutReason.FMJ)
    assert (found.holiday, found.heating_value_provisional) == ("Día de Todos los Santos", True)
    assert plain(found.account.adjustment) == "-3"


def test_a_point_without_any_figure_has_an_empty_account(session: Session) -> None:
    found = sheet_of(session, point_from(session, "2026-11-01"))
    assert (found.stamp, plain(found.account.closing), found.account.incomplete) == (None, "0", True)


@pytest.mark.parametrize("months", [1, 30])
def test_a_sheet_costs_two_questions_whatever_the_history(session: Session, months: int) -> None:
    point = point_from(session, "2014-12-01")
    for number in range(months):
        fill(session, point, {f"{2024 + number // 12}-{number % 12 + 1:02}-05": ("100", "90")})
    sheet_of(session, point)
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    session.rollback()
    sheet_of(session, point)
    with counted(bind) as statements:
        sheet_of(session, point, Month(2025, 6))
        stamped = balances.find_stamp(session, delivery_point_id=point.id, unit=Unit.M3, month=NOVEMBER)
    assert len(statements) == 3
    with counted(bind) as statements:
        sheet_of(session, point, stamped=stamped)
    assert len(statements) == 1


def test_days_and_opening_are_of_one_moment_when_somebody_writes_in_between(session: Session) -> None:
    point = point_from(session, "2026-10-01")
    fill(session, point, {"2026-10-31": ("100", "90"), "2026-11-01": ("10", "10")})
    stale = balances.find_stamp(session, delivery_point_id=point.id, unit=Unit.M3, month=NOVEMBER)
    fill(session, point, {"2026-10-30": ("100", "60"), "2026-11-02": ("20", "10")})
    account = sheet_of(session, point, stamped=stale).account
    assert (plain(account.opening), plain(account.closing)) == ("50", "60")


def test_every_change_of_a_month_changes_its_stamp(session: Session) -> None:
    point = point_from(session, "2026-11-01")
    fill(session, point, {"2026-11-01": ("10", "10")})
    stamps = []
    for state in (ReadingState.CORRECTED, ReadingState.CORRECTED):
        stamps.append(balances.find_stamp(session, delivery_point_id=point.id, unit=Unit.M3, month=NOVEMBER))
        with transaction(session):
            factories.reading(
                session, point, day("2026-11-01"), "10", version=len(stamps) + 1, state=state, reason=str(len(stamps))
            )
            ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-01"))
    stamps.append(balances.find_stamp(session, delivery_point_id=point.id, unit=Unit.M3, month=NOVEMBER))
    # The second correction says the same volume in the same state: nothing that shows has changed.
    assert [stamp and stamp.revision for stamp in stamps] == [1, 2, 2]


@pytest.mark.parametrize(
    ("starts", "ends", "today", "figures_until", "first", "last"),
    [
        ("2014-12-01", None, "2026-11-23", None, Month(2014, 12), Month(2026, 11)),
        ("2014-12-01", None, "2026-11-23", "2026-11-24", Month(2014, 12), Month(2026, 11)),
        ("2018-03-07", None, "2026-11-30", "2026-10-31", Month(2018, 3), Month(2026, 11)),
        ("2018-03-07", None, "2026-11-30", "2026-12-01", Month(2018, 3), Month(2026, 12)),
        ("2018-03-07", None, "2026-12-31", "2027-01-01", Month(2018, 3), Month(2027, 1)),
        ("2018-03-07", None, "2028-02-29", "2028-03-01", Month(2018, 3), Month(2028, 3)),
        ("2026-12-01", None, "2026-11-30", None, Month(2026, 12), Month(2026, 12)),
        # The day of the end is the first one without service.
        ("2018-03-07", "2026-08-01", "2026-11-30", "2026-07-31", Month(2018, 3), Month(2026, 7)),
        ("2018-03-07", "2026-08-02", "2026-11-30", None, Month(2018, 3), Month(2026, 8)),
        ("2018-03-07", "2026-08-01", "2026-11-30", "2026-09-04", Month(2018, 3), Month(2026, 9)),
        ("2018-03-07", "2027-01-01", "2026-11-30", None, Month(2018, 3), Month(2026, 11)),
    ],
)
def test_months_are_offered_from_the_points_first_to_that_of_its_last_figure(
    starts: str, ends: str | None, today: str, figures_until: str | None, first: Month, last: Month
) -> None:
    offered = balances.list_offered_months(
        day(starts),
        None if ends is None else day(ends),
        day(today),
        None if figures_until is None else day(figures_until),
    )
    assert (offered.first, offered.last) == (first, last)
    assert first in offered
    assert first.previous not in offered
    assert last.next not in offered


@given(st.integers(-(10**15), 10**15), st.sampled_from(Unit), st.integers(0, 6))
def test_figures_in_whole_numbers_read_as_those_of_decimals(micro: int, unit: Unit, places: int) -> None:
    value = Quantity.from_micro(micro, unit)
    assert quantity(value, places) == grouped(value.amount, places)
