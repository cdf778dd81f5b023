"""Where the month's imbalance will end if what is asked is authorised and each day takes what it usually takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .balance import due_of
from .gas_day import GasDay
from .quantities import Quantity, Unit, half_up

_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day of the month in one unit: what is due, what was consumed, and what it usually takes; None is unknown.

    ``due`` is what was authorised, else what is asked for the day, else None.
    """

    gas_day: GasDay
    due: Quantity | None
    consumed: Quantity | None
    usual: Quantity | None


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """The imbalance with which a month would end, positive "a favor", and how far it may stray within the tolerance.

    ``so_far`` is the part of the days already measured. ``unknown_days`` could not be told and count for nothing.
    """

    imbalance: Quantity
    band: Quantity
    so_far: Quantity
    unknown_days: int

    @property
    def is_within(self) -> bool:
        """The month would end within the tolerance."""
        return abs(self.imbalance) <= self.band


def project(unit: Unit, days: Sequence[DayAhead], today: GasDay, tolerance_basis_points: int) -> MonthEnd:
    """Return where the imbalance of a month stands at its end; ``days`` are those on which gas is delivered.

    E = Σ (A − C) of the measured days + Σ (A − U) of the others: A is what is due, C the consumption, U what the day
    usually takes (``suggestions.usual``). Up to ``today`` nothing asked is zero, as in the account. A later day for
    which nothing is asked yet adds nothing: it will be asked as it is taken. The band is the tolerance of Σ A, with U
    where nothing is asked yet. All in ``unit``, else ``UnitMismatch``.
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
