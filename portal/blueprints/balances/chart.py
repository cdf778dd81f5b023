"""The chart of a month as numbers of an SVG: consumption against what was asked above, the running account below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.domain.quantities import Quantity
from portal.domain.readings import ReadingState
from portal.filters import UNIT_WORDS, quantity
from portal.services.balances import MonthSheet

from .words import days, side

WIDTH, HEIGHT = 760, 356
LEFT, RIGHT = 76, 748
UPPER, LOWER = (18, 172), (212, 322)
_BASIS_POINTS = 10_000
_STEPS = (1, 2, 5)


class Tick(NamedTuple):
    """A line of the grid and its label."""

    y: str
    text: str


class Bar(NamedTuple):
    """A day's consumption."""

    css: str
    x: str
    y: str
    height: str


class Day(NamedTuple):
    """A label under the chart."""

    x: str
    text: str


class Chart(NamedTuple):
    """What the template draws; coordinates are pixels of a picture of ``WIDTH`` by ``HEIGHT``."""

    sentence: str
    unit: str
    bar_width: str
    upper: tuple[Tick, ...]
    lower: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    due: str
    band: str
    total: str
    dot: tuple[str, str] | None
    today: str | None
    labels: tuple[Day, ...]
    estimated: bool


class _Scale:
    """Amounts of a panel, in millionths, as heights."""

    def __init__(self, panel: tuple[int, int], amounts: Sequence[int], most_ticks: int) -> None:
        self._top, self._bottom = panel
        low, high = min(amounts), max(amounts)
        self.step = _step(high - low, most_ticks)
        self._low = low // self.step * self.step
        self._high = max(-(-high // self.step) * self.step, self._low + self.step)

    def y(self, amount: int) -> float:
        """Return how far below the top of the picture an amount lies."""
        return self._bottom - (amount - self._low) * (self._bottom - self._top) / (self._high - self._low)

    def ticks(self, sheet: MonthSheet) -> tuple[Tick, ...]:
        """Return the lines of the grid."""
        amounts = range(self._low, self._high + 1, self.step)
        whole = self.step % 10**6 == 0
        return tuple([Tick(_px(self.y(at)), quantity(Quantity(at, sheet.unit), 0 if whole else 2)) for at in amounts])


def draw(sheet: MonthSheet, point_name: str, month: str, tolerance: str) -> Chart:
    """Return the chart of a sheet."""
    rows = sheet.account.rows
    due = [row.due.micro for row in rows]
    consumed = [0 if row.consumed is None else row.consumed.micro for row in rows]
    totals = [row.total_to_date.micro for row in rows]
    outer = _band(sheet)
    above = _Scale(UPPER, [0, 10**6, *due, *consumed], 4)
    # The account may be far from zero, and what matters is how it moves: this panel begins where the month does.
    opening = sheet.account.opening.micro
    below = _Scale(LOWER, [opening, opening + 10**6, *totals, *[edge for pair in outer for edge in pair]], 4)
    # Every month is as wide as its days: a month that has just begun shows how much is still to come.
    width = (RIGHT - LEFT) / sheet.month.last.date.day
    left = [LEFT + (row.gas_day.date.day - 1) * width for row in rows]
    middle = [x + width / 2 for x in left]
    numbers = range(1, sheet.month.last.date.day + 1)
    return Chart(
        sentence=_sentence(sheet, point_name, month, tolerance),
        unit=UNIT_WORDS[sheet.unit],
        bar_width=_px(width * 0.64),
        upper=above.ticks(sheet),
        lower=below.ticks(sheet),
        bars=_bars(sheet, above, left, width),
        due=_stairs(left, [above.y(amount) for amount in due], width),
        band=_polygon(middle, [below.y(high) for _, high in outer], [below.y(low) for low, _ in outer]),
        total=_line(middle, [below.y(amount) for amount in totals]),
        dot=(_px(middle[-1]), _px(below.y(totals[-1]))) if rows else None,
        today=next((_px(x) for x, row in zip(middle, rows, strict=True) if row.gas_day == sheet.today), None),
        labels=tuple([Day(_px(LEFT + (n - 0.5) * width), str(n)) for n in numbers if n % 5 == 0 or n == 1]),
        estimated=any(day.reading_state is ReadingState.ESTIMATED for day in sheet.days),
    )


def _bars(sheet: MonthSheet, scale: _Scale, left: list[float], width: float) -> tuple[Bar, ...]:
    ground = scale.y(0)
    found = []
    for x, day in zip(left, sheet.days, strict=True):
        consumed = day.account.consumed
        if consumed is not None:
            css = "bar-estimated" if day.reading_state is ReadingState.ESTIMATED else "bar"
            top = scale.y(consumed.micro)
            found.append(Bar(css, _px(x + width * 0.18), _px(top), _px(ground - top)))
    return tuple(found)


def _band(sheet: MonthSheet) -> list[tuple[int, int]]:
    """Return where the running account would lie if every measured day had kept to the tolerance."""
    at, reach = sheet.account.opening.micro, 0
    found = []
    for row in sheet.account.rows:
        at += row.adjustment.micro
        if row.consumed is not None:
            reach += row.due.micro * sheet.tolerance_basis_points
        found.append((at - reach // _BASIS_POINTS, at + reach // _BASIS_POINTS))
    return found


def _sentence(sheet: MonthSheet, point_name: str, month: str, tolerance: str) -> str:
    account, unit = sheet.account, UNIT_WORDS[sheet.unit]
    if not account.measured_days:
        return f"{point_name} no tiene consumo medido en {month}."
    outside = sum(day.out_of_tolerance for day in sheet.days)
    strayed = "ningún día quedó" if not outside else f"{days(outside)} {'quedó' if outside == 1 else 'quedaron'}"
    closing = account.closing
    return (
        f"En {month} {point_name} consumió {quantity(account.consumed)} {unit} en {days(account.measured_days)} con"
        f" medición; {strayed} fuera de la tolerancia de {tolerance}. El acumulado total llegó a"
        f" {quantity(closing)} {unit} {side(closing) or '(en equilibrio)'}."
    )


def _step(span: int, most: int) -> int:
    """Return the round distance of the grid's lines that cuts ``span`` into ``most`` parts at most."""
    power = 1
    while True:
        for digit in _STEPS:
            if span <= digit * power * most:
                return digit * power
        power *= 10


def _stairs(left: list[float], heights: list[float], width: float) -> str:
    if not left:
        return ""
    steps = [f"V{_px(y)}H{_px(x + width)}" for x, y in zip(left, heights, strict=True)]
    return f"M{_px(left[0])} {_px(heights[0])}{''.join(steps)}"


def _line(xs: list[float], ys: list[float]) -> str:
    return " ".join([f"{_px(x)},{_px(y)}" for x, y in zip(xs, ys, strict=True)])


def _polygon(xs: list[float], upper: list[float], lower: list[float]) -> str:
    return f"{_line(xs, upper)} {_line(xs[::-1], lower[::-1])}".strip()


def _px(value: float) -> str:
    return f"{value:.1f}"
