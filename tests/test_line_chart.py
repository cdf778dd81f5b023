"""A line over days: round steps around its figures, broken where one is missing."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web.line_chart import draw_line


def draw(*figures: str | None):
    given = [(f"día {place}", None if text is None else Decimal(text)) for place, text in enumerate(figures)]
    return draw_line(given, labels=[(0, "1")], written=str)


def test_the_scale_is_in_round_steps_around_the_figures():
    assert [tick.text for tick in draw("1121.5", "1130").ticks] == ["1120", "1125", "1130"]


def test_a_missing_figure_breaks_the_line_and_a_figure_between_two_gaps_is_a_dot():
    chart = draw("1", "2", None, "3", None, "4", "5")
    assert [len(line.split()) for line in chart.lines] == [2, 2]
    assert len(chart.marks) == 5
    assert chart.marks[2].says == "día 3: 3"


def test_nothing_draws_nothing():
    assert draw() == draw(None, None) == ([], [], [], [])


@pytest.mark.parametrize("value", ["0", "1130", "-0.5", "1852.21"])
def test_one_figure_stands_inside_of_the_picture(value: str):
    (mark,) = draw(value).marks
    assert 0 <= float(mark.y) <= 100
    assert mark.x == "50.00"


@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=3), min_size=1, max_size=40))
def test_every_figure_stands_inside_of_the_picture_and_higher_is_more(figures: list[Decimal]):
    chart = draw_line([("día", figure) for figure in figures], labels=[], written=str)
    heights = [float(mark.y) for mark in chart.marks]
    assert all(5.9 <= height <= 88.1 for height in heights)
    order = sorted(range(len(figures)), key=lambda place: figures[place])
    assert all(heights[one] >= heights[other] - 0.01 for one, other in itertools.pairwise(order))
    assert 2 <= len(chart.ticks) <= 7
