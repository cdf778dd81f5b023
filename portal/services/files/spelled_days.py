"""Days and months in the titles of a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from portal.domain.calendar import WEEKDAYS
from portal.domain.day_text import MONTH_NUMBERS, NoDay, read_day
from portal.domain.gas_day import Month
from portal.domain.searched import comparable

DAY_NUMBER = re.compile("(?:dia )?0?([1-9]|[12][0-9]|3[01])")
_NAMES = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_MONTH_WORDS = re.compile(rf"\b({_NAMES})\b[^a-z0-9]*(?:(?:del?|ano) ?)?[^a-z0-9]*(20[0-9]{{2}})\b")
# Each under a label of its own: "Mes: 11", "Año: 2026".
_LABELLED_MONTH = re.compile(rf"\bmes\b[^a-z0-9]*({_NAMES}|0?[1-9]\b|1[0-2]\b)")
_LABELLED_YEAR = re.compile(r"\bano\b[^a-z0-9]*(20[0-9]{2})\b")
_MONTH_NUMBER = re.compile(
    r"(?<![0-9])(?:(20[0-9]{2})[-/.](0[1-9]|1[0-2])|(0[1-9]|1[0-2])[-/.](20[0-9]{2}))(?![-/.0-9])"
)
_WEEKDAY_NUMBER = re.compile(r"(lun|mar|mie|jue|vie|sab|dom)[a-z]*\.?,? 0?([1-9]|[12][0-9]|3[01])")
_SERIAL = re.compile(r"[0-9]{5}", re.ASCII)
SERIAL_DAYS = range(41_000, 62_000)


def is_day(text: str) -> bool:
    """Tell whether a text is a day, with an hour beside it or without."""
    try:
        read_day(text)
    except NoDay as bad:
        return bad.is_date
    return True


def is_day_without_year(text: str) -> bool:
    """Tell whether a text is a day and a month without their year."""
    if is_day(text):
        return False
    try:
        # A leap year: 29 February is a day too.
        read_day(text, near=date(2024, 2, 29))
    except NoDay as bad:
        # A weekday beside it fits in some years.
        return bad.clash is not None
    return True


def is_day_of_year(text: str) -> bool:
    """Tell whether a text is a day without its year, and can be no figure: ``20/11``, ``20-nov``, not ``20.11``."""
    return any(sign in text for sign in "/- ") and is_day_without_year(text)


def is_serial_day(text: str) -> bool:
    """Tell whether a text may be a spreadsheet's number of a day, from 2012 to 2069."""
    return _SERIAL.fullmatch(text) is not None and int(text) in SERIAL_DAYS


def write_day_of_month(text: str, month: Month) -> str:
    """Return the day of a month whose number a text is, with its weekday or month or without; other text unchanged."""
    key = comparable(text).removesuffix(".000000")
    found = DAY_NUMBER.fullmatch(key)
    if found is not None:
        return f"{month.year}-{month.number:02}-{int(found[1]):02}"
    if is_day(text):
        return text
    try:
        # Without a year, which the month above says; the weekday must fit.
        day = read_day(key, near=month.first.date).date
    except NoDay:
        return _write_weekday(key, month) or text
    return day.isoformat() if (day.year, day.month) == (month.year, month.number) else text


def _write_weekday(key: str, month: Month) -> str | None:
    """Return the day of ``vie 20``; None for another text."""
    said = _WEEKDAY_NUMBER.fullmatch(key)
    if said is None:
        return None
    try:
        day = date(month.year, month.number, int(said[2]))
    except ValueError:
        return None
    return day.isoformat() if comparable(WEEKDAYS[day.weekday()]).startswith(said[1]) else None


def find_month(texts: Sequence[str]) -> Month | None:
    """Return the one month that titles name, with its year; None for none and for several."""
    found: set[Month] = set()
    for text in texts:
        key = comparable(text)
        for words in _MONTH_WORDS.finditer(key):
            found.add(Month(int(words[2]), MONTH_NUMBERS[words[1]]))
        label, labelled = _LABELLED_MONTH.search(key), _LABELLED_YEAR.search(key)
        if label is not None and labelled is not None:
            found.add(Month(int(labelled[1]), MONTH_NUMBERS.get(label[1]) or int(label[1])))
        for number in _MONTH_NUMBER.finditer(key):
            year, month = (number[1], number[2]) if number[1] else (number[4], number[3])
            found.add(Month(int(year), int(month)))
    return found.pop() if len(found) == 1 else None
