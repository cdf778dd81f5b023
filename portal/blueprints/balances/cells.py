"""Cells of the account's tables: exact figure, printed figure, side, marks."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.balance import tell_side
from portal.domain.counts import digits
from portal.domain.quantities import Quantity, half_up, plain
from portal.web.filters import NONE, quantity

from .words import days, tone

NOTHING_DUE = "nada autorizado"


class Cell(NamedTuple):
    """Figure: exact, as printed, words beside it, class, and whether a day is missing in it."""

    value: str
    text: str
    words: str = ""
    css: str = ""
    incomplete: bool = False


class KeyFigure(NamedTuple):
    """Key figure above the chart."""

    label: str
    cell: Cell
    unit: str
    words: str
    tone: str | None = None


EMPTY = Cell("", NONE)


def figure(value: Quantity | None, words: str = "") -> Cell:
    """Return the cell of a quantity; a dash for None."""
    return Cell("", NONE, words) if value is None else Cell(plain(value), quantity(value), words)


def balance(value: Quantity, *, incomplete: bool = False) -> Cell:
    """Return a balance as a size and the words of its side; only the exact value carries the sign."""
    colour = tone(value)
    return Cell(plain(value), quantity(abs(value)), tell_side(value), f"is-{colour}" if colour else "", incomplete)


def strayed(variation: Decimal | None, out_of_tolerance: bool) -> Cell:
    """Return the variation of a measured day: within, beyond, or not applicable."""
    if variation is None:
        return Cell("", "n. a.", NOTHING_DUE)
    words, css = ("fuera", "is-out") if out_of_tolerance else ("dentro", "")
    return Cell(plain(variation), percent(variation), words, css)


def percent(value: Decimal, *, fewest: int = 2) -> str:
    """Return a percentage of at most two decimals, at least ``fewest``, without a line break: "6,40 %"."""
    hundredths = half_up(int(value.scaleb(6)), 10**4)
    whole, rest = divmod(hundredths, 100)
    text = digits(whole)
    return f"{text},{rest:02}\xa0%" if rest or fewest else f"{text}\xa0%"


def share_words(measured: int, missing: int) -> str:
    """Return of how many days that are over a reading is there; before the first of them, that there is none."""
    passed = measured + missing
    return f"{measured} de {days(passed)} con medición" if passed else "ningún día por medir"


def side_words(value: Quantity, incomplete: bool, favour: str, against: str, *, measured: bool = True) -> str:
    """Return the words under a balance: its side and meaning, or that nothing was ``measured``."""
    if not measured:
        return "sin días medidos"
    words = tell_side(value)
    said = f"{words}: {favour if value.micro > 0 else against}" if words else "en equilibrio"
    return f"{said}; incompleto" if incomplete else said
