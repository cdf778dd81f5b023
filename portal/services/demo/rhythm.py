"""Model of daily gas: week, holidays, season, growth, and repeatable chance."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.quantities import HeatingValue
from portal.services.demo.cast import Point

# Monday to Sunday, then a holiday.
WEEK = {
    "station": (1.02, 1.00, 1.01, 1.03, 1.11, 0.97, 0.78, 0.82),
    "steady": (1.01, 1.02, 1.02, 1.01, 1.00, 0.97, 0.93, 0.94),
    "plant": (1.03, 1.06, 1.06, 1.05, 1.01, 0.66, 0.22, 0.25),
    "palm": (1.01, 1.03, 1.03, 1.02, 1.01, 0.92, 0.74, 0.70),
    "rice": (1.02, 1.03, 1.02, 1.03, 1.02, 0.94, 0.61, 0.58),
}
# January to December: harvests of oil palm and rice, holidays of drivers.
SEASON = {
    "station": (0.95, 0.99, 1.00, 0.99, 1.00, 1.02, 0.99, 1.01, 1.01, 1.02, 1.02, 1.03),
    "steady": (0.97, 1.00, 1.00, 1.00, 1.01, 1.00, 0.99, 1.00, 1.01, 1.01, 1.02, 1.00),
    "plant": (0.90, 1.00, 1.02, 1.00, 1.02, 1.00, 0.98, 1.01, 1.02, 1.03, 1.04, 0.92),
    "palm": (0.84, 0.92, 1.10, 1.22, 1.24, 1.15, 1.02, 0.94, 0.90, 0.90, 0.90, 0.84),
    "rice": (1.06, 0.86, 0.74, 0.72, 0.78, 0.90, 1.16, 1.34, 1.28, 1.08, 0.96, 1.04),
}
# Remaining traffic, April to September 2020.
LOCKDOWN = {4: 0.46, 5: 0.58, 6: 0.70, 7: 0.76, 8: 0.82, 9: 0.92}
# Customers ask a little above what they expect, which makes up for forgotten days and cuts.
ABOVE = 1.0018
SHUT_DAYS = {(12, 25), (1, 1)}


@dataclass(frozen=True, slots=True)
class Draw:
    """Chance of one day: metered and asked gas, m³, and figures from 0 to 1 for the rest."""

    consumed: int
    nominated: float
    gap: float
    correction: float
    cut: float
    forgotten: float
    renomination: float
    share: float
    bits: int


class Rhythm:
    """The days of one point; drawn in order, because each depends on the day before."""

    def __init__(self, point: Point, seed: str, holidays: Collection[date]) -> None:
        self._point = point
        self._holidays = holidays
        self._chance = random.Random(seed)
        self._drift = 0.0

    def expected(self, day: date) -> float:
        """Return the consumption that a person who knows the point would expect, m³."""
        point = self._point
        weekday = 7 if day in self._holidays else day.weekday()
        years = (day - date(2014, 12, 1)).days / 365.25
        amount = point.base_m3 * (1 + point.growth_percent / 100 * years)
        amount *= WEEK[point.rhythm][weekday] * SEASON[point.rhythm][day.month - 1]
        if day.year == 2020 and point.rhythm == "station":
            amount *= LOCKDOWN.get(day.month, 1.0)
        return amount

    def draw(self, day: date) -> Draw:
        """Return the chance of ``day``: always the same number of draws, whatever the date of today."""
        expected = self.expected(day)
        if self._point.rhythm == "plant" and (day.month, day.day) in SHUT_DAYS:
            expected = 0.0
        self._drift = 0.55 * self._drift + 0.022 * self._normal()
        one = self._chance.random
        return Draw(
            consumed=max(0, round(expected * (1 + self._drift + 0.018 * self._normal()))),
            nominated=max(0.0, expected * (ABOVE + 0.021 * self._normal())),
            gap=one(),
            correction=one(),
            cut=one(),
            forgotten=one(),
            renomination=one(),
            share=one(),
            bits=self._chance.getrandbits(96),
        )

    def _normal(self) -> float:
        """Return a value of mean 0 and deviation 1, about normal; made of plain sums, so equal on every machine."""
        draw = self._chance.random
        return (draw() + draw() + draw() + draw() - 2) * 1.7320508


MIDDLE, STEP, PULL, LEAST, MOST = 1_130.0, 2.4, 0.03, 1_095, 1_165


@dataclass(frozen=True, slots=True)
class Known:
    """The heating value by which a day is converted, and the day it was measured on."""

    value: HeatingValue
    measured_on: date


class GateValues:
    """The heating values of one exit point, day by day; ``measured`` is None on the days that have none."""

    def __init__(self, seed: str, days: Sequence[date], missing: frozenset[date]) -> None:
        chance = random.Random(seed)
        self._known: dict[date, Known] = {}
        self.measured: list[tuple[date, HeatingValue]] = []
        level = MIDDLE + chance.random() * 10 - 5
        last: Known | None = None
        for day in days:
            level += STEP * (chance.random() + chance.random() - 1) + PULL * (MIDDLE - level)
            level = min(MOST, max(LEAST, level))
            if last is None or day not in missing:
                # One decimal, as the chromatograph reports.
                last = Known(HeatingValue(round(level * 10) * 100), day)
                self.measured.append((day, last.value))
            self._known[day] = last

    def at(self, day: date) -> Known:
        """Return the value that converts the gas of ``day``."""
        return self._known[day]

    def known_when_nominating(self, day: date) -> Known:
        """Return the value known on the morning before ``day``: that of two days before."""
        return self._known.get(day - timedelta(days=2)) or next(iter(self._known.values()))
