"""Gas days of the public calendar: their holidays and the closes of every modality (guide step 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind
from portal.services.store.acts import Act

from . import holidays
from .deadlines import REASONS, find_close, find_reason
from .rows import list_windows


class DayClose(NamedTuple):
    """Close of a kind of request for a gas day, with the modalities that share it; ``reason`` when it was moved."""

    kind: RequestKind
    modalities: tuple[Modality, ...]
    closes_at: datetime
    reason: str | None

    @property
    def is_common(self) -> bool:
        """True when it holds for every modality."""
        return len(self.modalities) == len(Modality)


class CalendarDay(NamedTuple):
    """Gas day of the calendar: its holiday, None on an ordinary one, and its closes by kind and moment."""

    gas_day: GasDay
    holiday: str | None
    closes: tuple[DayClose, ...]


def list_days(act: Act, *, first: GasDay, last: GasDay) -> list[CalendarDay]:
    """Return the days from ``first`` to ``last``, both included; three queries for any number of days."""
    rows = list_windows(act.session)
    moved = act.session.scalars(REASONS, {"first": first, "last": last}).all()
    known = holidays.list_between(act.session, first=first.date, last=last.date)
    found = []
    day = first
    while day <= last:
        closes: dict[tuple[RequestKind, datetime, str | None], list[Modality]] = {}
        for kind in RequestKind:
            for modality in Modality:
                closes_at = find_close(rows, modality, kind, day)
                if closes_at is not None:
                    reason = find_reason(moved, modality, kind, day)
                    closes.setdefault((kind, closes_at, reason), []).append(modality)
        found.append(CalendarDay(day, known.get(day.date), _ordered(closes)))
        day = day.plus(1)
    return found


def _ordered(closes: dict[tuple[RequestKind, datetime, str | None], list[Modality]]) -> tuple[DayClose, ...]:
    kinds: Sequence[RequestKind] = list(RequestKind)
    order = sorted(closes, key=lambda key: (kinds.index(key[0]), key[1]))
    return tuple([DayClose(kind, tuple(closes[kind, at, why]), at, why) for kind, at, why in order])
