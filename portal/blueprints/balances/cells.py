"""Figures as the account's tables print them: exact, as read, on whose side, and their marks."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from portal.domain.quantities import Quantity, half_up, plain
from portal.web.filters import NONE, quantity

from .words import side, tone

NOTHING_DUE = "nada autorizado"


class Cell(NamedTuple):
    """A figure: exact, as read, the words beside it, its class, and whether a day is missing in it."""

    value: str
    text: str
    words: str = ""
    css: str = ""
    incomplete: bool = False


class KeyFigure(NamedTuple):
    """One of the figures above the chart."""

    label: str
    cell: Cell
    unit: str
    words: str
    tone: str | None = None


EMPTY = Cell("", NONE)


def figure(value: Quantity | None, words: str = "") -> Cell:
    """Return a quantity; a dash when there is none."""
    return Cell("", NONE, words) if value is None else Cell(plain(value), quantity(value), words)


def balance(value: Quantity, *, incomplete: bool = False) -> Cell:
    """Return a balance as a size and the words of its side: the sign stands in the exact value alone."""
    colour = tone(value)
    return Cell(plain(value), quantity(abs(value)), side(value), f"is-{colour}" if colour else "", incomplete)


def strayed(variation: Decimal | None, out_of_tolerance: bool) -> Cell:
    """Return the variation of a measured day: within or beyond the tolerance, or nothing to compare with."""
    if variation is None:
        return Cell("", "n. a.", NOTHING_DUE)
    words, css = ("fuera", "is-out") if out_of_tolerance else ("dentro", "")
    return Cell(plain(variation), percent(variation), words, css)


def percent(value: Decimal, *, fewest: int = 2) -> str:
    """Return a percentage of at most two decimals, ``fewest`` at least: "6,40 %", which no line breaks."""
    hundredths = half_up(int(value.scaleb(6)), 10**4)
    whole, rest = divmod(hundredths, 100)
    text = f"{whole:,}".replace(",", ".")
    return f"{text},{rest:02}\xa0%" if rest or fewest else f"{text}\xa0%"


def side_words(value: Quantity, incomplete: bool, favour: str, against: str, *, measured: bool = True) -> str:
    """Return what is said under a balance: its side, and what that means; that nothing was ``measured``."""
    if not measured:
        return "todavía sin días medidos"
    words = side(value)
    said = f"{words}: {favour if value.micro > 0 else against}" if words else "en equilibrio"
    return f"{said}; incompleto" if incomplete else said
