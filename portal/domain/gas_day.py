"""The gas day, 00:00 to 24:00 in Colombia, and the month made of them (docs/rules.md, "Gas day and gas year")."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain.day_text import Clash, NoDay, read_day
from portal.domain.typed_text import as_typed

BOGOTA = ZoneInfo("America/Bogota")


@dataclass(frozen=True, slots=True, order=True)
class GasDay:
    """A gas day: a date, ordered and hashed as one; it covers the moments from ``start`` to ``end``, end excluded."""

    date: dt.date

    def __post_init__(self) -> None:
        if self.date.__class__ is not dt.date:
            raise TypeError(f"a gas day is made of a date, not of a {type(self.date).__name__}")

    @classmethod
    def of(cls, moment: dt.datetime) -> GasDay:
        """Return the gas day of ``moment``; raises ``ValueError`` for a moment without a zone."""
        return cls(in_bogota(moment).date())

    @property
    def start(self) -> dt.datetime:
        """The first moment of the day, in UTC."""
        return self.at(0, dt.time(0))

    @property
    def end(self) -> dt.datetime:
        """The first moment after the day, in UTC."""
        return self.at(1, dt.time(0))

    def at(self, days: int, time: dt.time) -> dt.datetime:
        """Return the moment, in UTC, of the Colombian clock ``time`` on the date ``days`` after this one."""
        local = dt.datetime.combine(self.date + dt.timedelta(days), time, tzinfo=BOGOTA)
        return local.astimezone(dt.UTC)

    def plus(self, days: int) -> GasDay:
        """Return the gas day ``days`` later; earlier when negative."""
        return GasDay(self.date + dt.timedelta(days))

    def isoformat(self) -> str:
        """Return ``YYYY-MM-DD``."""
        return self.date.isoformat()

    def __str__(self) -> str:
        return self.isoformat()


# The history of the portal begins here (guide step 14).
FIRST_GAS_DAY = GasDay(dt.date(2014, 12, 1))
# A later year is taken for a typing error.
LAST_GAS_DAY = GasDay(dt.date(2099, 12, 31))


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of gas days; ``ValueError`` for a number outside of 1 to 12."""

    year: int
    number: int

    def __post_init__(self) -> None:
        dt.date(self.year, self.number, 1)

    @classmethod
    def of(cls, gas_day: GasDay) -> Month:
        """Return the month of ``gas_day``."""
        return cls(gas_day.date.year, gas_day.date.month)

    @property
    def first(self) -> GasDay:
        """The first day of the month."""
        return GasDay(dt.date(self.year, self.number, 1))

    @property
    def last(self) -> GasDay:
        """The last day of the month."""
        return GasDay(dt.date(self.year, self.number, calendar.monthrange(self.year, self.number)[1]))

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year, self.number + 1) if self.number < 12 else Month(self.year + 1, 1)

    def days(self) -> list[GasDay]:
        """Return every day of the month, in order."""
        return [GasDay(dt.date(self.year, self.number, day)) for day in range(1, self.last.date.day + 1)]

    def isoformat(self) -> str:
        """Return ``YYYY-MM``."""
        return f"{self.year:04}-{self.number:02}"

    def __str__(self) -> str:
        return self.isoformat()


class GasDayProblem(StrEnum):
    """Reason why a text is no gas day."""

    EMPTY = "empty"
    NOT_A_DATE = "not-a-date"
    NO_SUCH_DAY = "no-such-day"
    OTHER_WEEKDAY = "other-weekday"
    OUT_OF_RANGE = "out-of-range"


class BadGasDay(ValueError):
    """The text is no gas day; ``problem`` says why, ``clash`` which weekday the date has and which was written."""

    def __init__(self, problem: GasDayProblem, clash: Clash | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.clash = clash


def parse_gas_day(text: str, *, near: GasDay | None = None) -> GasDay:
    """Return the gas day typed in any unambiguous spelling, as ``read_day`` without an hour (guide step 20).

    With ``near`` also without a year: the nearest to it. Raises ``BadGasDay``: nothing typed, another spelling, a day
    the calendar does not have (30/02), one of another weekday than is written beside it, or one outside of 1 December
    2014 to 31 December 2099.
    """
    typed = as_typed(text)
    if not typed:
        raise BadGasDay(GasDayProblem.EMPTY)
    try:
        read = read_day(typed, near=None if near is None else near.date)
    except NoDay as error:
        if error.clash is not None:
            raise BadGasDay(GasDayProblem.OTHER_WEEKDAY, error.clash) from None
        problem = GasDayProblem.NO_SUCH_DAY if error.is_date else GasDayProblem.NOT_A_DATE
        raise BadGasDay(problem) from None
    if read.minutes is not None:
        raise BadGasDay(GasDayProblem.NOT_A_DATE)
    found = GasDay(read.date)
    if not FIRST_GAS_DAY <= found <= LAST_GAS_DAY:
        raise BadGasDay(GasDayProblem.OUT_OF_RANGE)
    return found


def parse_month(text: str) -> Month | None:
    """Return the month written as in addresses, ``YYYY-MM``; None for any other text."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}", text):
        return None
    try:
        return Month(int(text[:4]), int(text[5:]))
    except ValueError:
        return None


def in_bogota(moment: dt.datetime) -> dt.datetime:
    """Return ``moment`` on the Colombian clock; raises ``ValueError`` when it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no gas day")
    return moment.astimezone(BOGOTA)


_DECEMBER = 12


class YearKind(StrEnum):
    """Año calendario; año de gas."""

    CALENDAR = "calendario"
    GAS = "gas"


@dataclass(frozen=True, slots=True, order=True)
class AccountYear:
    """Twelve months of an account; ``number`` is the year of the last of them.

    The gas year 2026 goes from December 2025 to November 2026.
    """

    kind: YearKind
    number: int

    @classmethod
    def of(cls, month: Month, kind: YearKind) -> AccountYear:
        """Return the year of this kind that contains ``month``."""
        follows = kind is YearKind.GAS and month.number == _DECEMBER
        return cls(kind, month.year + follows)

    @property
    def first(self) -> Month:
        """The first month."""
        return Month(self.number - 1, _DECEMBER) if self.kind is YearKind.GAS else Month(self.number, 1)

    @property
    def last(self) -> Month:
        """The last month."""
        return Month(self.number, _DECEMBER - 1 if self.kind is YearKind.GAS else _DECEMBER)

    @property
    def first_day(self) -> GasDay:
        """The first gas day."""
        return self.first.first

    @property
    def last_day(self) -> GasDay:
        """The last gas day."""
        return self.last.last

    def months(self) -> tuple[Month, ...]:
        """Return the twelve months, in order."""
        found = [self.first]
        while found[-1] != self.last:
            found.append(found[-1].next)
        return tuple(found)
