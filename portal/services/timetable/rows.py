"""Rows of the timetable in force: when each kind of request is accepted (docs/rules.md, "Timetable")."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.timetable import DEFAULT_WINDOWS, Window
from portal.models import TimetableRow

FIELDS = tuple(field.name for field in dataclasses.fields(Window))
_ROWS = select(*(getattr(TimetableRow, name) for name in FIELDS)).order_by(TimetableRow.id)


def list_windows(session: Session) -> Sequence[Window]:
    """Return every row of the timetable as a domain value."""
    return [Window(**row) for row in session.connection().execute(_ROWS).mappings()]


def lock(session: Session) -> None:
    """Lock the timetable, so that one transaction at a time moves or applies a close; on SQLite writers wait anyway."""
    session.scalars(select(TimetableRow.id).order_by(TimetableRow.id).with_for_update(key_share=True)).all()


def seed(session: Session) -> None:
    """Write the default rows if the table is empty, inside the caller's transaction."""
    if session.scalar(select(TimetableRow.id).limit(1)) is not None:
        return
    session.add_all(TimetableRow(**{name: getattr(window, name) for name in FIELDS}) for window in DEFAULT_WINDOWS)
