"""Parser of typed quantities in Colombian Spanish: dots group, a comma begins the decimals; the unit may follow."""

from __future__ import annotations

import re
from enum import StrEnum

from portal.domain.typed_text import as_typed

from .units import split_unit
from .values import MICRO, Quantity, Unit, half_up

# On entry m³ are whole and MBTU have at most two decimals (docs/rules.md, "Typed quantities").
ENTRY_DECIMALS = {Unit.M3: 0, Unit.MBTU: 2}
LARGEST = {
    Unit.M3: Quantity.from_micro(10_000_000 * MICRO, Unit.M3),
    Unit.MBTU: Quantity.from_micro(400_000 * MICRO, Unit.MBTU),
}

# Four digits that no separator groups: a point behind them can only begin one or two decimals.
_POINT = re.compile(r"([1-9][0-9]{3,})\.([0-9]{1,2})")
# An apostrophe groups too, most of all millions: 1'234.567.
_COLOMBIAN = re.compile(
    r"([0-9]+|[1-9][0-9]{0,2}(?:['’][0-9]{3})*(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:['’][0-9]{3})+"
    r"|[1-9][0-9]{0,2}(?: [0-9]{3})+)(?:,([0-9]+))?"
)
# Spellings of other countries: a decimal point, or commas that group.
_FOREIGN = re.compile(
    r"[0-9]*\.[0-9]+"  # 12.50 · .5 · 0.500
    r"|[0-9]{1,3}(?: [0-9]{3})+\.[0-9]+"  # 12 500.5
    r"|[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"  # 12,500 · 12,500.0 · 1,234,567
)


class QuantityProblem(StrEnum):
    """Reason why a text is no quantity of the unit."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not-a-number"
    OTHER_UNIT = "other-unit"
    AMBIGUOUS = "ambiguous"
    NEGATIVE = "negative"
    TOO_MANY_DECIMALS = "too-many-decimals"
    TOO_LARGE = "too-large"


class BadQuantity(ValueError):
    """The text is no quantity; ``problem`` says why."""

    def __init__(self, problem: QuantityProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_quantity(text: str, unit: Unit, *, decimals: int | None = None) -> Quantity:
    """Return the quantity typed in ``text``: ``12500``, ``12.500 m3``, ``12 500`` or, in MBTU, ``12500,5``.

    Read as it is seen (``as_typed``): blanks around are dropped, spaces of any width and apostrophes may group
    thousands, ``unit`` may stand behind. Zero is a quantity. Raises ``BadQuantity`` for everything else: nothing typed,
    no number, another unit, figures on several lines or that elsewhere mean something else (``1.25``, ``12,500``;
    ``6000.00`` means nothing else), a minus, decimals beyond the unit's (none for m³, two for MBTU; zeros do not count)
    or beyond ``decimals`` (at most six) where that is given, and more than 10,000,000 m³ or 400,000 MBTU. A bad text is
    never read as zero (docs/rules.md, "Typed quantities").
    """
    typed = as_typed(text)
    if not typed:
        raise BadQuantity(QuantityProblem.EMPTY)
    if not {"\n", "\r"}.isdisjoint(text.strip()):
        raise BadQuantity(QuantityProblem.NOT_A_NUMBER)
    typed = _without_unit(typed, unit)
    if typed.startswith("-"):
        # Only a figure can be negative: "-abc" is no number.
        _digits(typed[1:].lstrip(" "))
        raise BadQuantity(QuantityProblem.NEGATIVE)
    whole, fraction = _digits(typed)
    if len(fraction) > (ENTRY_DECIMALS[unit] if decimals is None else decimals):
        raise BadQuantity(QuantityProblem.TOO_MANY_DECIMALS)
    if len(whole) > len(str(MICRO * MICRO)):
        raise BadQuantity(QuantityProblem.TOO_LARGE)
    quantity = Quantity.from_micro(int(whole + fraction.ljust(6, "0")), unit)
    if quantity > LARGEST[unit]:
        raise BadQuantity(QuantityProblem.TOO_LARGE)
    return quantity


def round_typed(quantity: Quantity) -> Quantity:
    """Return the quantity half-up to the decimals of its unit: none for m³, two for MBTU."""
    step = 10 ** (6 - ENTRY_DECIMALS[quantity.unit])
    return Quantity.from_micro(half_up(quantity.micro, step) * step, quantity.unit)


def _without_unit(typed: str, unit: Unit) -> str:
    """Return a figure without its unit; ``BadQuantity`` for another unit behind what is a figure."""
    figure, said = split_unit(typed)
    if said is None or not figure[-1:].isdigit():
        return typed
    if said is not unit:
        _digits(figure.removeprefix("-").lstrip(" "))
        raise BadQuantity(QuantityProblem.OTHER_UNIT)
    return figure


def _digits(typed: str) -> tuple[str, str]:
    """Return the digits before the comma and those after it without trailing zeros."""
    point = _POINT.fullmatch(typed)
    if point is not None:
        return point[1], point[2].rstrip("0")
    if _FOREIGN.fullmatch(typed) and not _is_grouped(typed):
        raise BadQuantity(QuantityProblem.AMBIGUOUS)
    read = _COLOMBIAN.fullmatch(typed)
    if read is None:
        raise BadQuantity(QuantityProblem.NOT_A_NUMBER)
    whole = re.sub("[. '’]", "", read[1]).lstrip("0")
    return whole or "0", (read[2] or "").rstrip("0")


def _is_grouped(typed: str) -> bool:
    # In Colombia "12.500" is twelve thousand five hundred; "0.500" is not read so.
    return re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", typed) is not None
