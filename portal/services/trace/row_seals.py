"""What the audit says of rows as they were written: a digest by which a later change shows before the next anchor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, Base
from portal.services.store.transactions import one_moment
from portal.services.trace import sealed_rows
from portal.services.trace.sealed_rows import last_id

# The detail of an event that carries it, and how it is spelled: the table, what names the rows, their digest.
DETAIL = "sealed"
_SEAL = re.compile(r"([a-z_]+) (id|import_id)=([0-9,-]+) ([0-9a-f]{32})")


def of_ids(session: Session, *, table: str, ids: Sequence[int]) -> str:
    """Return the seal of rows of ``table`` that were just written, inside the caller's transaction."""
    return _seal(session, table, "id", ",".join(map(str, sorted(ids))))


def of_range(session: Session, *, table: str, after: int) -> str | None:
    """Return the seal of the rows of ``table`` above ``after``, by who alone writes to it meanwhile; None for none."""
    last = sealed_rows.last_id(session, table)
    return None if last <= after else _seal(session, table, "id", f"{after + 1}-{last}")


def of_import(session: Session, *, import_id: int) -> str:
    """Return the seal of the readings of a file that was just taken in."""
    return _seal(session, "readings", "import_id", str(import_id))


def verify(session: Session) -> str | None:
    """Compare every seal in the audit with its rows; None when all agree, else the first event that does not."""
    with one_moment(session):
        return next(_differences(session), None)


def _seal(session: Session, table: str, name: str, which: str) -> str:
    session.flush()
    found = sealed_rows.digest_of(session, table, _wanted(table, name, which))
    return f"{table} {name}={which} {found}"


def _wanted(table: str, name: str, which: str) -> Select[tuple[int]]:
    columns = Base.metadata.tables[table].c
    if name == "id" and "-" in which:
        first, last = map(int, which.split("-"))
        return select(columns.id).where(columns.id.between(first, last))
    return select(columns.id).where(columns[name].in_([int(each) for each in which.split(",")]))


def _differences(session: Session) -> Iterator[str]:
    marked = AuditEvent.details.contains(f'"{DETAIL}":"')
    events = session.execute(
        select(AuditEvent.sequence, AuditEvent.event, AuditEvent.at, AuditEvent.details)
        .where(marked)
        .order_by(AuditEvent.sequence)
    ).all()
    for event in events:
        said = str(json.loads(event.details)[DETAIL])
        parts = _SEAL.fullmatch(said)
        if parts is None or parts[1] not in sealed_rows.SERIES:
            yield f"event {event.sequence} ({event.event}) seals nothing that is known"
            continue
        if sealed_rows.digest_of(session, parts[1], _wanted(parts[1], parts[2], parts[3])) != parts[4]:
            where = (
                f"{parts[2]} {parts[3]}, written at {event.at.isoformat()} by event {event.sequence} ({event.event})"
            )
            yield f"{parts[1]}, {where}: something was changed"


__all__ = ["DETAIL", "last_id", "of_ids", "of_import", "of_range", "verify"]
