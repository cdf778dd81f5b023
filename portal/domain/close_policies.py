"""Rule at the close for a point without nomination (docs/rules.md, "No nomination at the close")."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from .calendar import WEEKDAYS
from .gas_day import GasDay
from .quantities import Quantity, Unit, half_up
from .spans import few

# Step of a nominated quantity, in millionths: m³ whole, MBTU with two decimals.
_STEP = {Unit.M3: 1_000_000, Unit.MBTU: 10_000}


class ClosePolicy(StrEnum):
    """Rule of a point: mean of the same weekday, the last nomination again, or zero."""

    FORECAST = "forecast"
    LAST = "last"
    ZERO = "zero"


# Measured days of one weekday that a forecast averages.
FORECAST_DAYS = 4
# For any day without nomination; ``rule_to_come`` gives the sentence for one day.
POLICY_WORDS = {
    ClosePolicy.FORECAST: (
        f"se nomina el pronóstico: el promedio de los últimos {few(FORECAST_DAYS)} días iguales de la semana"
    ),
    ClosePolicy.LAST: "se repite la última nominación",
    ClosePolicy.ZERO: "se nomina cero",
}


def rule_to_come(policy: ClosePolicy, gas_day: GasDay) -> str:
    """Return the sentence about ``gas_day`` if nobody nominates it: "se nominará por usted el promedio de…"."""
    if policy is ClosePolicy.FORECAST:
        weekday = WEEKDAYS[gas_day.date.weekday()]
        several = weekday if weekday.endswith("s") else f"{weekday}s"
        return f"se nominará por usted el promedio de los últimos {few(FORECAST_DAYS)} {several}"
    return "se repetirá su última nominación" if policy is ClosePolicy.LAST else "se nominará cero (0)"


def rounded_mean(quantities: Sequence[Quantity]) -> Quantity:
    """Return the mean half-up in the step of a nomination: whole m³, or MBTU with two decimals."""
    unit = quantities[0].unit
    total = sum(quantities, Quantity.zero(unit))
    return Quantity.from_micro(half_up(total.micro, len(quantities) * _STEP[unit]) * _STEP[unit], unit)
