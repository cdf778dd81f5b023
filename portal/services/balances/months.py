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


def offered_months(starts_on: GasDay, today: GasDay) -> MonthRange:
    """Return the months from that of December 2014, or of the point's first day, to that of ``today``.

    A point that begins later has one month, that of its first day.
    """
    first = Month.of(max(starts_on, FIRST_GAS_DAY))
    return MonthRange(first, max(first, Month.of(today)))
