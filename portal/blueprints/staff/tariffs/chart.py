"""Chart of a component of the tariffs over the months."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.calendar import MONTHS, month_words
from portal.domain.gas_day import Month
from portal.services.market import Value
from portal.web.line_chart import LineChart, draw_line
from portal.words.tariffs import number_words

_MOST_LABELS = 8


def draw(values: Sequence[Value]) -> LineChart | None:
    """Return the chart of two months or more, broken where a month is not published; None for fewer."""
    found = {each.month: each.figure.value for each in values if each.figure.value is not None}
    if len(found) < 2:
        return None
    first, last = min(found, key=_number), max(found, key=_number)
    months = [first]
    while months[-1] != last:
        months.append(months[-1].next)
    every = -(-len(months) // _MOST_LABELS)
    return draw_line(
        [(month_words(month), found.get(month)) for month in months],
        labels=[
            (place, f"{MONTHS[months[place].number - 1][:3]} {months[place].year}")
            for place in range(0, len(months), every)
        ],
        written=number_words,
    )


def _number(month: Month) -> int:
    return month.year * 12 + month.number
