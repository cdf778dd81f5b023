"""A gas day is 00:00 to 24:00 in Colombia; months are made of gas days."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import clash_words
from portal.domain.day_text import read_clash
from portal.domain.gas_day import (
    BOGOTA,
    FIRST_GAS_DAY,
    BadGasDay,
    GasDay,
    GasDayProblem,
    Month,
    parse_gas_day,
    parse_month,
)

from .strategies import gas_days, moments

DAY = GasDay(dt.date(2026, 11, 24))


def test_a_gas_day_lasts_from_five_to_five_in_utc() -> None:
    assert DAY.start == dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC)
    assert DAY.end == dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC)
    assert DAY.start.tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-24T04:59:59.999999+00:00", "2026-11-23"),
        ("2026-11-24T05:00:00+00:00", "2026-11-24"),
        ("2026-11-25T04:59:59.999999+00:00", "2026-11-24"),
        ("2026-11-25T05:00:00+00:00", "2026-11-25"),
        ("2026-11-24T23:59:59-05:00", "2026-11-24"),
        ("2026-11-25T05:59:00+01:00", "2026-11-24"),
    ],
)
def test_a_moment_belongs_to_the_day_on_the_colombian_clock(moment: str, day: str) -> None:
    assert GasDay.of(dt.datetime.fromisoformat(moment)).isoformat() == day


@given(moments)
def test_each_moment_lies_in_exactly_its_day(moment: dt.datetime) -> None:
    day = GasDay.of(moment)
    assert day.start <= moment < day.end
    assert GasDay.of(day.start) == day
    assert GasDay.of(day.end) == day.plus(1)


@given(gas_days)
def test_days_join_without_gap_and_last_24_hours(day: GasDay) -> None:
    assert day.end == day.plus(1).start
    assert day.end - day.start == dt.timedelta(hours=24)
    assert day.at(-1, dt.time(12)) == dt.datetime.combine(day.plus(-1).date, dt.time(12), tzinfo=BOGOTA)


@given(st.lists(gas_days))
def test_days_sort_and_hash_as_their_dates(days: list[GasDay]) -> None:
    assert [day.date for day in sorted(days)] == sorted(day.date for day in days)
    assert [day.isoformat() for day in sorted(days)] == sorted(str(day) for day in days)
    assert len(set(days)) == len({day.date for day in days})


@given(gas_days, st.integers(-4000, 4000))
def test_so_many_days_later_and_earlier_is_the_same_day(day: GasDay, days: int) -> None:
    later = day.plus(days)
    assert later.plus(-days) == day
    assert (later > day) == (days > 0)


def test_a_gas_day_is_made_of_a_date_alone() -> None:
    for wrong in (dt.datetime(2026, 11, 24, tzinfo=dt.UTC), "2026-11-24", None):
        with pytest.raises(TypeError):
            GasDay(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="zone"):
        GasDay.of(dt.datetime(2026, 11, 24))  # noqa: DTZ001
    with pytest.raises(AttributeError):
        DAY.date = dt.date(2026, 1, 1)  # type: ignore[misc]


def test_the_history_begins_on_the_first_of_december_2014() -> None:
    assert FIRST_GAS_DAY.isoformat() == "2014-12-01"


@given(gas_days)
def test_each_day_is_in_its_month_once(day: GasDay) -> None:
    month = Month.of(day)
    days = month.days()
    assert days.count(day) == 1
    assert (days[0], days[-1]) == (month.first, month.last)
    assert days == [month.first.plus(number) for number in range(len(days))]
    assert {Month.of(each) for each in days} == {month}


@given(gas_days)
def test_months_join_and_lead_back(day: GasDay) -> None:
    month = Month.of(day)
    assert month.next.previous == month == month.previous.next
    assert month.last.plus(1) == month.next.first
    assert month.previous < month < month.next
    assert month.isoformat() == day.isoformat()[:7]


@pytest.mark.parametrize(("year", "last"), [(2024, 29), (2026, 28), (2100, 28)])
def test_february_has_its_days(year: int, last: int) -> None:
    assert Month(year, 2).last.date.day == last


@pytest.mark.parametrize("number", [0, 13, -1])
def test_a_month_that_is_none_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="month"):
        Month(2026, number)


@pytest.mark.parametrize("text", ["2026-11-24", "24/11/2026", " 24/11/2026\n"])
def test_both_spellings_name_the_same_day(text: str) -> None:
    assert parse_gas_day(text) == DAY


def test_day_and_month_may_have_one_digit_and_are_never_exchanged() -> None:
    assert parse_gas_day("5/12/2026") == GasDay(dt.date(2026, 12, 5))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "EMPTY"),
        (" \N{NO-BREAK SPACE}", "EMPTY"),
        ("mañana", "NOT_A_DATE"),
        ("24/11", "NOT_A_DATE"),
        ("24-11/2026", "NOT_A_DATE"),
        ("lunes 24 de noviembre de 2026", "OTHER_WEEKDAY"),
        ("２０２６-11-24", "NOT_A_DATE"),
        ("2026-11-24T00:00", "NOT_A_DATE"),
        ("11/24/2026", "NO_SUCH_DAY"),
        ("31/11/2026", "NO_SUCH_DAY"),
        ("2026-02-29", "NO_SUCH_DAY"),
        ("0000-01-01", "NO_SUCH_DAY"),
        ("2014-11-30", "OUT_OF_RANGE"),
        ("01/01/2100", "OUT_OF_RANGE"),
        ("9999-12-31", "OUT_OF_RANGE"),
    ],
)
def test_what_is_no_gas_day_is_refused_with_its_reason(text: str, problem: str) -> None:
    with pytest.raises(BadGasDay) as refused:
        parse_gas_day(text)
    assert refused.value.problem is GasDayProblem[problem]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("jue 3 dic", "2026-12-03"),
        ("3 de diciembre", "2026-12-03"),
        ("24/11", "2026-11-24"),
        ("2 de enero", "2027-01-02"),
        ("jueves 3 de diciembre de 2026", "2026-12-03"),
    ],
)
def test_without_a_year_the_day_nearest_to_another_is_meant(text: str, date: str) -> None:
    assert parse_gas_day(text, near=DAY).isoformat() == date


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mié 1 dic", "el 1 de diciembre de 2026 es martes, no miércoles"),
        ("Sabado, 24/11/2026", "el 24 de noviembre de 2026 es martes, no sábado"),
        ("domingo 1 de enero de 2028", "el 1 de enero de 2028 es sábado, no domingo"),
    ],
)
def test_a_weekday_that_the_date_does_not_have_is_named_with_the_right_one(text: str, words: str) -> None:
    with pytest.raises(BadGasDay) as refused:
        parse_gas_day(text, near=DAY)
    clash = refused.value.clash
    assert clash is not None
    assert clash_words(clash) == words
    assert read_clash(clash.fact) == clash


@given(gas_days)
def test_each_day_is_read_back_in_both_spellings(day: GasDay) -> None:
    assert parse_gas_day(day.isoformat()) == day
    assert parse_gas_day(f"{day.date:%d/%m/%Y}") == day


@given(st.text(alphabet="0123456789-/ ", max_size=12))
def test_no_text_whatever_raises_anything_else(text: str) -> None:
    try:
        day = parse_gas_day(text)
    except BadGasDay:
        return
    assert day >= FIRST_GAS_DAY


def test_a_month_is_read_as_it_is_written_in_addresses() -> None:
    assert parse_month(Month.of(DAY).isoformat()) == Month(2026, 11)
    for text in ("", "2026-13", "2026-00", "0000-05", "2026-5", "2026-11 ", "2026-11\n", "11-2026", "٢٠٢٦-11"):
        assert parse_month(text) is None
