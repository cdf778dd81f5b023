"""Spellings of a day, by people and machines; only an unambiguous one is read (adr 0082)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from portal.domain.typed_text import as_typed

_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_LONG = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre"),
    *("noviembre", "diciembre"),
)
# Names of the months as people write them, without accents, and their numbers.
MONTH_NUMBERS = {name: number for names in (_MONTHS, _LONG) for number, name in enumerate(names, start=1)}
MONTH_NUMBERS |= {"set": 9, "sept": 9, "setiembre": 9}
_NUMBERS = MONTH_NUMBERS | {"jan": 1, "apr": 4, "aug": 8, "dec": 12}
_WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_WEEKDAY = re.compile(r"(lun|mar|mie|jue|vie|sab|dom)[a-z]*\.?,?\s+(?:el\s+)?", re.ASCII)

_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})", re.ASCII)
_COMPACT = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?", re.ASCII)
_NAMED = re.compile(
    r"([0-9]{1,2})(?:º|°)?(?:\s+de)?[-/. ]*([a-z]{3,10})\.?(?:(?:\s+(?:de|del)\s+|[-/., ]+)([0-9]{4}|[0-9]{2}))?",
    re.ASCII,
)
_TIME = re.compile(
    r"(.*?)[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]0+)?)?\s*(a\.?\s?m\.?|p\.?\s?m\.?)?\s*"
    r"(z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE | re.ASCII,
)
_BOGOTA = dt.timezone(dt.timedelta(hours=-5))


class Clash(NamedTuple):
    """Date, and the weekday written beside it, which is another one; 0 is Monday."""

    date: dt.date
    said: int

    @property
    def fact(self) -> str:
        """The clash as text, which ``read_clash`` reads back."""
        return f"{self.date.isoformat()} {self.said}"


def read_clash(fact: str) -> Clash:
    """Return the clash that ``Clash.fact`` wrote."""
    date, said = fact.split()
    return Clash(dt.date.fromisoformat(date), int(said))


class NoDay(ValueError):
    """The text is no day; ``is_date``: it has the form of a date that the calendar does not have.

    ``clash`` is set for a date of the calendar with another weekday beside it.
    """

    def __init__(self, *, is_date: bool = False, clash: Clash | None = None) -> None:
        super().__init__("no day")
        self.is_date = is_date
        self.clash = clash


class DayText(NamedTuple):
    """Date as written, and the hour beside it in minutes from 0 to 1440, None without one."""

    date: dt.date
    minutes: int | None


def read_day(text: str, *, month_first: bool = False, near: dt.date | None = None) -> DayText:
    """Return the day written in ``text``; raises ``NoDay`` for none or more than one reading.

    ``2026-11-29``, ``20261129``, ``29/11/2026``, ``29-11-26``, ``29.11.2026``, ``30-nov-26``, ``domingo 29 de noviembre
    de 2026``; with ``near`` also without a year: the year that puts the day closest to it. A weekday must fit.
    ``month_first`` reads ``11/29/2026``. A moment of another zone is converted to Colombia's.
    """
    bare = _plain(text)
    minutes: int | None = None
    zone = ""
    timed = _TIME.fullmatch(bare)
    if timed is not None:
        bare = timed[1].strip(" ,")
        minutes = _minutes(timed)
        zone = timed[6] or ""
    weekday = _WEEKDAY.match(bare)
    if weekday is not None:
        bare = bare[weekday.end() :]
    year, month, day = _parts(bare, month_first)
    date = _date(year, month, day, near)
    if weekday is not None and not _WEEKDAYS[date.weekday()].startswith(weekday[1]):
        said = next(place for place, name in enumerate(_WEEKDAYS) if name.startswith(weekday[1]))
        raise NoDay(is_date=True, clash=Clash(date, said))
    if zone:
        date, minutes = _moved(date, minutes or 0, zone)
    return DayText(date, minutes)


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFD", as_typed(text))
    return "".join(character for character in split if not unicodedata.combining(character)).casefold()


def _minutes(timed: re.Match[str]) -> int:
    hour, minute, second = int(timed[2]), int(timed[3]), int(timed[4] or 0)
    half = (timed[5] or "").lower()
    if half and not 1 <= hour <= 12:
        raise NoDay
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    # Some machines write the end of a day as 23:59.
    if (hour, minute) == (23, 59):
        return 1440
    if minute > 59 or second > 59 or hour * 60 + minute > 1440:
        raise NoDay
    return hour * 60 + minute


def _parts(bare: str, month_first: bool) -> tuple[int | None, int, int]:
    if found := _YEAR_FIRST.fullmatch(bare):
        return int(found[1]), int(found[3]), int(found[4])
    if found := _COMPACT.fullmatch(bare):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_LAST.fullmatch(bare):
        one, other = int(found[1]), int(found[3])
        day, month = (other, one) if month_first else (one, other)
        return _year(found[4]), month, day
    if found := _NAMED.fullmatch(bare):
        named = _NUMBERS.get(found[2])
        if named is not None:
            return _year(found[3]), named, int(found[1])
    raise NoDay


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _date(year: int | None, month: int, day: int, near: dt.date | None) -> dt.date:
    if year is None and near is None:
        raise NoDay
    years = [year] if year is not None or near is None else [near.year - 1, near.year, near.year + 1]
    found: list[dt.date] = []
    for each in years:
        try:
            found.append(dt.date(each or 0, month, day))
        except ValueError:
            continue
    if not found:
        raise NoDay(is_date=True)
    return min(found, key=lambda date: abs(date - near)) if near is not None else found[0]


def _moved(date: dt.date, minutes: int, zone: str) -> tuple[dt.date, int]:
    """Return a moment of another zone as date and minutes in Colombia (UTC−5 all year)."""
    if zone == "z":
        offset = dt.timedelta()
    else:
        digits = zone[1:].replace(":", "")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = -offset if zone[0] == "-" else offset
    if offset >= dt.timedelta(days=1) or offset <= dt.timedelta(days=-1):
        raise NoDay
    there = dt.datetime.combine(date, dt.time(), dt.timezone(offset)) + dt.timedelta(minutes=minutes)
    here = there.astimezone(_BOGOTA)
    if here.time() == dt.time() and minutes == 1440:
        return here.date() - dt.timedelta(1), 1440
    return here.date(), here.hour * 60 + here.minute
