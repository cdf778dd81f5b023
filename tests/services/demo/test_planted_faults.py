"""How many faults planted into the demonstration's figures are questioned, and how many good figures as well."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import holidays as calendar
import pytest

from portal.domain.oddities import DAYS_BACK, weigh_figure
from portal.services.demo.cast import AGREEMENTS
from portal.services.demo.rhythm import Rhythm

FIRST, LAST = date(2024, 9, 1), date(2026, 10, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
HOLIDAYS = set(calendar.country_holidays("CO", years=range(2024, 2027)))
M3 = 10**6
# What telemetry and hands really do to a figure.
FAULTS = {
    "×100": lambda figure, _yesterday: figure * 100,
    "×10": lambda figure, _yesterday: figure * 10,
    "÷10": lambda figure, _yesterday: figure // 10,
    "÷35.3 (KPC as m³)": lambda figure, _yesterday: figure * 1000 // 35_315,
    "zero": lambda _figure, _yesterday: 0,
    "yesterday's": lambda _figure, yesterday: yesterday,
    "×3": lambda figure, _yesterday: figure * 3,
    "÷3": lambda figure, _yesterday: figure // 3,
}
# Of a hundred planted, at least so many are questioned.
LEAST = {"×100": 100, "×10": 100, "÷10": 99, "÷35.3 (KPC as m³)": 99, "zero": 97, "yesterday's": 97, "×3": 99, "÷3": 98}
MOST_GOOD_PER_THOUSAND = 3


def series() -> list[dict[date, int]]:
    points = [point for agreement in AGREEMENTS for point in agreement.points]
    found = []
    for point in points:
        rhythm = Rhythm(point, f"planted:{point.name}", HOLIDAYS)
        found.append({day: rhythm.draw(day).consumed * M3 for day in DAYS})
    return found


@pytest.fixture(scope="module")
def known() -> list[dict[date, int]]:
    return series()


def is_questioned(figure: int, day: date, known: dict[date, int]) -> bool:
    return bool(weigh_figure(figure, day=day, known=known, holidays=HOLIDAYS).oddities)


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_are_questioned(known: list[dict[date, int]], name: str):
    chance = random.Random(name)
    hits: Counter[bool] = Counter()
    for figures in known:
        for day in chance.sample(DAYS[DAYS_BACK:], 60):
            planted = FAULTS[name](figures[day], figures[day - timedelta(days=1)])
            if planted != figures[day]:
                hits[is_questioned(planted, day, figures)] += 1
    rate = 100 * hits[True] / hits.total()
    assert rate >= LEAST[name]


def test_few_good_figures_are_questioned(known: list[dict[date, int]]):
    days = DAYS[DAYS_BACK::7]
    # One day of each week, and each of them moved on: every weekday is looked at.
    asked = [(figures, day + timedelta(days=n % 7)) for figures in known for n, day in enumerate(days[:-1])]
    odd = sum(is_questioned(figures[day], day, figures) for figures, day in asked)
    assert 1000 * odd <= MOST_GOOD_PER_THOUSAND * len(asked)
