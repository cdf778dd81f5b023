"""Clock, read at the edge and passed in; tests and demonstrations freeze or shift it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_SHIFT = re.compile(r"^([+-])?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


@dataclass(frozen=True, slots=True)
class MovedClock:
    """Clock moved by ``PORTAL_NOW``: shifted by ``shift``, or standing still at ``frozen``."""

    shift: timedelta = timedelta()
    frozen: datetime | None = None

    def __call__(self) -> datetime:
        """Return the moment of this clock, aware, UTC."""
        return self.frozen or system_clock() + self.shift


def system_clock() -> datetime:
    """Return the present moment, aware, UTC."""
    return datetime.now(UTC)


def clock_from(text: str) -> Clock:
    """Return the clock that ``PORTAL_NOW`` describes.

    Empty: the system's. An ISO 8601 moment with zone: frozen there. An ISO 8601 duration such as ``-PT3H`` or ``P1D``:
    the system's, shifted. Raises ``ValueError`` for anything else.
    """
    if not text:
        return system_clock
    shift = _SHIFT.match(text)
    if shift and any(shift.groups()[1:]):
        days, hours, minutes, seconds = (int(part or 0) for part in shift.groups()[1:])
        by = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        offset = -by if shift.group(1) == "-" else by
        return MovedClock(shift=offset)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"PORTAL_NOW needs a zone, as in 2026-11-22T09:00:00-05:00: {text}")
    return MovedClock(frozen=moment.astimezone(UTC))
