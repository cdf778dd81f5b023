"""Heating values of the demonstration: near 1,130 BTU/ft³, never far from the day before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.quantities import HeatingValue

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
                # One decimal, as the chromatograph reports it.
                last = Known(HeatingValue(round(level * 10) * 100), day)
                self.measured.append((day, last.value))
            self._known[day] = last

    def at(self, day: date) -> Known:
        """Return what converts the gas of ``day``."""
        return self._known[day]

    def known_when_nominating(self, day: date) -> Known:
        """Return what was known on the morning before ``day``: the value of two days before."""
        return self._known.get(day - timedelta(days=2)) or next(iter(self._known.values()))
