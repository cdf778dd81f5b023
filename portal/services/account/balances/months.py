"""Which months a point's sheet offers."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month


@dataclass(frozen=True, slots=True)
class MonthRange:
    """Every month from ``first`` to ``last``, both included."""

    first: Month
    last: Month

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    @property
    def years(self) -> range:
        """The years that the months lie in."""
        return range(self.first.year, self.last.year + 1)


def offered_months(starts_on: GasDay, today: GasDay, last_figure_on: GasDay | None) -> MonthRange:
    """Return the months from that of December 2014, or of the point's first day, to that of ``today``.

    To that of ``last_figure_on`` when it is later: the last day that something is in force for, which on the last
    days of a month may lie in the next one. A point that begins later has one month, that of its first day.
    """
    first = Month.of(max(starts_on, FIRST_GAS_DAY))
    last = today if last_figure_on is None else max(today, last_figure_on)
    return MonthRange(first, max(first, Month.of(last)))
