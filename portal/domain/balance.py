"""Balance account: daily imbalance, accumulations and variation.

Source: docs/rules.md, "Balance account".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .gas_day import GasDay
from .quantities import Quantity, Unit, UnitMismatch, half_up
from .readings import ReadingState

_PERCENT_MICRO = 100 * 10**6
BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class DayInput:
    """Figures in force of a gas day in one unit; None means absent, not zero.

    ``adjustment`` is the sum of the dated movements of the day (netting, payback, compensation, correction).
    """

    gas_day: GasDay
    nominated: Quantity | None
    authorised: Quantity | None
    consumed: Quantity | None
    adjustment: Quantity


@dataclass(frozen=True, slots=True)
class DayAccount:
    """A row of the sheet: D, V, M and T (docs/rules.md, "Balance account") beside the figures they come from.

    ``imbalance`` is positive for gas not taken ("a favor") and negative for gas taken beyond ("en contra"); it and
    ``variation`` (percent) are None without consumption, ``variation`` also when nothing was due but gas was taken.
    ``month_to_date`` and ``total_to_date`` then stay as the day before, adjustments apart, and their ``…_incomplete``
    says that a past day is missing in them.
    """

    gas_day: GasDay
    nominated: Quantity | None
    authorised: Quantity | None
    due: Quantity
    consumed: Quantity | None
    adjustment: Quantity
    imbalance: Quantity | None
    variation: Decimal | None
    month_to_date: Quantity
    month_incomplete: bool
    total_to_date: Quantity
    total_incomplete: bool

    @property
    def without_nomination(self) -> bool:
        """Neither nominated nor authorised ("sin nominación"); ``due`` is then zero."""
        return self.nominated is None and self.authorised is None


@dataclass(frozen=True, slots=True)
class PendingDays:
    """Days of a month without consumption, and their sums asked and authorised.

    No sum of the month includes them: their imbalance is not known yet.
    """

    days: int
    nominated: Quantity
    authorised: Quantity


@dataclass(frozen=True, slots=True)
class MonthAccount:
    """Rows of a month, sums of its measured days, and the account before and after.

    Every sum is over the days with a consumption (``measured_days``), so that ``due`` − ``consumed`` = ``imbalance``;
    ``due`` counts a day's nomination where nothing was authorised. ``pending`` are the other days, ``measured_until``
    is the last measured one. ``opening_incomplete`` is about the account before the month, ``incomplete`` about the
    month, ``closing_incomplete`` about the account up to its last row.
    """

    unit: Unit
    rows: tuple[DayAccount, ...]
    nominated: Quantity
    authorised: Quantity
    due: Quantity
    consumed: Quantity
    imbalance: Quantity
    adjustment: Quantity
    opening: Quantity
    opening_incomplete: bool
    closing: Quantity
    measured_days: int
    measured_until: GasDay | None
    pending: PendingDays
    incomplete: bool
    closing_incomplete: bool


def due_of(authorised: Quantity | None, nominated: Quantity | None, unit: Unit) -> Quantity:
    """Return A: the authorised quantity if recorded, else the nomination in force, else zero."""
    if authorised is not None:
        return authorised
    return nominated if nominated is not None else Quantity.zero(unit)


def compute_imbalance(
    authorised: Quantity | None, nominated: Quantity | None, consumed: Quantity | None
) -> Quantity | None:
    """Return D = A − C, positive when less was taken; None without consumption.

    Raises ``UnitMismatch`` across units.
    """
    if consumed is None:
        return None
    return due_of(authorised, nominated, consumed.unit) - consumed


def tell_side(balance: Quantity) -> str:
    """Return whose a balance is, in words: gas not taken is the customer's; empty for zero."""
    if balance.micro == 0:
        return ""
    return "a favor" if balance.micro > 0 else "en contra"


def compute_variation(due: Quantity, consumed: Quantity) -> Decimal | None:
    """Return V = 100·|C − A| / A in percent, half-up to six decimals, for A ``due``.

    Zero when both are zero; None when gas was taken and nothing was due. Raises ``UnitMismatch`` across units and
    ``ValueError`` for a negative ``due``.
    """
    return _percent(abs(consumed - due).micro, due.micro)


def is_out_of_tolerance(due: Quantity, consumed: Quantity, tolerance_basis_points: int) -> bool:
    """Tell whether V, unrounded, is above the tolerance in hundredths of a percent; never when nothing was due.

    Raises ``UnitMismatch`` across units.
    """
    return is_beyond(abs(consumed - due).micro, due.micro, tolerance_basis_points)


def is_beyond(strayed_micro: int, due_micro: int, tolerance_basis_points: int) -> bool:
    """Tell whether a deviation is above the tolerance of what was due, both in millionths of one unit."""
    return due_micro > 0 and strayed_micro * BASIS_POINTS > tolerance_basis_points * due_micro


def month_band(consumed: Quantity, imbalance: Quantity, tolerance_basis_points: int) -> Quantity:
    """Return the tolerance of a month's imbalance, half-up: that of the sum due on its measured days.

    ``consumed`` and ``imbalance`` are the month's sums over those days; the sum due is both together.
    """
    due = consumed + imbalance
    return Quantity.from_micro(half_up(due.micro * tolerance_basis_points, BASIS_POINTS), due.unit)


# Of a month in which nothing was due, or nothing is tolerated, and gas was taken: no share of a band is larger.
MOST_STRAIN = 999_999_999


