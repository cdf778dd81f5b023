"""In which way a file writes its figures and days: decided once for the file, from its own cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

# A decimal point that nobody could take for one that groups; six decimals are how a workbook's numbers are handed on.
_POINT = re.compile(r"[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,5}|[0-9]{7,})|(?:0[0-9]*|[0-9]{4,})\.[0-9]{3}")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:[,'][0-9]{3})+\.[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}")
# A decimal comma, likewise, and points that group more than once.
_COMMA = re.compile(
    r"[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|(?:0[0-9]*|[0-9]{4,}),[0-9]+|[1-9][0-9]{0,2}(?:[.' ][0-9]{3})+,[0-9]+"
)
_POINT_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")
_SLASHED = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?")


class Decimals(Enum):
    """Which sign begins the decimals in a file, as far as its cells say."""

    UNSAID = 0
    COMMA = 1
    POINT = 2
    BOTH = 3


class FigureStyle:
    """What the figures of a column say about their separators."""

    def __init__(self) -> None:
        self._points = self._commas = self._foreign = 0

    def see(self, text: str) -> None:
        """Look at a figure that has a separator."""
        bare = text.strip("+- ")
        if _POINT.fullmatch(bare):
            self._points += 1
        elif _COMMA_GROUPS.fullmatch(bare):
            self._foreign += 1
        elif _COMMA.fullmatch(bare) or _POINT_GROUPS.fullmatch(bare):
            self._commas += 1

    @property
    def decimals(self) -> Decimals:
        """What they say together; figures with commas that group need one beside them that has no other reading."""
        point = self._points > 0 or self._foreign > 1
        if point and self._commas:
            return Decimals.BOTH
        if point:
            return Decimals.POINT
        return Decimals.COMMA if self._commas and not self._foreign else Decimals.UNSAID


def month_comes_first(days: Iterable[str]) -> bool:
    """Tell whether a column of days proves the order of the United States: some day fits only it, and each one does."""
    proved = False
    for text in days:
        found = _SLASHED.fullmatch(text)
        if found is None:
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12:
            return False
        proved = proved or 12 < second <= 31
    return proved
