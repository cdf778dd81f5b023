"""Line of figures over days or months as numbers of an SVG in per cents, so that it takes any width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

# Units of the picture's box, over which the line is stretched; and the part of its height for the line, in per cents.
BOX = 1000
TOP, BOTTOM = 6, 88
_STEPS = (1, 2, 5)
_TICKS = 4


class Tick(NamedTuple):
    """Line of the grid and its label; ``y`` in per cents of the height."""

    y: str
    text: str


class Mark(NamedTuple):
    """Figure with its place: ``x`` and ``y`` in per cents, and what it says."""

    x: str
    y: str
    says: str


class Label(NamedTuple):
    """Word under the picture; ``x`` in per cents."""

    x: str
    text: str


class LineChart(NamedTuple):
    """Data of ``components/line_chart.html``: the line is broken where figures are missing."""

    lines: list[str]
    marks: list[Mark]
    ticks: list[Tick]
    labels: list[Label]


def draw_line(
    figures: Sequence[tuple[str, Decimal | None]],
    *,
    labels: Sequence[tuple[int, str]],
    written: Callable[[Decimal], str],
) -> LineChart:
    """Return the chart of figures, each with the words of its place; ``labels`` name places by their number.

    The scale covers the figures and no more, in round steps: it does not begin at zero. Without any figure the chart
    is empty.
    """
    known = [value for _, value in figures if value is not None]
    if not known:
        return LineChart([], [], [], [])
    ticks = _ticks(min(known), max(known))
    low, high = ticks[0], ticks[-1]

    def y(value: Decimal) -> Decimal:
        return BOTTOM - (value - low) * (BOTTOM - TOP) / (high - low)

    def x(place: int) -> Decimal:
        return Decimal(100 * (2 * place + 1)) / (2 * len(figures))

    lines: list[list[str]] = [[]]
    marks = []
    for place, (words, value) in enumerate(figures):
        if value is None:
            lines.append([])
            continue
        lines[-1].append(f"{_share(x(place) * BOX / 100)},{_share(y(value) * BOX / 100)}")
        marks.append(Mark(_share(x(place)), _share(y(value)), f"{words}: {written(value)}"))
    return LineChart(
        [" ".join(points) for points in lines if len(points) > 1],
        marks,
        [Tick(_share(y(tick)), written(tick)) for tick in ticks],
        [Label(_share(x(place)), text) for place, text in labels],
    )


def _ticks(least: Decimal, most: Decimal) -> list[Decimal]:
    """Return round figures from at most ``least`` to at least ``most``."""
    span = (most - least) or Decimal(1)
    size = Decimal(10) ** (span / _TICKS).adjusted()
    step = next((size * each for each in (*_STEPS, 10) if size * each * _TICKS >= span), size * 10)
    first = least // step * step
    if first > least:
        first -= step
    found = [first]
    while found[-1] < most or len(found) < 2:
        found.append(found[-1] + step)
    return found


def _share(value: Decimal) -> str:
    return f"{value:.2f}"
