"""Figures after the end of a point: kept, marked, closed with their month, and never a gap (adr/0095)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.blueprints.api import shapes
from portal.domain.gas_day import AccountYear, GasDay, Month, YearKind
from portal.domain.quantities import Unit
from portal.domain.settings import Tolerance
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.account import balances
from portal.services.ledger import closings
from portal.services.store.refusals import Refusal
from portal.services.store.transactions import transaction
from tests.services.ledger.test_closings import agree, close, measured, refused
from tests.services.ledger_rows import day

AUGUST, SEPTEMBER, OCTOBER = (Month(2026, number) for number in (8, 9, 10))
TODAY = day("2026-11-23")


def end(session: Session, point: DeliveryPoint, on: str) -> None:
    """End a point on this day, excluded, as its row says it."""
    with transaction(session):
        point.ends_on = day(on)


def sheet(session: Session, point: DeliveryPoint, month: Month) -> balances.MonthSheet:
    return balances.load_month_sheet(
        session,
        delivery_point_id=point.id,
        unit=Unit.M3,
        tolerance_basis_points=500,
        month=month,
        today=TODAY,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
    )


def year(session: Session, point: DeliveryPoint) -> balances.YearOverview:
    asked = AccountYear.of(OCTOBER, YearKind.CALENDAR)
    return balances.load_year_overview(
        session,
        delivery_point_id=point.id,
        unit=Unit.M3,
        own_unit=Unit.M3,
        tolerance=Tolerance(500),
        year=asked,
        today=TODAY,
        starts_on=point.starts_on,
        ends_on=point.ends_on,
        offered=balances.list_offered_months(
            point.starts_on, point.ends_on, TODAY, ledger.find_last_figure_day(session, delivery_point_id=point.id)
        ),
        stamped=balances.load_year_stamp(session, delivery_point_id=point.id, unit=Unit.M3, year=asked),
    )


def test_a_month_with_readings_after_the_end_is_closed_without_a_negative_gap(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    end(session, point, "2026-09-11")
    closing = close(session, point, SEPTEMBER)
    assert (closing.measured_days, closing.missing_days) == (30, 0)
    assert agree(session)


def test_readings_after_the_end_hide_no_gap_before_it(session: Session) -> None:
    point = measured(session, SEPTEMBER, OCTOBER, but=("2026-09-03",))
    end(session, point, "2026-09-11")
    assert refused(session, point, SEPTEMBER).facts["days"] == [day("2026-09-03")]
    [row] = closings.load_board(session, month=SEPTEMBER).page.rows
    assert (row.missing, row.is_ready) == (1, False)
    assert sheet(session, point, SEPTEMBER).missing_days == 1
    later = sheet(session, point, OCTOBER)
    assert (later.missing_days, later.opening_incomplete, len(later.days)) == (0, True, 31)
    found = {each.month: each for each in year(session, point).months}
    assert (found[OCTOBER].missing_days, found[OCTOBER].closing_incomplete) == (0, True)


def test_a_month_wholly_after_the_end_is_closed_when_it_has_figures(session: Session) -> None:
    point = measured(session, AUGUST, OCTOBER)
    end(session, point, "2026-08-21")
    assert [each.month for each in [close(session, point, AUGUST)]] == [AUGUST.first.date]
    assert refused(session, point, SEPTEMBER).refusal is Refusal.MONTH_NOT_SERVED
    [row] = closings.load_board(session, month=OCTOBER).page.rows
    assert (row.missing, row.is_ready) == (0, True)
    closing = close(session, point, OCTOBER)
    assert (closing.measured_days, closing.missing_days) == (31, 0)
    assert sheet(session, point, OCTOBER).opening_incomplete is False
    assert agree(session)


def test_a_month_with_figures_after_the_end_has_its_turn(session: Session) -> None:
    point = measured(session, AUGUST, SEPTEMBER, OCTOBER)
    end(session, point, "2026-08-21")
    close(session, point, AUGUST)
    turn = refused(session, point, OCTOBER)
    assert (turn.refusal, turn.facts["month"]) == (Refusal.MONTH_OUT_OF_ORDER, SEPTEMBER)


def test_the_sheet_says_which_days_lie_after_the_end(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    end(session, point, "2026-09-29")
    shown = sheet(session, point, SEPTEMBER)
    after: list[GasDay] = [each.account.gas_day for each in shown.days if shown.is_after_end(each.account.gas_day)]
    assert after == [day("2026-09-29"), day("2026-09-30")]
    shape = shapes.balance(point, shown)
    assert [each["gas_day"] for each in shape["days"] if each["after_end"]] == ["2026-09-29", "2026-09-30"]


def test_the_year_counts_the_days_after_the_end_and_knows_them_among_the_worst(session: Session) -> None:
    point = measured(session, SEPTEMBER)
    end(session, point, "2026-09-29")
    seen = year(session, point)
    assert {each.month: each.after_end for each in seen.months if each.after_end} == {SEPTEMBER: 2}
    assert seen.ends_on == day("2026-09-29")
