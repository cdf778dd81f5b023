"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import time
from typing import NamedTuple

from sqlalchemy import bindparam, select

from portal.domain.timetable import RequestKind
from portal.models import TimetableRow
from portal.services.store.statements import RawDay, RawMoment, Statement

# Text from SQLite.
RawTime = time | str


class MoveRow(NamedTuple):
    """A moved close; the time as the driver gives it."""

    modality: str | None
    closes_day: int
    closes_time: RawTime
    valid_from: RawDay
    reason: str | None
    recorded_at: RawMoment | None


# Prepared 15 µs, plain 42 µs: 0.4 % of the start page.
MOVES = Statement(
    select(
        TimetableRow.modality,
        TimetableRow.closes_day,
        TimetableRow.closes_time,
        TimetableRow.valid_from,
        TimetableRow.reason,
        TimetableRow.recorded_at,
    )
    .where(
        TimetableRow.kind == RequestKind.NOMINATION,
        TimetableRow.reason.is_not(None),
        TimetableRow.valid_from >= bindparam("since"),
    )
    .order_by(TimetableRow.valid_from.desc(), TimetableRow.id.desc())
)
