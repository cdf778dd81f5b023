"""Columns that a kind of file may have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portal.domain.searched import comparable

from .problems import Rule
from .units import FileUnit


class Holds(Enum):
    """Contents of a column that the reader of the sheet must know."""

    DAY = 1
    FIGURE = 2
    # Code or name of what the figure is of, and the name beside a code.
    KEY = 3
    NAME = 4
    HOUR = 5
    UNIT = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a file may have: our name, the titles in files, and whether it is required.

    ``elsewhere`` are titles that name another unit than ``unit``, the unit of the column; ``converts`` are the other
    units that the kind converts; ``amounts`` are titles that count only with a unit beside them. A file with a column
    that ``refuses`` is refused by that rule: its content would change the meaning of the others. One of hours is
    refused where a day has several of them, in a column, across or in moments.

    ``beside`` is a further amount in the unit of the figures, whose title may name it too.
    ``vague`` are those of its titles that mean something else where a better one stands beside or above them. A column
    all of whose texts are among the ``others`` holds something else under the same title, and is left out. A merged
    cell of one that ``spans`` is that of all its rows, as it is for points and days.
    """

    name: str
    titles: frozenset[str]
    required: bool = False
    elsewhere: frozenset[str] = frozenset()
    unit: str | None = None
    holds: Holds | None = None
    refuses: Rule | None = None
    converts: frozenset[FileUnit] = frozenset()
    amounts: frozenset[str] = frozenset()
    beside: bool = False
    vague: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    spans: bool = False

    def is_vague(self, title: str) -> bool:
        """Tell whether a title of the column may mean something else."""
        return comparable(title) in self.vague

    @property
    def units(self) -> str:
        """The units that its figures may have, as a list."""
        return ", ".join(dict.fromkeys([*filter(None, [self.unit]), *sorted(self.converts)]))


def spell_titles(*spellings: str) -> frozenset[str]:
    """Return the titles of a column in compared form, each also with ``_`` between its words."""
    return frozenset(comparable(each) for title in spellings for each in (title, title.replace(" ", "_")))
