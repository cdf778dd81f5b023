"""Cells of files: what is kept from a spreadsheet comes back as it was; figures and days read one way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.files.cells import (
    FORMULA,
    BadCell,
    DayReading,
    FigureReading,
    disarm,
    parse_day,
    parse_figure,
    parse_measured_day,
    rearm,
)
from portal.services.files.problems import Rule


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n\"aÑ 1"), max_size=8) | st.text(max_size=20))
def test_text_comes_back_as_it_was_and_no_formula_goes_out(text: str):
    out = disarm(text)
    assert rearm(out) == text
    assert not out.startswith(FORMULA)


@given(st.sampled_from(["Comillas' S.A.S.", "O'Higgins", "Gas & Cía."]))
def test_a_name_that_somebody_else_begins_with_an_apostrophe_keeps_it(name: str):
    assert rearm(f"'{name}") == f"'{name}"


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("5.320,75 m³", "5320.75"),
        ("5320,75 Sm3", "5320.75"),
        ("+5320,75", "5320.75"),
        ("1'234.567,00", "1234567"),
        ("1’234’567", "1234567"),
        ("1'234.56", "1234.56"),
        ("5\u2009320,75", "5320.75"),
        ("5\u2007320", "5320"),
        ("'5320", "5320"),
    ],
)
def test_a_figure_with_one_reading_is_taken(text: str, figure: str):
    assert parse_figure(text, unit="m3") == Decimal(figure)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("5320 KPC", Rule.WRONG_UNIT),
        ("5320 MBTU", Rule.WRONG_UNIT),
        ("5320 kg", Rule.WRONG_UNIT),
        ("5320 litros", Rule.NOT_A_NUMBER),
        ("5,32E+03", Rule.SHORTENED),
        ("1.5e6", Rule.SHORTENED),
        ("5,32075E+03", Rule.SHORTENED),
        ("1,5E-02", Rule.SHORTENED),
        ("1'234.567", Rule.AMBIGUOUS_NUMBER),
        ("8,094.08", Rule.AMBIGUOUS_NUMBER),
        ("(5320)", Rule.NEGATIVE),
        ("#¡REF!", Rule.CELL_ERROR),
        ("#DIV/0!", Rule.CELL_ERROR),
        ("N/D", Rule.EMPTY),
        ("-", Rule.EMPTY),
        ("٥٣٢٠", Rule.NOT_A_NUMBER),
    ],
)
def test_a_figure_with_another_is_refused_with_its_reason(text: str, rule: Rule):
    with pytest.raises(BadCell) as bad:
        parse_figure(text, unit="m3")
    assert bad.value.rule is rule


def test_the_file_decides_what_a_point_separates():
    group, decimal = FigureReading(dots_group=True), FigureReading(dots_group=False)
    assert [parse_figure("5.320", reading=each) for each in (group, decimal)] == [Decimal(5320), Decimal("5.32")]
    assert [parse_figure("5,320", reading=each) for each in (group, decimal)] == [Decimal("5.32"), Decimal(5320)]
    assert parse_figure("8,094.08", reading=decimal) == Decimal("8094.08")
    with pytest.raises(BadCell):
        parse_figure("8,094.08", reading=group)


def test_exponents_are_exact_in_workbooks_alone():
    assert parse_figure("5,32E+03", reading=FigureReading(exponents=True)) == Decimal(5320)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("28/11/2026 00:00", "2026-11-27"),
        ("2026-11-28 00:00:00", "2026-11-27"),
        ("2026-11-28T00:00:00-05:00", "2026-11-27"),
        ("2026-11-28T05:00:00Z", "2026-11-27"),
        ("28/11/2026 12:00:00 a. m.", "2026-11-27"),
        ("27/11/2026 24:00", "2026-11-27"),
        ("27/11/2026 23:59", "2026-11-27"),
        ("27/11/2026", "2026-11-27"),
    ],
)
def test_a_total_stamped_at_its_end_is_of_the_day_before(text: str, day: str):
    assert parse_measured_day(text, reading=DayReading(stamp_ends=True)).isoformat() == day


def test_what_midnight_means_is_asked_never_guessed():
    for text in ("28/11/2026 00:00", "2026-11-28T00:00:00"):
        with pytest.raises(BadCell) as bad:
            parse_measured_day(text)
        assert bad.value.rule is Rule.STAMP_UNSAID
        assert parse_measured_day(text, reading=DayReading(stamp_ends=False)).isoformat() == "2026-11-28"
    with pytest.raises(BadCell) as bad:
        parse_measured_day("28/11/2026 06:00", reading=DayReading(stamp_ends=True))
    assert bad.value.rule is Rule.DAY_WITH_HOUR


def test_serial_numbers_count_from_where_their_workbook_does():
    assert parse_day("46348", reading=DayReading(serials=True)).isoformat() == "2026-11-22"
    assert parse_day("44886", reading=DayReading(serials=True, from_1904=True)).isoformat() == "2026-11-22"
    with pytest.raises(BadCell):
        parse_day("46348")
