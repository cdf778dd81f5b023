"""Years of an account: calendar years, and gas years from 1 December to 30 November.

Source: docs/rules.md, "Gas day and gas year".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .gas_day import GasDay, Month

_DECEMBER = 12


class YearKind(StrEnum):
    """Año calendario; año de gas."""

    CALENDAR = "calendario"
    GAS = "gas"


@dataclass(frozen=True, slots=True, order=True)
class AccountYear:
    """Twelve months of an account; ``number`` is the year of the last of them.

    The gas year 2026 goes from December 2025 to November 2026.
    """

    kind: YearKind
    number: int

    @classmethod
    def of(cls, month: Month, kind: YearKind) -> AccountYear:
        """Return the year of this kind that contains ``month``."""
        follows = kind is YearKind.GAS and month.number == _DECEMBER
        return cls(kind, month.year + follows)

    @property
    def first(self) -> Month:
        """The first month."""
        return Month(self.number - 1, _DECEMBER) if self.kind is YearKind.GAS else Month(self.number, 1)

    @property
    def last(self) -> Month:
        """The last month."""
        return Month(self.number, _DECEMBER - 1 if self.kind is YearKind.GAS else _DECEMBER)

    @property
    def first_day(self) -> GasDay:
        """The first gas day."""
        return self.first.first

    @property
    def last_day(self) -> GasDay:
        """The last gas day."""
        return self.last.last

    def months(self) -> tuple[Month, ...]:
        """Return the twelve months, in order."""
        found = [self.first]
        while found[-1] != self.last:
            found.append(found[-1].next)
        return tuple(found)
