"""Cells of files: gas days, figures in Colombian or plain form, refused if ambiguous, and text made harmless."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from portal.domain.day_text import DayText, NoDay, read_day
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY, GasDay
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed

from .problems import Rule
from .spelled_days import SERIAL_DAYS, is_day_without_year
from .units import find_unit, is_other_unit
from .workbook_parts import ERROR, is_unread

# Text that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARDED = (*FORMULA, "'")
MOST_DECIMALS = 6
MOST_DIGITS = 12

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘´`ʼ", "'"))
_PLAIN = re.compile(r"([0-9]+|[1-9][0-9]{0,2}(?:'[0-9]{3})+)(?:\.([0-9]+))?")
_COLOMBIAN = re.compile(
    r"([0-9]+|[1-9][0-9]{0,2}(?:'[0-9]{3})*(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:[ '][0-9]{3})+)(?:,([0-9]+))?"
)
# One separator and three digits: "5.320" is 5320 in Colombia and 5.32 elsewhere, "5,320" the other way round.
_EITHER_WAY = re.compile(r"[1-9][0-9]{0,2}(?:'[0-9]{3})*[.,][0-9]{3}")
# Commas that group, as in "5,320.75": never written so in Colombia.
_FOREIGN = re.compile(r"([0-9]{1,3}(?:[,'][0-9]{3})*,[0-9]{3})(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?[eE]([+-]?[0-9]{1,3})")
_WITH_UNIT = re.compile(r"(.*[0-9])\s*\(?([a-zA-Z][a-zA-Z0-9³^/ .º°]*)\)?")
# Senders' marks for a missing value: never zero.
NO_VALUE = frozenset(
    {"-", "--", "---", "n/d", "nd", "n.d.", "n/a", "na", "n.a.", "#n/a", "#n/d", "s/d", "sin dato", "sin datos"}
    | {"no disponible", "null", "none", "nan", "sin medicion", "sin lectura", "."}
)
# A spreadsheet's marks for a cell in error, in a text file.
_SHEET_ERROR = re.compile(r"#[¡¿]?[A-ZÁÉÍÓÚÑ/0_]{3,20}[!?]?")
_SERIAL = re.compile(r"[0-9]{5}", re.ASCII)
_GUARDED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


class BadCell(ValueError):
    """An unreadable or ambiguous cell; ``rule`` is the reason, ``fact`` the expected value."""

    def __init__(self, rule: Rule, fact: str | None = None) -> None:
        super().__init__(rule.value)
        self.rule = rule
        self.fact = fact


class FigureReading(NamedTuple):
    """Form of a file's figures: whether ``5.320`` is 5320 (None: unknown), and whether exponents are exact."""

    dots_group: bool | None = None
    exponents: bool = False


class DayReading(NamedTuple):
    """Form of a file's days: ``stamp_ends`` is the meaning of the hour 00:00, None if not asked.

    ``at_midnight``: that hour stands beside each day, in a column of its own.
    """

    month_first: bool = False
    stamp_ends: bool | None = None
    serials: bool = False
    from_1904: bool = False
    at_midnight: bool = False


AS_TYPED_FIGURES, AS_TYPED_DAYS = FigureReading(), DayReading()


def parse_figure(text: str, *, reading: FigureReading = AS_TYPED_FIGURES, unit: str | None = None) -> Decimal:
    """Return the figure of a cell: ``5320``, ``5320,75``, ``5320.75``, ``5.320,75``, ``1'234.567,00``, ``5 320``.

    ``unit`` may stand after it; another unit is refused. Raises ``BadCell``: empty (never zero), negative, ambiguous
    (``5.320``, ``5,320``, ``5,320.75``) unless ``reading`` decides it, more than six decimals or twelve digits,
    shortened (``5,32E+03`` except in workbooks, since a text file may have lost digits), all else (``NaN``, other
    scripts' digits).
    """
    if is_unread(text):
        raise BadCell(Rule.CELL_ERROR if text[:1] == ERROR else Rule.FORMULA_UNSAVED)
    typed = strip_key(as_typed(text)).translate(_APOSTROPHES)
    if not typed or comparable(typed) in NO_VALUE:
        raise BadCell(Rule.EMPTY)
    if _SHEET_ERROR.fullmatch(typed):
        raise BadCell(Rule.CELL_ERROR, typed)
    typed = _without_unit(typed, unit)
    negative = typed[0] == "-" or (typed[0] == "(" and typed[-1] == ")")
    digits = typed.strip("()").removeprefix("-").removeprefix("+").strip()
    whole, decimals = _separated(digits, reading, negative=negative)
    if negative:
        raise BadCell(Rule.NEGATIVE)
    whole, decimals = re.sub("[.' ,]", "", whole).lstrip("0") or "0", decimals.rstrip("0")
    if len(decimals) > MOST_DECIMALS:
        raise BadCell(Rule.TOO_MANY_DECIMALS)
    if len(whole) > MOST_DIGITS:
        raise BadCell(Rule.TOO_LARGE)
    return Decimal(f"{whole}.{decimals}") if decimals else Decimal(whole)


