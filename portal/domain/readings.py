"""States of a reading and reasons of an adjustment.

Source: docs/rules.md, "Adjustments", "Readings".
"""

from __future__ import annotations

from enum import StrEnum

from .gas_day import GasDay, Month
from .quantities import Quantity

# From this age on, only a supervisor corrects a certified reading (contract, clauses 51 and 68).
OLD_MONTHS = 5


class ReadingState(StrEnum):
    """From telemetry; certified; corrected after certification, with a reason; estimated for a gap."""

    PROVISIONAL = "provisional"
    CERTIFIED = "certified"
    CORRECTED = "corrected"
    ESTIMATED = "estimated"


class AdjustmentReason(StrEnum):
    """Cruce, devolución, compensación, corrección, traslado; and the account before its first day, once a point."""

    NETTING = "netting"
    PAYBACK = "payback"
    COMPENSATION = "compensation"
    CORRECTION = "correction"
    OPENING = "opening"
    # Balance that goes on in the account of another point (adr/0135).
    TRANSFER = "transfer"


# Adjustments that a person makes on the page of the balances; a correction follows from a closed month.
PROPOSED = (AdjustmentReason.NETTING, AdjustmentReason.PAYBACK, AdjustmentReason.COMPENSATION)


def is_uncharged(gas_day: GasDay, *, before: Quantity, after: Quantity, today: GasDay) -> bool:
    """Tell whether a correction may not charge the customer: old and against them (contract, clauses 51 and 68)."""
    return after > before and is_old(gas_day, today)


def is_old(gas_day: GasDay, today: GasDay) -> bool:
    """Tell whether ``day`` lies before the same day of the fifth month before this one."""
    month = Month.of(today)
    for _ in range(OLD_MONTHS):
        month = month.previous
    return gas_day < month.days()[min(today.date.day, len(month.days())) - 1]
