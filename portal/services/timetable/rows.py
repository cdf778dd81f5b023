"""Rows of the timetable in force: when each kind of request is accepted (docs/rules.md, "Timetable")."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import DEFAULT_WINDOWS, RequestKind, Window
from portal.models import TimetableRow
from portal.services.store.statements import nest, read_nested

FIELDS = tuple(field.name for field in dataclasses.fields(Window))
_ROWS = select(*(getattr(TimetableRow, name) for name in FIELDS)).order_by(TimetableRow.id)


_KEPT = "timetable that was read"
# The whole timetable as a column of another statement: its content is what it is kept under (``use``).
content = nest(_ROWS)


def list_windows(session: Session) -> Sequence[Window]:
    """Return every row of the timetable as a domain value."""
    kept: tuple[object, Sequence[Window]] | None = session.info.get(_KEPT)
    if kept is not None and kept[0] is session.get_transaction():
        return kept[1]
    return [Window(**row) for row in session.connection().execute(_ROWS).mappings()]


def use(session: Session, read: str | None) -> None:
    """Take the timetable from ``content``, as read by another statement of this transaction, which changes no row."""
    session.info[_KEPT] = session.get_transaction(), _windows_of(read)


@lru_cache(maxsize=8)
def _windows_of(read: str | None) -> tuple[Window, ...]:
    """Return the windows of a timetable by its content: parsed once for as long as nobody changes it."""
    return tuple([Window(**dict(zip(FIELDS, map(_value, FIELDS, row), strict=True))) for row in read_nested(read)])


def _value(field: str, value: Any) -> Any:
    """Return the value of a field from its JSON."""
    kind = _KINDS.get(field)
    return value if kind is None or value is None else kind(value)


_KINDS: dict[str, Callable[[str], Any]] = {
    "modality": Modality,
    "kind": RequestKind,
    "opens_time": time.fromisoformat,
    "closes_time": time.fromisoformat,
    "valid_from": lambda day: GasDay(date.fromisoformat(day)),
    "valid_until": lambda day: GasDay(date.fromisoformat(day)),
}


def lock(session: Session) -> None:
    """Lock the timetable, so that one transaction at a time moves or applies a close; on SQLite writers wait anyway."""
    session.scalars(select(TimetableRow.id).order_by(TimetableRow.id).with_for_update(key_share=True)).all()


def seed(session: Session) -> None:
    """Write the default rows if the table is empty, inside the caller's transaction."""
    if session.scalar(select(TimetableRow.id).limit(1)) is not None:
        return
    session.add_all(TimetableRow(**{name: getattr(window, name) for name in FIELDS}) for window in DEFAULT_WINDOWS)
