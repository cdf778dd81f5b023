"""Differences between two months' tariffs, or two versions of one, figure by figure (adr/0121)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from .figures import REPEATED, Figure

# Greater changes, per cent of the figure before, are looked at one by one.
LARGE = Decimal(20)
_TENTH = Decimal("0.1")


class Change(StrEnum):
    """Change of a figure."""

    CHANGED = "changed"
    ADDED = "added"
    GONE = "gone"


class Difference(NamedTuple):
    """A figure before and after; one of them is None for a figure that was added or is gone."""

    before: Figure | None
    after: Figure | None

    @property
    def figure(self) -> Figure:
        """The figure as it is now, or was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a difference of nothing")
        return found

    @property
    def change(self) -> Change:
        """The change: another value or text, a figure more, or one that is gone."""
        if self.before is None:
            return Change.ADDED
        return Change.GONE if self.after is None else Change.CHANGED

    @property
    def per_cent(self) -> Decimal | None:
        """The change in per cent of the figure before, half-up to the tenth; None where there is none or from zero."""
        before, after = self._values
        if before is None or after is None or not before or before == after:
            return None
        return ((after - before) * 100 / abs(before)).quantize(_TENTH, ROUND_HALF_UP)

    @property
    def is_large(self) -> bool:
        """True for a change of more than ``LARGE`` per cent, for any from zero, and for a number that is gone."""
        before, after = self._values
        if before is None:
            return False
        if after is None:
            return True
        return abs(after - before) * 100 > LARGE * abs(before)

    @property
    def key(self) -> str:
        """The name of the figure among those of a month, letters and digits parted by ``|``."""
        market, concept, rule, stratum, first = self.figure.place
        text = self.figure.text if self.figure.concept in REPEATED else ""
        parts = (market, concept.value, rule.value if rule else "", stratum, first, text)
        return "|".join("" if part is None else str(part) for part in parts)

    @property
    def _values(self) -> tuple[Decimal | None, Decimal | None]:
        return (self.before and self.before.value), (self.after and self.after.value)


def compare_figures(before: Iterable[Figure], after: Iterable[Figure]) -> list[Difference]:
    """Return what differs, in the order of ``after``, then what is gone; neither sources nor the order count.

    Figures are the same when market, concept, resolution, stratum and first m³ of the range are; a town is itself.
    """
    old = {_identity(figure): figure for figure in before}
    new = {_identity(figure): figure for figure in after}
    found = [
        Difference(old.get(identity), figure)
        for identity, figure in new.items()
        if identity not in old or not _is_equal(old[identity], figure)
    ]
    return found + [Difference(figure, None) for identity, figure in old.items() if identity not in new]


def _identity(figure: Figure) -> tuple[object, ...]:
    return (*figure.place, figure.text if figure.concept in REPEATED else "")


def _is_equal(one: Figure, other: Figure) -> bool:
    return (one.value, one.text, one.last) == (other.value, other.text, other.last)
