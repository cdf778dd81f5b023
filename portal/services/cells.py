"""Cells of files: gas days, figures as in Colombia or plain, refused where the two differ, and text made harmless."""

from __future__ import annotations

import re
from decimal import Decimal

from portal.domain.gas_day import BadGasDay, GasDay, GasDayProblem, parse_gas_day
from portal.domain.typed_text import as_typed

from .file_problems import Rule

# A spreadsheet takes text that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_DECIMALS = 6
MOST_DIGITS = 12

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_COLOMBIAN = re.compile(r"([0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?: [0-9]{3})+)(?:,([0-9]+))?")
# One separator and three digits: "5.320" is 5320 in Colombia and 5.32 elsewhere, "5,320" the other way round.
_EITHER_WAY = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# Commas that group, as in "5,320.75": never written so in Colombia.
_FOREIGN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")

_DAY_RULES = {
    GasDayProblem.EMPTY: Rule.EMPTY,
    GasDayProblem.NOT_A_DATE: Rule.NOT_A_DATE,
    GasDayProblem.NO_SUCH_DAY: Rule.NO_SUCH_DAY,
    GasDayProblem.OUT_OF_RANGE: Rule.DAY_OUT_OF_RANGE,
}


class BadCell(ValueError):
    """What stands there cannot be read, or not in one way only; ``rule`` says why."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.value)
        self.rule = rule


def parse_figure(text: str) -> Decimal:
    """Return the figure of a cell: ``5320``, ``5320,75``, ``5320.75``, ``5.320,75``, ``1.234.567``, ``5 320``.

    Raises ``BadCell``: empty (never zero), negative, ambiguous (``5.320``, ``5,320``), with commas that group, more
    than six decimals or twelve digits, anything else (``1e3``, ``NaN``, other scripts' digits).
    """
    typed = as_typed(text)
    if not typed:
        raise BadCell(Rule.EMPTY)
    negative = typed[0] == "-"
    digits = typed[1:].lstrip() if negative else typed
    if not negative and (_EITHER_WAY.fullmatch(digits) or _FOREIGN.fullmatch(digits)):
        raise BadCell(Rule.AMBIGUOUS_NUMBER)
    read = _PLAIN.fullmatch(digits) or _COLOMBIAN.fullmatch(digits)
    if read is None:
        raise BadCell(Rule.NOT_A_NUMBER)
    if negative:
        raise BadCell(Rule.NEGATIVE)
    whole = re.sub("[. ]", "", read[1]).lstrip("0") or "0"
    decimals = (read[2] or "").rstrip("0")
    if len(decimals) > MOST_DECIMALS:
        raise BadCell(Rule.TOO_MANY_DECIMALS)
    if len(whole) > MOST_DIGITS:
        raise BadCell(Rule.TOO_LARGE)
    return Decimal(f"{whole}.{decimals}") if decimals else Decimal(whole)


def parse_day(text: str) -> GasDay:
    """Return the gas day of a cell, ``YYYY-MM-DD`` or ``dd/mm/aaaa``; ``BadCell`` for anything else."""
    try:
        return parse_gas_day(text)
    except BadGasDay as error:
        raise BadCell(_DAY_RULES[error.problem]) from None


def disarmed(text: str) -> str:
    """Keep a spreadsheet from running text that came from people (trust.md §5)."""
    return f"'{text}" if text.startswith(FORMULA) else text
