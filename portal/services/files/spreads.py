"""Records of a sheet that say more than one value: each is rewritten into one for each of its values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.gas_day import Month
from portal.domain.searched import comparable

from .spelled_days import write_day_of_month

_HOUR = re.compile(
    r"(?:h|he|hora|hr|hour|p|periodo|int|intervalo)?[ ._-]?([0-9]{1,2})(?:[:.h]00(?::00)?)?\s*(?:h|hs|hrs|horas)?"
    r"(\s*(?:-|a|to)\s*[0-9]{1,2}(?:[:.h](?:00|59)(?::(?:00|59))?)?)?"
)
_HALF_DAY = re.compile(r"([0-9]{1,2}):00(?::00)? ?([ap])\.? ?m\.?")


class Across(StrEnum):
    """Things that the titles of the columns name, in a sheet of more than one value a row."""

    POINTS = "points"
    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column with values: its place, its title in the file, and what the title says of each of them."""

    place: int
    title: str
    said: str
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Spread:
    """Rewriting of a record into one for each of its values.

    The new records begin with the texts ``kept`` of the file's record, ``width`` long, and the ``constants``; then come
    what the title of the value says, the name beside it, the value, its unit, and its title.
    """

    width: int
    kept: tuple[int, ...]
    constants: tuple[str, ...] = ()
    across: Across | None = None
    cells: tuple[Cell, ...] = ()
    month: Month | None = None
    # Place of the day of the month in the file, where the month stands above.
    day_number: int = -1
    # Lines from which other constants hold: each table of the sheet has its own above it.
    sections: tuple[tuple[int, tuple[str, ...]], ...] = ()

    @property
    def at(self) -> set[int]:
        """The places of the values in a record of the file."""
        return {cell.place for cell in self.cells}

    @property
    def places(self) -> tuple[int, int, int, int, int]:
        """The places of what the title says, its name, the value, its unit and its title."""
        first = len(self.kept) + len(self.constants)
        return first, first + 1, first + 2, first + 3, first + 4

    @property
    def length(self) -> int:
        """The length of the new records."""
        return len(self.kept) + len(self.constants) + (0 if self.across is None else 5)

    def spread(self, line: int, texts: list[str]) -> Iterator[list[str]]:
        """Yield the records that one of the file makes."""
        whole = texts if len(texts) >= self.width else [*texts, *[""] * (self.width - len(texts))]
        if self.month is not None and self.day_number >= 0:
            whole = [*whole]
            whole[self.day_number] = write_day_of_month(whole[self.day_number], self.month)
        base = [*[whole[place] for place in self.kept], *self._find_constants(line)]
        if self.across is None:
            yield base
            return
        for cell in self.cells:
            yield [*base, cell.said, cell.name, whole[cell.place], cell.unit, cell.title]

    def _find_constants(self, line: int) -> tuple[str, ...]:
        if not self.sections:
            return self.constants
        at = bisect_right(self.sections, line, key=lambda section: section[0])
        return self.sections[at - 1][1] if at else self.constants


def read_hour(text: str) -> tuple[int, bool] | None:
    """Return the hour that a text names, 0 to 24, and whether it names where the hour begins; None for no hour.

    ``7``, ``07:00``, ``H7``, ``Hora 7``, ``7:00 a. m.``; of ``06:00-07:00`` the beginning.
    """
    key = comparable(text)
    half = _HALF_DAY.fullmatch(key)
    if half is not None:
        hour = int(half[1])
        return (hour % 12 + (12 if half[2] == "p" else 0), False) if 1 <= hour <= 12 else None
    found = _HOUR.fullmatch(key)
    if found is None or int(found[1]) > 24:
        return None
    return int(found[1]), found[2] is not None