def _separated(digits: str, reading: FigureReading, *, negative: bool) -> tuple[str, str]:
    """Return the digits before the decimals, with their group separators, and the decimals."""
    foreign = _FOREIGN.fullmatch(digits)
    if _EITHER_WAY.fullmatch(digits) or foreign:
        if reading.dots_group is None and not negative:
            raise BadCell(Rule.AMBIGUOUS_NUMBER)
        if reading.dots_group is False and foreign:
            return foreign[1], foreign[2] or ""
        if reading.dots_group is True:
            grouped = _COLOMBIAN.fullmatch(digits)
            if grouped is None:
                raise BadCell(Rule.AMBIGUOUS_NUMBER)
            return grouped[1], grouped[2] or ""
    read = _PLAIN.fullmatch(digits) or _COLOMBIAN.fullmatch(digits)
    if read is not None:
        return read[1], read[2] or ""
    power = _EXPONENT.fullmatch(digits)
    if power is None or abs(int(power[3])) > 2 * MOST_DIGITS:
        raise BadCell(Rule.NOT_A_NUMBER)
    # A spreadsheet writes into a text what it shows: 5,32E+03 may have been 5.321, and 5,32075E+03 5.320,7512.
    if not reading.exponents:
        raise BadCell(Rule.SHORTENED)
    whole, _, decimals = f"{Decimal(f'{power[1]}.{power[2] or 0}e{power[3]}'):f}".partition(".")
    return whole, decimals


def strip_unit(text: str) -> str:
    """Return a figure without the unit behind it: ``5.320`` of ``5.320 m3``."""
    found = _WITH_UNIT.fullmatch(text)
    return found[1] if found is not None and (find_unit(found[2]) or is_other_unit(found[2])) else text


def _without_unit(typed: str, unit: str | None) -> str:
    found = _WITH_UNIT.fullmatch(typed)
    if found is None or _EXPONENT.fullmatch(typed):
        return typed
    if unit is None:
        return typed
    said = find_unit(found[2])
    if said is not None and said == unit:
        return found[1]
    if said is not None or is_other_unit(found[2]):
        raise BadCell(Rule.WRONG_UNIT, unit)
    return typed


def parse_day(text: str, *, reading: DayReading = AS_TYPED_DAYS) -> GasDay:
    """Return the gas day of a cell, in any unambiguous spelling; ``BadCell`` for anything else.

    An hour 00:00 beside it is ignored, and 24:00 means the end of the day; any other hour is refused.
    """
    found = read_day_text(text, reading)
    if found.minutes not in (None, 0, 1440):
        raise BadCell(Rule.DAY_WITH_HOUR)
    return _gas_day(found.date)


def parse_measured_day(text: str, *, reading: DayReading = AS_TYPED_DAYS) -> GasDay:
    """Return the gas day of a cell's total, as ``parse_day``; 00:00 is its beginning or its end.

    ``BadCell`` with ``STAMP_UNSAID`` while the meaning is unknown.
    """
    found = read_day_text(text, reading)
    if found.minutes == 0 or (found.minutes is None and reading.at_midnight):
        if reading.stamp_ends is None:
            raise BadCell(Rule.STAMP_UNSAID)
        return _gas_day(found.date - dt.timedelta(days=1) if reading.stamp_ends else found.date)
    if found.minutes not in (None, 1440):
        raise BadCell(Rule.DAY_WITH_HOUR)
    return _gas_day(found.date)


def read_day_text(text: str, reading: DayReading) -> DayText:
    """Return the day of a cell and the hour beside it; ``BadCell`` for an empty cell, an error, and no day."""
    if is_unread(text):
        raise BadCell(Rule.CELL_ERROR if text[:1] == ERROR else Rule.FORMULA_UNSAVED)
    typed = strip_key(as_typed(text))
    if not typed or comparable(typed) in NO_VALUE:
        raise BadCell(Rule.EMPTY)
    if _SHEET_ERROR.fullmatch(typed):
        raise BadCell(Rule.CELL_ERROR, typed)
    if reading.serials and _SERIAL.fullmatch(typed):
        epoch = dt.date(1904, 1, 1) if reading.from_1904 else dt.date(1899, 12, 30)
        return DayText(epoch + dt.timedelta(days=int(typed)), None)
    try:
        return read_day(typed, month_first=reading.month_first)
    except NoDay as error:
        if error.clash is not None:
            raise BadCell(Rule.OTHER_WEEKDAY, error.clash.fact) from None
        if is_day_without_year(typed):
            raise BadCell(Rule.YEAR_UNSAID) from None
        raise BadCell(Rule.NO_SUCH_DAY if error.is_date else Rule.NOT_A_DATE) from None


