"""Chart of an account as numbers of an SVG of any width: consumption above, running account below.

Labels and dots are placed in per cents of the picture; bars and lines in a box two wide for each column and ``BOX``
high, stretched over it. Their paths go on from where they are: small steps, which repeat, are sent in few bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from portal.domain.quantities import Quantity, Unit
from portal.web.filters import quantity

BOX, COLUMN = 1000, 2
# Per cents of the height: top and bottom of the two panels.
UPPER, LOWER = (7.0, 48.0), (61.0, 91.0)
# Free on either side of a bar, and its width.
_GAP, _WIDE = 0.36, 1.28
_STEPS = (1, 2, 5)
# Margin of a panel beyond its amounts, in per cents of their span.
_MARGIN = 4


class Tick(NamedTuple):
    """Line of the grid and its label."""

    y: str
    text: str


class Label(NamedTuple):
    """Word under the picture; a ``minor`` one is hidden where room is short."""

    x: str
    text: str
    minor: bool = False


class Spot(NamedTuple):
    """Day or month to point at, by mouse or keyboard: its words, and the address of its row or None."""

    url: str | None
    says: str


class Key(NamedTuple):
    """Line of the legend."""

    css: str
    says: str


class Chart(NamedTuple):
    """Data of ``_chart.html``."""

    title: str
    sentence: str
    upper_title: str
    lower_title: str
    upper: tuple[Tick, ...]
    lower: tuple[Tick, ...]
    width: int
    bars: str
    estimated: str
    outs: tuple[str, ...]
    due: str
    band: str
    total: str
    dot: tuple[str, str] | None
    today: str | None
    labels: tuple[Label, ...]
    spots: tuple[Spot, ...]
    keys: tuple[Key, ...]


class Scale:
    """Scale of a panel: amounts in millionths to per cents of the height; grid lines at round amounts.

    The panel reaches little beyond the amounts, so that movement fills it; one that begins at zero stands on it.
    """

    def __init__(self, panel: tuple[float, float], amounts: Sequence[int], most_ticks: int) -> None:
        self._top, self._bottom = panel
        low, high = min(amounts), max(amounts)
        self.step = _step(high - low, most_ticks)
        margin = max(1, (high - low) * _MARGIN // 100)
        self._low = 0 if low == 0 else low - margin
        self._high = high + margin

    def y(self, amount: int) -> float:
        """Return the distance of an amount from the top of the picture."""
        return self._bottom - (amount - self._low) * (self._bottom - self._top) / (self._high - self._low)

    def ticks(self, unit: Unit) -> tuple[Tick, ...]:
        """Return the lines of the grid; whole m³, even where the month has hardly moved."""
        step = max(self.step, 10**6) if unit is Unit.M3 else self.step
        amounts = range(-(-self._low // step) * step, self._high + 1, step)
        whole = step % 10**6 == 0
        return tuple([Tick(share(self.y(at)), quantity(Quantity(at, unit), 0 if whole else 2)) for at in amounts])


class Columns:
    """Days of a month, or months of a year, side by side over the whole width."""

    def __init__(self, count: int) -> None:
        self._count = count

    def left(self, place: int) -> float:
        """Return the left edge of the column of ``place``, from 0."""
        return place * 100 / self._count

    def middle(self, place: int) -> float:
        """Return the middle of a column."""
        return (place + 0.5) * 100 / self._count

    @property
    def width(self) -> int:
        """The width of the box."""
        return COLUMN * self._count

    def bars(self, scale: Scale, consumed: Sequence[tuple[int, int]]) -> str:
        """Return the bars of (place, amount) as one path: cheaper than one element each."""
        ground, before = _height(scale.y(0)), 0
        drawn: list[str] = []
        for place, amount in consumed:
            step = f"m{COLUMN * (place - before)} 0" if drawn else f"M{COLUMN * place + _GAP:g} {ground}"
            drawn.append(f"{step}V{_height(scale.y(amount))}h{_WIDE:g}V{ground}z")
            before = place
        return "".join(drawn)

    def stairs(self, steps: Sequence[tuple[int, float]]) -> str:
        """Return a step line of (place, height), without gaps between the places."""
        if not steps:
            return ""
        at, drawn = COLUMN * steps[0][0], [f"M{COLUMN * steps[0][0]} {_height(steps[0][1])}"]
        for place, y in steps:
            end = COLUMN * (place + 1)
            drawn.append(f"V{_height(y)}h{end - at}")
            at = end
        return "".join(drawn)

    def line(self, points: Sequence[tuple[int, float]]) -> str:
        """Return a line of (place, height) through the middles of the columns."""
        at = [(COLUMN * place + COLUMN // 2, _height(y)) for place, y in points]
        if not at:
            return ""
        steps = [f"{x - left}{y - above:+}" for (left, above), (x, y) in pairwise(at)]
        return f"M{at[0][0]} {at[0][1]}" + (f"l{' '.join(steps)}" if steps else "")


def share(value: float) -> str:
    """Return a per cent of the picture."""
    return f"{value:.2f}%"


def _height(value: float) -> int:
    """Return a place in the box: whole, for a thousandth of the picture is less than a point of a screen."""
    return round(value * BOX / 100)


def _step(span: int, most: int) -> int:
    """Return the round distance between grid lines that cuts ``span`` into at most ``most`` parts."""
    power = 1
    while True:
        for digit in _STEPS:
            if span <= digit * power * most:
                return digit * power
        power *= 10
