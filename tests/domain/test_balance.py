"""The balance account adds up: the worked example (docs/rules.md, "Worked month") and what must hold for any month."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.balance import (
    DayInput,
    compute_imbalance,
    compute_month,
    compute_variation,
    due_of,
    is_out_of_tolerance,
)
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import HeatingValue, Quantity, Unit, UnitMismatch, convert

from .strategies import gas_days, quantities

M3, MBTU = Unit.M3, Unit.MBTU
HHV = HeatingValue.of("1130")
FIRST = GasDay(dt.date(2026, 11, 1))
TOLERANCE = 500


def m3(amount: str | int) -> Quantity:
    return Quantity.of(amount, M3)


def worked_month(unit: Unit) -> list[DayInput]:
    """Return the five days of docs/rules.md, "Worked month"; the third was nominated as zero, the fourth not at all."""
    figures = [(5000, 5320), (5000, 4900), (0, 0), (None, 50), (5000, None)]

    def in_unit(amount: int | None) -> Quantity | None:
        return None if amount is None else convert(m3(amount), unit, HHV)

    return [
        DayInput(FIRST.plus(place), in_unit(nominated), in_unit(nominated), in_unit(consumed), Quantity.zero(unit))
        for place, (nominated, consumed) in enumerate(figures)
    ]


def test_the_worked_month_in_cubic_metres() -> None:
    account = compute_month(M3, Quantity.zero(M3), False, worked_month(M3), FIRST.plus(5))
    assert [row.due for row in account.rows] == [m3(5000), m3(5000), m3(0), m3(0), m3(5000)]
    assert [row.imbalance for row in account.rows] == [m3(-320), m3(100), m3(0), m3(-50), None]
    assert [row.variation for row in account.rows] == [Decimal("6.4"), Decimal(2), Decimal(0), None, None]
    assert [row.month_to_date for row in account.rows] == [m3(-320), m3(-220), m3(-220), m3(-270), m3(-270)]
    assert [row.month_incomplete for row in account.rows] == [False, False, False, False, True]
    assert [row.without_nomination for row in account.rows] == [False, False, False, True, False]
    assert (account.imbalance, account.closing, account.measured_days) == (m3(-270), m3(-270), 4)
    assert (account.nominated, account.due, account.consumed) == (m3(10000), m3(10000), m3(10270))
    assert (account.pending.days, account.pending.nominated, account.pending.authorised) == (1, m3(5000), m3(5000))
    assert account.measured_until == FIRST.plus(3)
    assert account.incomplete


def test_the_worked_month_in_mbtu() -> None:
    account = compute_month(MBTU, Quantity.zero(MBTU), False, worked_month(MBTU), FIRST.plus(5))
    shown = [
        None if row.imbalance is None else row.imbalance.amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)
        for row in account.rows
    ]
    assert shown == [Decimal("-12.7698"), Decimal("3.9906"), Decimal(0), Decimal("-1.9953"), None]


def test_only_the_first_day_of_the_worked_month_is_out_of_tolerance() -> None:
    account = compute_month(M3, Quantity.zero(M3), False, worked_month(M3), FIRST.plus(5))
    out = [row.consumed is not None and is_out_of_tolerance(row.due, row.consumed, TOLERANCE) for row in account.rows]
    assert out == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("authorised", "nominated", "due"),
    [("4000", "5000", "4000"), ("0", "5000", "0"), (None, "5000", "5000"), (None, None, "0")],
)
def test_what_was_authorised_goes_before_what_was_nominated(
    authorised: str | None, nominated: str | None, due: str
) -> None:
    figures = [None if amount is None else m3(amount) for amount in (authorised, nominated)]
    assert due_of(*figures, M3) == m3(due)
    assert compute_imbalance(*figures, m3(100)) == m3(due) - m3(100)
    assert compute_imbalance(*figures, None) is None


@given(quantities(M3, 0), quantities(M3, 0))
def test_variation_is_exact_to_six_decimals(due: Quantity, consumed: Quantity) -> None:
    found = compute_variation(due, consumed)
    if due.micro == 0:
        assert found == (None if consumed.micro else Decimal(0))
        return
    with localcontext(prec=80):
        percent = 100 * abs(consumed.amount - due.amount) / due.amount
        assert found == percent.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def test_a_negative_quantity_due_has_no_variation() -> None:
    with pytest.raises(ValueError, match="negative"):
        compute_variation(m3(-1), m3(1))


@pytest.mark.parametrize(
    ("due", "consumed", "out"),
    [
        ("5000", "5250", False),
        ("5000", "5250.000001", True),
        ("5000", "4750", False),
        ("5000", "4749.999999", True),
        ("0", "1", False),
        ("0", "0", False),
    ],
)
def test_the_tolerance_itself_is_still_inside(due: str, consumed: str, out: bool) -> None:
    assert is_out_of_tolerance(m3(due), m3(consumed), TOLERANCE) is out


def test_a_hair_above_the_tolerance_is_out_even_where_rounding_hides_it() -> None:
    due, consumed = m3("999999999"), m3("1049999998.950001")
    assert compute_variation(due, consumed) == Decimal(5)
    assert is_out_of_tolerance(due, consumed, TOLERANCE)


figures = st.one_of(st.none(), quantities(M3, 0, 10**13))


@st.composite
def months(draw: st.DrawFn) -> list[DayInput]:
    """Return some or all days of a month, in order, without a hole."""
    days = Month.of(draw(gas_days)).days()[draw(st.integers(0, 5)) :]
    adjustments = st.one_of(st.just(Quantity.zero(M3)), quantities(M3, -(10**12), 10**12))
    return [DayInput(day, draw(figures), draw(figures), draw(figures), draw(adjustments)) for day in days]


openings = quantities(M3, -(10**14), 10**14)
todays = st.integers(0, 35)


@given(months(), openings, st.booleans(), todays)
def test_the_sheet_adds_up_day_by_day(days: list[DayInput], opening: Quantity, incomplete: bool, past: int) -> None:
    today = days[0].gas_day.plus(past)
    account = compute_month(M3, opening, incomplete, days, today)
    zero = Quantity.zero(M3)
    month, total = zero, opening
    for row, day in zip(account.rows, days, strict=True):
        assert row.imbalance == compute_imbalance(day.authorised, day.nominated, day.consumed)
        step = row.imbalance or zero
        assert row.month_to_date - month == step
        assert row.total_to_date - total == step + day.adjustment
        month, total = row.month_to_date, row.total_to_date
    assert account.imbalance == month == sum((row.imbalance or zero for row in account.rows), zero)
    assert account.closing == total == opening + account.imbalance + account.adjustment
    assert account.consumed == sum((day.consumed or zero for day in days), zero)
    measured = [day for day in days if day.consumed is not None]
    pending = [day for day in days if day.consumed is None]
    assert account.nominated == sum((day.nominated or zero for day in measured), zero)
    assert account.authorised == sum((day.authorised or zero for day in measured), zero)
    assert account.due - account.consumed == account.imbalance
    assert account.pending.days == len(pending)
    assert account.pending.nominated == sum((day.nominated or zero for day in pending), zero)
    assert account.pending.authorised == sum((day.authorised or zero for day in pending), zero)
    assert account.measured_days == len(measured)
    assert account.measured_until == (measured[-1].gas_day if measured else None)


@given(months(), openings, st.booleans(), todays)
def test_the_account_is_incomplete_from_the_first_past_gap_on(
    days: list[DayInput], opening: Quantity, incomplete: bool, past: int
) -> None:
    today = days[0].gas_day.plus(past)
    account = compute_month(M3, opening, incomplete, days, today)
    for place, row in enumerate(account.rows):
        gap = any(day.consumed is None and day.gas_day < today for day in days[: place + 1])
        assert row.month_incomplete is gap
        assert row.total_incomplete is (gap or incomplete)
    assert account.incomplete is account.rows[-1].month_incomplete
    assert account.closing_incomplete is account.rows[-1].total_incomplete


@given(months(), openings, st.booleans(), todays, st.data())
def test_a_month_split_anywhere_gives_the_same_account(
    days: list[DayInput], opening: Quantity, incomplete: bool, past: int, data: st.DataObject
) -> None:
    today = days[0].gas_day.plus(past)
    cut = data.draw(st.integers(0, len(days)))
    whole = compute_month(M3, opening, incomplete, days, today)
    before = compute_month(M3, opening, incomplete, days[:cut], today)
    after = compute_month(M3, before.closing, before.closing_incomplete, days[cut:], today)
    rows = [*before.rows, *after.rows]
    assert [(row.total_to_date, row.total_incomplete) for row in rows] == [
        (row.total_to_date, row.total_incomplete) for row in whole.rows
    ]
    assert (after.closing, after.closing_incomplete) == (whole.closing, whole.closing_incomplete)
    assert before.imbalance + after.imbalance == whole.imbalance


def test_today_without_a_reading_is_no_gap_and_adjustments_count_without_one() -> None:
    day = DayInput(FIRST, m3(5000), None, None, m3(70))
    account = compute_month(M3, m3(30), False, [day], FIRST)
    assert not account.incomplete
    assert (account.imbalance, account.adjustment, account.closing) == (m3(0), m3(70), m3(100))
    assert compute_month(M3, m3(30), False, [day], FIRST.plus(1)).incomplete


def test_a_month_without_days_keeps_its_opening() -> None:
    account = compute_month(M3, m3(30), True, [], FIRST)
    assert (account.rows, account.closing, account.closing_incomplete) == ((), m3(30), True)


def test_a_day_left_out_or_out_of_order_is_refused() -> None:
    days = worked_month(M3)
    for wrong in ([days[0], days[2]], [days[1], days[0]], [days[0], days[0]]):
        with pytest.raises(ValueError, match="follow"):
            compute_month(M3, m3(0), False, wrong, FIRST)


def test_a_figure_in_another_unit_is_refused() -> None:
    days = worked_month(M3)
    other = Quantity.of(1, MBTU)
    for wrong in (
        replace(days[4], consumed=other),
        replace(days[4], nominated=other),
        replace(days[4], authorised=other),
        replace(days[4], adjustment=other),
    ):
        with pytest.raises(UnitMismatch):
            compute_month(M3, m3(0), False, [*days[:4], wrong], FIRST)
    with pytest.raises(UnitMismatch):
        compute_month(M3, other, False, days, FIRST)
    for act in (compute_variation, lambda due, consumed: is_out_of_tolerance(due, consumed, TOLERANCE)):
        with pytest.raises(UnitMismatch):
            act(m3(1), other)
    with pytest.raises(UnitMismatch):
        compute_imbalance(m3(1), None, other)
