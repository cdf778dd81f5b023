"""Copies of the database: how often they are taken, and which are kept: the newest always."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from .gas_day import BOGOTA

Copy = TypeVar("Copy")
# Longest month: a copy of each is kept until as many months have passed.
_MONTH = timedelta(days=31)
_FOUR_NUMBERS = re.compile(r"\s*[0-9]{1,5}(?:[\s,]+[0-9]{1,5}){3}\s*")


def usual_interval(*, is_sqlite: bool) -> timedelta:
    """Return the time between two copies where nobody set another."""
    return timedelta(minutes=15) if is_sqlite else timedelta(hours=1)


class BadRetention(Exception):
    """The text is no retention; it says how one is written."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Every copy of the last ``all_hours``; then the last one of each of ``hours``, ``days`` and ``months``."""

    all_hours: int = 24
    hours: int = 48
    days: int = 30
    months: int = 12

    @classmethod
    def read(cls, text: str) -> Retention:
        """Return the retention written as ``24 48 30 12``; ``BadRetention`` for another text."""
        if not _FOUR_NUMBERS.fullmatch(text):
            raise BadRetention(
                f"must be four whole numbers such as {cls()} (hours in which every copy is kept, hours with one each, "
                f"days with one each, months with one each), not {text!r}"
            )
        return cls(*map(int, text.replace(",", " ").split()))

    def __str__(self) -> str:
        return f"{self.all_hours} {self.hours} {self.days} {self.months}"


USUAL_RETENTION = Retention()


def list_superfluous(
    copies: Sequence[Copy], *, retention: Retention, now: datetime, made_at: Callable[[Copy], datetime]
) -> list[Copy]:
    """Return the copies that need not be kept, oldest last; hours, days and months are Colombian.

    The newest copy is never among them, whatever its age, and neither is one of the future.
    """
    ordered = sorted(copies, key=made_at, reverse=True)
    kept = {id(copy) for copy in ordered[:1]}
    kept |= {id(copy) for copy in ordered if made_at(copy) > now - timedelta(hours=retention.all_hours)}
    for form, since in (
        ("%Y-%m-%d %H", now - timedelta(hours=retention.hours)),
        ("%Y-%m-%d", now - timedelta(days=retention.days)),
        ("%Y-%m", now - retention.months * _MONTH),
    ):
        kept |= set(_last_of_each(ordered, form, since, made_at))
    return [copy for copy in ordered if id(copy) not in kept]


def _last_of_each(
    ordered: Sequence[Copy], form: str, since: datetime, made_at: Callable[[Copy], datetime]
) -> Iterable[int]:
    """Yield the identity of the newest copy of each period that is named by ``form``."""
    seen = set()
    for copy in ordered:
        period = made_at(copy).astimezone(BOGOTA).strftime(form)
        if made_at(copy) > since and period not in seen:
            seen.add(period)
            yield id(copy)