def compute_strain(due_micro: int, imbalance_micro: int, tolerance_basis_points: int) -> int:
    """Return an imbalance in whole percent of what the tolerance leaves of the sum due, rounded down.

    Both in millionths of one unit. By this months of any size and unit are compared: it is an order, no figure of the
    account.
    """
    if imbalance_micro == 0:
        return 0
    # In this order it stays within 64 bits, in which the database computes the same.
    band = due_micro // BASIS_POINTS * tolerance_basis_points
    return MOST_STRAIN if band <= 0 else min(MOST_STRAIN, abs(imbalance_micro) * 100 // band)


def compute_month(
    unit: Unit,
    opening: Quantity,
    opening_incomplete: bool,
    days: Sequence[DayInput],
    today: GasDay,
    ends_on: GasDay | None = None,
) -> MonthAccount:
    """Return the account of consecutive ``days`` of a month, in ``unit``, from the ``opening`` before the first.

    M begins at zero, T at ``opening``. A day without consumption adds nothing to M and only its adjustment to T; it
    leaves them incomplete when it lies before ``today``: a day still running or to come is no gap. Nothing is awaited
    from ``ends_on`` of the point on (excluded). Raises
    ``ValueError`` when a day is left out or out of order, ``UnitMismatch`` for a figure in another unit.
    """
    _check(unit, opening, days)
    rows: list[DayAccount] = []
    month, total = 0, opening.micro
    gap = False
    for day in days:
        consumed = day.consumed
        due = due_of(day.authorised, day.nominated, unit)
        imbalance_of_day: Quantity | None = None
        variation_of_day: Decimal | None = None
        if consumed is not None:
            imbalance_of_day = due - consumed
            variation_of_day = _percent(abs(imbalance_of_day.micro), due.micro)
            month += imbalance_of_day.micro
            total += imbalance_of_day.micro
        elif day.gas_day < today:
            gap = True
        total += day.adjustment.micro
        rows.append(
            DayAccount(
                day.gas_day,
                day.nominated,
                day.authorised,
                due,
                consumed,
                day.adjustment,
                imbalance_of_day,
                variation_of_day,
                Quantity(month, unit),
                gap,
                Quantity(total, unit),
                gap or opening_incomplete,
            )
        )
    measured = [row for row in rows if row.consumed is not None]
    pending = [row for row in rows if row.consumed is None]
    return MonthAccount(
        unit=unit,
        rows=tuple(rows),
        nominated=_sum(unit, [row.nominated for row in measured]),
        authorised=_sum(unit, [row.authorised for row in measured]),
        due=_sum(unit, [row.due for row in measured]),
        consumed=_sum(unit, [row.consumed for row in measured]),
        imbalance=Quantity(month, unit),
        adjustment=_sum(unit, [day.adjustment for day in days]),
        opening=opening,
        opening_incomplete=opening_incomplete,
        closing=Quantity(total, unit),
        measured_days=len(measured),
        measured_until=measured[-1].gas_day if measured else None,
        pending=PendingDays(
            sum([ends_on is None or row.gas_day < ends_on for row in pending]),
            _sum(unit, [row.nominated for row in pending]),
            _sum(unit, [row.authorised for row in pending]),
        ),
        incomplete=gap,
        closing_incomplete=gap or opening_incomplete,
    )


def _percent(strayed: int, due: int) -> Decimal | None:
    if due < 0:
        raise ValueError("a quantity due is not negative")
    if due == 0:
        return None if strayed else Decimal(0)
    return Decimal(f"{half_up(strayed * _PERCENT_MICRO, due)}e-6")


def _sum(unit: Unit, figures: Sequence[Quantity | None]) -> Quantity:
    return Quantity(sum([figure.micro for figure in figures if figure is not None]), unit)


def _check(unit: Unit, opening: Quantity, days: Sequence[DayInput]) -> None:
    """Refuse another unit and a missing day: either would spoil the sums silently."""
    if opening.unit is not unit:
        raise UnitMismatch(unit, opening.unit)
    for day in days:
        for figure in (day.nominated, day.authorised, day.consumed, day.adjustment):
            if figure is not None and figure.unit is not unit:
                raise UnitMismatch(unit, figure.unit)
    first = days[0].gas_day.date.toordinal() if days else 0
    if any(day.gas_day.date.toordinal() != first + place for place, day in enumerate(days)):
        raise ValueError("the days of an account follow one another")


class ChangeKind(StrEnum):
    """Kinds: estimate replaced, reading changed, movement, cut, month closed, month restated."""

    ESTIMATE_REPLACED = "estimate-replaced"
    REMEASURED = "remeasured"
    CORRECTED = "corrected"
    ADJUSTED = "adjusted"
    CUT = "cut"
    CLOSED = "closed"
    RESTATED = "restated"


def find_reading_change(
    before: tuple[ReadingState, Quantity], after: tuple[ReadingState, Quantity]
) -> ChangeKind | None:
    """Return the change that a newer reading of the same day makes; None when only its certainty changed.

    A measurement equal to the estimate it replaces is still a change.
    """
    (old_state, old), (state, new) = before, after
    if old_state is ReadingState.ESTIMATED and state is not ReadingState.ESTIMATED:
        return ChangeKind.ESTIMATE_REPLACED
    if old == new:
        return None
    return ChangeKind.CORRECTED if state is ReadingState.CORRECTED else ChangeKind.REMEASURED


class LateTreatment(StrEnum):
    """Effect agreed in the contract: an adjustment in the open month, or a restatement of the closed one."""

    ADJUSTMENT = "adjustment"
    RESTATEMENT = "restatement"


class ExceptionClause(StrEnum):
    """Contract clause that allows a charge after five months: proven intent (dolo) of the user."""

    CLAUSE_51 = "51"
    CLAUSE_68 = "68"
