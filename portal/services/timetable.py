"""The timetable in force: when requests of each kind are taken (domain.md §4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.timetable import DEFAULT_WINDOWS, Window
from portal.models import TimetableRow


def windows(session: Session) -> Sequence[Window]:
    """Return every row of the timetable as the values the domain reasons with."""
    return [
        Window(
            modality=row.modality,
            kind=row.kind,
            opens_day=row.opens_day,
            opens_time=row.opens_time,
            closes_day=row.closes_day,
            closes_time=row.closes_time,
            notice_hours=row.notice_hours,
            max_per_day=row.max_per_day,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in session.scalars(select(TimetableRow).order_by(TimetableRow.id))
    ]


def seed(session: Session) -> None:
    """Write the default rows when the table is empty, inside the caller's transaction."""
    if session.scalar(select(TimetableRow.id).limit(1)) is not None:
        return
    for window in DEFAULT_WINDOWS:
        session.add(
            TimetableRow(
                modality=window.modality,
                kind=window.kind,
                opens_day=window.opens_day,
                opens_time=window.opens_time,
                closes_day=window.closes_day,
                closes_time=window.closes_time,
                notice_hours=window.notice_hours,
                max_per_day=window.max_per_day,
                valid_from=window.valid_from,
                valid_until=window.valid_until,
            )
        )
