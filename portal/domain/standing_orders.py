"""Standing order of a point: what it nominates for a gas day that nobody nominates, and why it may not.

Source: docs/rules.md, "Standing orders"; adr/0132.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .gas_day import GasDay
from .quantities import Quantity

DAYS_SHOWN = 7
_SUNDAY = 6


class Lapse(StrEnum):
    """Reason for which a signed order nominates nothing any more."""

    OVER = "over"
    UNIT_CHANGED = "unit-changed"
    KEY_REVOKED = "key-revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Quantities of an order, all in one unit; without one of their own, Sundays and holidays are as every day.

    ``last_day`` is its last gas day, None for an order without end.
    """

    every_day: Quantity
    sundays: Quantity | None = None
    holidays: Quantity | None = None
    last_day: GasDay | None = None

    def quantity_on(self, gas_day: GasDay, holidays: Container[date]) -> Quantity | None:
        """Return the quantity for a gas day; None after the last one. A holiday on a Sunday is a holiday."""
        if self.last_day is not None and gas_day > self.last_day:
            return None
        if self.holidays is not None and gas_day.date in holidays:
            return self.holidays
        if self.sundays is not None and gas_day.date.weekday() == _SUNDAY:
            return self.sundays
        return self.every_day


LAPSE_WORDS = {
    Lapse.OVER: "su último día ya pasó",
    Lapse.UNIT_CHANGED: "se firmó en otra unidad que la del punto",
    Lapse.KEY_REVOKED: "la clave numérica con que se firmó fue anulada",
}
