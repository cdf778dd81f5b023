"""Cells of files: gas days, figures as in Colombia or plain, refused where the two differ, and text made harmless."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from portal.domain.day_text import DayText, NoDay, read_day
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY, GasDay
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed

from .problems import Rule
from .workbook_parts import ERROR, UNCOMPUTED

# A spreadsheet takes text that begins so for a formula.
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
_UNITS = {
    "m3": ("m3", "m^3", "sm3", "m3s", "mts3", "mt3", "mc", "metros cubicos", "metro cubico", "m3 std", "m3 estandar"),
    "MBTU": ("mbtu", "mmbtu"),
    "BTU/ft3": ("btu/ft3", "btu/pc", "btu/pie3", "btu/scf", "btu/cf"),
}
_OTHER_UNITS = (
    "kpc",
    "mpc",
    "pc",
    "ft3",
    "scf",
    "mscf",
    "btu",
    "gbtu",
    "gbtud",
    "kwh",
    "gj",
    "kg",
    "nm3",
    "km3",
    "dam3",
)

# What a sender writes where there is no value: never zero.
NO_VALUE = frozenset(
    {"-", "--", "---", "n/d", "nd", "n.d.", "n/a", "na", "n.a.", "#n/a", "#n/d", "s/d", "sin dato", "sin datos"}
    | {"no disponible", "null", "none", "nan", "sin medicion", "sin lectura", "."}
)
# What a spreadsheet writes into a text file for a cell in error.
_SHEET_ERROR = re.compile(r"#[¡¿]?[A-ZÁÉÍÓÚÑ/0_]{3,20}[!?]?")
_SERIAL = re.compile(r"[0-9]{5}", re.ASCII)
_GUARDED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


class BadCell(ValueError):
    """What stands there cannot be read, or not in one way only; ``rule`` says why, ``fact`` what it should be."""

    def __init__(self, rule: Rule, fact: str | None = None) -> None:
        super().__init__(rule.value)
        self.rule = rule
        self.fact = fact


class FigureReading(NamedTuple):
    """How a file writes figures: whether ``5.320`` is 5320 (None: nobody knows), and whether exponents are exact."""

    dots_group: bool | None = None
    exponents: bool = False


class DayReading(NamedTuple):
    """How a file writes days: ``stamp_ends`` is what the hour 00:00 means, None when nobody was asked."""

    month_first: bool = False
    stamp_ends: bool | None = None
    serials: bool = False
    from_1904: bool = False


AS_TYPED_FIGURES, AS_TYPED_DAYS = FigureReading(), DayReading()


def parse_figure(text: str, *, reading: FigureReading = AS_TYPED_FIGURES, unit: str | None = None) -> Decimal:
    """Return the figure of a cell: ``5320``, ``5320,75``, ``5320.75``, ``5.320,75``, ``1'234.567,00``, ``5 320``.

    ``unit`` may stand after it; another unit is refused. Raises ``BadCell``: empty (never zero), negative, ambiguous
    (``5.320``, ``5,320``, ``5,320.75``) unless ``reading`` decides it, more than six decimals or twelve digits, all
    else (``NaN``, other scripts' digits; ``1e3`` but in workbooks, where a text file may have lost digits).
    """
    if text[:1] in (ERROR, UNCOMPUTED):
        raise BadCell(Rule.CELL_ERROR if text[:1] == ERROR else Rule.FORMULA_UNSAVED)
    typed = bare_key(as_typed(text)).translate(_APOSTROPHES)
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
    """Return the digits before the decimals, with what groups them, and the decimals."""
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
    power = _EXPONENT.fullmatch(digits) if reading.exponents else None
    if power is None or abs(int(power[3])) > 2 * MOST_DIGITS:
        raise BadCell(Rule.NOT_A_NUMBER)
    whole, _, decimals = f"{Decimal(f'{power[1]}.{power[2] or 0}e{power[3]}'):f}".partition(".")
    return whole, decimals


def _without_unit(typed: str, unit: str | None) -> str:
    found = _WITH_UNIT.fullmatch(typed)
    if found is None or _EXPONENT.fullmatch(typed):
        return typed
    said = comparable(found[2]).rstrip(".")
    if unit is not None and said in _UNITS.get(unit, ()):
        return found[1]
    if unit is not None and (said in _OTHER_UNITS or any(said in known for known in _UNITS.values())):
        raise BadCell(Rule.WRONG_UNIT, unit)
    return typed


def parse_day(text: str, *, reading: DayReading = AS_TYPED_DAYS) -> GasDay:
    """Return the gas day of a cell, in any spelling that has one reading; ``BadCell`` for anything else.

    The hour 00:00 beside it says nothing, and 24:00 that the day is over; another hour is refused.
    """
    found = _day_text(text, reading)
    if found.minutes not in (None, 0, 1440):
        raise BadCell(Rule.DAY_WITH_HOUR)
    return _gas_day(found.date)


def parse_measured_day(text: str, *, reading: DayReading = AS_TYPED_DAYS) -> GasDay:
    """Return the gas day of which a cell gives the total, as ``parse_day``; 00:00 is its beginning or its end.

    ``BadCell`` with ``STAMP_UNSAID`` while nobody said which.
    """
    found = _day_text(text, reading)
    if found.minutes == 0:
        if reading.stamp_ends is None:
            raise BadCell(Rule.STAMP_UNSAID)
        return _gas_day(found.date - dt.timedelta(days=1) if reading.stamp_ends else found.date)
    if found.minutes not in (None, 1440):
        raise BadCell(Rule.DAY_WITH_HOUR)
    return _gas_day(found.date)


def _day_text(text: str, reading: DayReading) -> DayText:
    if text[:1] in (ERROR, UNCOMPUTED):
        raise BadCell(Rule.CELL_ERROR if text[:1] == ERROR else Rule.FORMULA_UNSAVED)
    typed = bare_key(as_typed(text))
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
        raise BadCell(Rule.NO_SUCH_DAY if error.is_date else Rule.NOT_A_DATE) from None


def _gas_day(date: dt.date) -> GasDay:
    day = GasDay(date)
    if not FIRST_GAS_DAY <= day <= LAST_GAS_DAY:
        raise BadCell(Rule.DAY_OUT_OF_RANGE)
    return day


def has_no_value(text: str) -> bool:
    """Tell whether a cell says that there is no value: blank, a dash, N/D."""
    return not text or comparable(text) in NO_VALUE


def disarmed(text: str) -> str:
    """Keep a spreadsheet from running people's text (docs/security.md, "Files"); ``rearmed`` gives it back."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def rearmed(text: str) -> str:
    """Return text as it was before ``disarmed``; what somebody else begins with an apostrophe stays as it is."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text


def unquoted(text: str) -> str:
    """Return what a cell says that is written as a formula for the sake of its zeros: ``="0012"`` is ``0012``."""
    formula = _GUARDED_FORMULA.fullmatch(text)
    return text if formula is None else formula[1].replace('""', '"')


def bare_key(text: str) -> str:
    """Return a code, day or figure without what kept a spreadsheet from changing it: none of them begins so."""
    return text.lstrip("'").strip()


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
