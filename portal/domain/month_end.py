"""Projection of the month's imbalance: requests authorised as asked, usual consumption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .balance import due_of
from .gas_day import GasDay
from .quantities import Quantity, Unit, half_up

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class DayAhead:
    """Day of the month in one unit: due, consumed, usual consumption; None is unknown.

    ``due`` is the authorised quantity, else the one asked for, else None.
    """

    gas_day: GasDay
    due: Quantity | None
    consumed: Quantity | None
    usual: Quantity | None


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """Projected imbalance at the end of a month, positive "a favor", and the band of its tolerance.

    ``so_far`` is the part of the measured days. ``unknown_days`` could not be projected and add nothing.
    """

    imbalance: Quantity
    band: Quantity
    so_far: Quantity
    unknown_days: int

    @property
    def is_within(self) -> bool:
        """The projected imbalance lies within the band."""
        return abs(self.imbalance) <= self.band


def project(unit: Unit, days: Sequence[DayAhead], today: GasDay, tolerance_basis_points: int) -> MonthEnd:
    """Return the projection of a month; ``days`` are those on which gas is delivered.

    E = Σ (A − C) of the measured days + Σ (A − U) of the others: A is due, C the consumption, U the usual consumption
    (``suggestions.compute_usual``). Without a request A is zero up to ``today``, as in the account, and U for a later
    day. The band is the tolerance of Σ A. All in ``unit``, else ``UnitMismatch``.
    """
    imbalance = so_far = due_in_all = Quantity.zero(unit)
    unknown = 0
    for day in days:
        due = due_of(None, day.due, unit)
        if day.consumed is not None:
            so_far += due - day.consumed
            imbalance += due - day.consumed
            due_in_all += due
        elif day.usual is None:
            unknown += 1
        elif day.due is None and day.gas_day > today:
            due_in_all += day.usual
        else:
            imbalance += due - day.usual
            due_in_all += due
    band = Quantity.from_micro(half_up(due_in_all.micro * tolerance_basis_points, _BASIS_POINTS), unit)
    return MonthEnd(imbalance, band, so_far, unknown)