def _gas_day(date: dt.date) -> GasDay:
    day = GasDay(date)
    if not FIRST_GAS_DAY <= day <= LAST_GAS_DAY:
        raise BadCell(Rule.DAY_OUT_OF_RANGE)
    return day


def has_no_value(text: str) -> bool:
    """Tell whether a cell holds no value: blank, a dash, N/D."""
    return not text or comparable(text) in NO_VALUE


def disarm(text: str) -> str:
    """Keep a spreadsheet from running people's text (docs/security.md, "Files"); ``rearm`` undoes it."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def rearm(text: str) -> str:
    """Return text as it was before ``disarm``; other text with an apostrophe at its start stays unchanged."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text


def unquote(text: str) -> str:
    """Return the text of a cell written as a formula to keep its zeros: ``="0012"`` is ``0012``."""
    formula = _GUARDED_FORMULA.fullmatch(text)
    return text if formula is None else formula[1].replace('""', '"')


def strip_key(text: str) -> str:
    """Return a code, day or figure without the mark that kept a spreadsheet from changing it."""
    return text.lstrip("'").strip()


# A decimal point that cannot be a group separator; a workbook's numbers are passed on with six decimals.
_POINT = re.compile(r"[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,5}|[0-9]{7,})|(?:0[0-9]*|[0-9]{4,})\.[0-9]{3}")
_COMMA_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:[,'][0-9]{3})+\.[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}")
# Likewise a decimal comma, and points that group more than once.
_COMMA = re.compile(
    r"[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|(?:0[0-9]*|[0-9]{4,}),[0-9]+|[1-9][0-9]{0,2}(?:[.' ][0-9]{3})+,[0-9]+"
)
_POINT_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")
_SLASHED = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?")


class Decimals(Enum):
    """The decimal separator of a file, if its cells show it."""

    UNSAID = 0
    COMMA = 1
    POINT = 2
    BOTH = 3


class FigureStyle:
    """Evidence of a column's figures about their separators."""

    def __init__(self) -> None:
        self._points = self._commas = self._foreign = 0
        # Whether a figure can be read in two ways.
        self.has_either = False

    def see(self, text: str) -> None:
        """Record a figure that has a separator."""
        bare = text.strip("+- ")
        if _POINT.fullmatch(bare):
            self._points += 1
        elif _COMMA_GROUPS.fullmatch(bare):
            self._foreign += 1
        elif _COMMA.fullmatch(bare) or _POINT_GROUPS.fullmatch(bare):
            self._commas += 1
        elif not self.has_either:
            self.has_either = _EITHER_WAY.fullmatch(bare) is not None
        self.has_either = self.has_either or self._foreign > 0

    @property
    def decimals(self) -> Decimals:
        """Return the conclusion; figures with commas that group need an unambiguous one beside them."""
        point = self._points > 0 or self._foreign > 1
        if point and self._commas:
            return Decimals.BOTH
        if point:
            return Decimals.POINT
        return Decimals.COMMA if self._commas and not self._foreign else Decimals.UNSAID


def is_month_first(days: Iterable[str]) -> bool:
    """Tell whether a column of days has the month first: each day fits that order, and some day fits only it."""
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


def is_all_serials(days: Collection[str]) -> bool:
    """Tell whether each day of a text file is a spreadsheet's number of a day, from 2012 to 2069."""
    said = [text for text in days if text]
    return bool(said) and all(_SERIAL.fullmatch(text) and int(text) in SERIAL_DAYS for text in said)


def is_serial_doubtful(days: Iterable[str], *, today: GasDay) -> bool:
    """Tell whether a spreadsheet's numbers of days are old ones, and recent if they are counted from 1904."""
    last = max(int(text) for text in days if text)
    ours, other = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
    recent = today.date - dt.timedelta(days=_RECENT)
    return ours + dt.timedelta(days=last) < recent <= other + dt.timedelta(days=last) <= today.date


def is_order_open(days: Iterable[str]) -> bool:
    """Tell whether the days of a column fit both orders of day and month, and mean other days in the other."""
    differs = False
    for text in days:
        found = _SLASHED.fullmatch(text)
        if found is None:
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12 or second > 12:
            return False
        differs = differs or first != second
    return differs


def is_order_doubtful(days: Iterable[str], *, today: GasDay) -> bool:
    """Tell whether days that fit both orders make more sense with the month first.

    They do where the Colombian order leaves days to come, or scattered ones, or old ones, and the other does not.
    """
    ours: list[dt.date] = []
    other: list[dt.date] = []
    for text in days:
        try:
            ours.append(read_day(text).date)
            other.append(read_day(text, month_first=True).date)
        except NoDay:
            continue
    if not ours or max(other) > today.date:
        return False
    if max(ours) > today.date or max(ours) - min(ours) > max(other) - min(other):
        return True
    recent = today.date - dt.timedelta(days=_RECENT)
    return max(ours) < recent <= max(other)


# Days that a file may be late without a doubt about its days.
_RECENT = 62
