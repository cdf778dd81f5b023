"""Chart of a component of the tariffs over the months, as numbers of an SVG of any width (chart.css)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from portal.domain.calendar import MONTHS
from portal.domain.gas_day import Month
from portal.services.market import Value
from portal.words.tariffs import number_words

BOX = 1000
# Per cents of the height.
TOP, BOTTOM = 7, 88
_MOST_TICKS, _MOST_LABELS = 5, 8
_STEPS = (Decimal(1), Decimal(2), Decimal(5))


class Mark(NamedTuple):
    """Line of the grid, or word under the picture: its place in per cents, and its text."""

    at: str
    text: str


class Chart(NamedTuple):
    """Data of the picture: ``line`` in a box of ``BOX`` by ``BOX``, dots and marks in per cents."""

    line: str
    dots: list[tuple[str, str]]
    ticks: list[Mark]
    labels: list[Mark]


def draw(values: Sequence[Value]) -> Chart | None:
    """Return the chart of two months or more; None for fewer, which are no line."""
    found = [(each.month, each.figure.value) for each in values if each.figure.value is not None]
    if len(found) < 2:
        return None
    amounts = [amount for _, amount in found]
    low, high, step = _scale(min(amounts), max(amounts))
    begin = _number(found[0][0])
    count = _number(found[-1][0]) - begin + 1

    def x(month: Month) -> Decimal:
        return (_number(month) - begin + Decimal("0.5")) * 100 / count

    def y(amount: Decimal) -> Decimal:
        return BOTTOM - (amount - low) * (BOTTOM - TOP) / (high - low)

    every = -(-len(found) // _MOST_LABELS)
    return Chart(
        line=" ".join(f"{x(month) * BOX / 100:.1f},{y(amount) * BOX / 100:.1f}" for month, amount in found),
        dots=[(_share(x(month)), _share(y(amount))) for month, amount in found],
        ticks=[
            Mark(_share(y(low + step * place)), number_words(low + step * place))
            for place in range(int((high - low) / step) + 1)
        ],
        labels=[Mark(_share(x(month)), f"{MONTHS[month.number - 1][:3]} {month.year}") for month, _ in found[::every]],
    )


def _scale(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return lowest and highest line of the grid, and the round step between them."""
    span = (high - low) or max(abs(high) / 10, Decimal(1))
    power = Decimal(1).scaleb(span.adjusted() - 1)
    steps = [digit * scale for scale in (power, power * 10) for digit in _STEPS]
    step = next(each for each in steps if each * _MOST_TICKS >= span)
    bottom = (low / step).to_integral_value(rounding="ROUND_FLOOR") * step
    top = (high / step).to_integral_value(rounding="ROUND_CEILING") * step
    return bottom, top if top > bottom else bottom + step, step


def _number(month: Month) -> int:
    return month.year * 12 + month.number


def _share(value: Decimal) -> str:
    return f"{value:.2f}%"
