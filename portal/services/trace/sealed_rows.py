"""Digests of append-only rows for the anchors: how many rows, and their content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    LargeBinary,
    Select,
    String,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from portal.domain.cases import EntryKind
from portal.models import AuditEvent, Base, CarriedMessage, CaseEntry
from portal.services.store.transactions import one_moment

BLOCK = 1000
CARRIED = "claim_messages"
DIGEST_BYTES = 16

# Sealed columns, by table. A column added later is not sealed for earlier rows: it gets a line of its own here, never a
# place in an existing line.
SERIES: Mapping[str, tuple[str, ...]] = {
    "nominations": (
        "id",
        "public_id",
        "delivery_point_id",
        "gas_day",
        "revision",
        "kind",
        "unit",
        "quantity_m3",
        "quantity_mbtu",
        "heating_value",
        "heating_value_on",
        "effective_at",
        "received_at",
        "channel",
        "signed_by_id",
        "filing_number",
        "submission_id",
        "content_hash",
        "cancels",
        "is_late",
        "batch_id",
        "call_id",
        "chain_position",
        "previous_hash",
        "receipt_hash",
    ),
    "authorisations": (
        "id",
        "delivery_point_id",
        "gas_day",
        "version",
        "quantity_m3",
        "quantity_mbtu",
        "cut_reason",
        "revision",
        "recorded_at",
        "recorded_by_id",
    ),
    "readings": (
        "id",
        "delivery_point_id",
        "gas_day",
        "version",
        "state",
        "volume_m3",
        "reason",
        "import_id",
        "import_line",
        "recorded_at",
        "recorded_by_id",
    ),
    "reading_imports": (
        "id",
        "file_name",
        "file_hash",
        "rows",
        "imported_at",
        "imported_by_id",
    ),
    "heating_values": (
        "id",
        "exit_point_id",
        "gas_day",
        "version",
        "heating_value",
        "recorded_at",
    ),
    "adjustments": (
        "id",
        "delivery_point_id",
        "gas_day",
        "reason",
        "note",
        "quantity_m3",
        "quantity_mbtu",
        "recorded_at",
        "recorded_by_id",
    ),
    "late_heating_effects": (
        "id",
        "late_heating_value_id",
        "delivery_point_id",
        "treatment",
        "days",
        "last_day",
        "kept_until",
        "effect_m3",
        "effect_mbtu",
        "adjustment_id",
    ),
    "month_closings": (
        "id",
        "statement_number",
        "delivery_point_id",
        "month",
        "version",
        "nominated_m3",
        "nominated_mbtu",
        "authorised_m3",
        "authorised_mbtu",
        "consumed_m3",
        "consumed_mbtu",
        "imbalance_m3",
        "imbalance_mbtu",
        "adjustment_m3",
        "adjustment_mbtu",
        "opening_m3",
        "opening_mbtu",
        "closing_m3",
        "closing_mbtu",
        "measured_days",
        "missing_days",
        "provisional_days",
        "days_hash",
        "reason",
        "closed_at",
        "closed_by_id",
    ),
    "close_policies": (
        "id",
        "delivery_point_id",
        "policy",
        "valid_from",
        "recorded_at",
        "recorded_by_id",
    ),
    "standing_orders": (
        "id",
        "public_id",
        "delivery_point_id",
        "version",
        "unit",
        "every_day_micro",
        "sundays_micro",
        "holidays_micro",
        "last_day",
        "content_hash",
        "access_key_id",
        "recorded_at",
        "recorded_by_id",
    ),
    "setting_rows": (
        "id",
        "name",
        "modality",
        "contract_id",
        "delivery_point_id",
        "value",
        "valid_from",
        "reason",
        "recorded_at",
        "recorded_by_id",
    ),
    "gate_readings": ("id", "exit_point_id", "gas_day", "version", "volume_m3", "recorded_at", "recorded_by_id"),
    "gate_confirmations": (
        "id",
        "exit_point_id",
        "gas_day",
        "version",
        "book_id",
        "unit",
        "nominated_micro",
        "confirmed_micro",
        "cut_reason",
        "note",
        "recorded_at",
        "recorded_by_id",
    ),
    "point_successions": (
        "id",
        "before_id",
        "after_id",
        "gas_day",
        "kind",
        "carries",
        "reason",
        "recorded_at",
        "recorded_by_id",
    ),
    "day_books": (
        "id",
        "gas_day",
        "version",
        "frozen_at",
        "frozen_by_id",
        "file_hash",
    ),
    "consents": (
        "id",
        "user_id",
        "text_version",
        "accepted_at",
        "address",
    ),
    # Of claims before they became cases: read where they were carried to (adr/0116).
    "claim_messages": (
        "id",
        "claim_id",
        "author_id",
        "by_staff",
        "text",
        "written_at",
    ),
    "case_entries": ("id", "case_id", "kind", "author_id", "text", "written_at"),
    "case_mails": ("id", "digest", "said", "entry_id", "taken_at"),
    "seasonal_patterns": (
        *("id", "delivery_point_id", "version", "months", "note"),
        *("declared_at", "declared_by_id"),
    ),
    "investigation_entries": (
        *("id", "delivery_point_id", "month", "number", "step"),
        *("done_on", "text", "written_at", "written_by_id"),
    ),
    "shift_notes": (
        "id",
        "public_id",
        "delivery_point_id",
        "gas_day",
        "text",
        "written_at",
        "written_by_id",
    ),
}


def _columns_of_carried_messages() -> Mapping[str, ColumnElement[Any]]:
    return {
        "id": CarriedMessage.__table__.c.id,
        "claim_id": CarriedMessage.__table__.c.claim_id,
        "author_id": CaseEntry.__table__.c.author_id,
        "by_staff": CaseEntry.__table__.c.kind == EntryKind.TOLD,
        "text": CaseEntry.__table__.c.text,
        "written_at": CaseEntry.__table__.c.written_at,
    }


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a thousand ids from ``number`` * 1000 on: how many, and the digest of their content."""

    number: int
    count: int
    digest: str


def find_last_ids(session: Session) -> dict[str, int]:
    """Return the greatest id of each table, 0 for an empty one."""
    return {name: find_last_id(session, name) for name in SERIES}


def find_last_id(session: Session, table: str) -> int:
    """Return the greatest id of a table, 0 for an empty one."""
    return session.scalar(select(func.max(_columns(table)["id"]))) or 0


def digest_of(session: Session, table: str, ids: Select[tuple[int]]) -> str:
    """Return the digest of the rows with these ids, in id order; memory does not grow with their number."""
    found = hashlib.sha256()
    for row in _read(session, table, _columns(table)["id"].in_(ids)):
        found.update(json.dumps(row, separators=(",", ":")).encode())
    return found.digest()[:DIGEST_BYTES].hex()


def list_blocks(session: Session, *, table: str, after: int, until: int) -> list[Block]:
    """Return the digests of the rows with ids above ``after`` up to ``until``, a thousand ids each."""
    if until <= after:
        return []
    found = _rows(session, table, after, until)
    place = SERIES[table].index("id")
    return [_block(number, list(rows)) for number, rows in groupby(found, key=lambda row: row[place] // BLOCK)]


def digest(rows: list[list[Any]]) -> str:
    """Return the SHA-256, shortened to 128 bits, of rows as ``_rows`` yields them."""
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).digest()[:DIGEST_BYTES].hex()


def _block(number: int, rows: list[list[Any]]) -> Block:
    return Block(number, len(rows), digest(rows))


def _rows(session: Session, table: str, after: int, until: int) -> Iterator[list[Any]]:
    ids = _columns(table)["id"]
    return _read(session, table, (ids > after) & (ids <= until))


def _read(session: Session, table: str, which: ColumnElement[bool]) -> Iterator[list[Any]]:
    statement, odd = _statement(table, session.get_bind().dialect.name)
    wanted = statement.where(which).order_by(_columns(table)["id"])
    result = session.connection().execute(wanted, execution_options={"yield_per": 5000})
    try:
        for row in result:
            values = list(row)
            for place in odd:
                values[place] = _plain(values[place])
            yield values
    finally:
        result.close()


def _columns(table: str) -> Mapping[str, ColumnElement[Any]]:
    return _columns_of_carried_messages() if table == CARRIED else dict(Base.metadata.tables[table].c)


@cache
def _statement(table: str, dialect: str) -> tuple[Select[*tuple[Any, ...]], tuple[int, ...]]:
    """Return the statement that reads a table alike on both databases, and the columns to convert by hand."""
    columns, odd = [], []
    for place, name in enumerate(SERIES[table]):
        column = _columns(table)[name]
        kind = getattr(column.type, "impl_instance", column.type)
        if isinstance(kind, (Boolean, LargeBinary)):
            odd.append(place)
            columns.append(column.label(name))
        elif isinstance(kind, (DateTime, Date)) and dialect != "sqlite":
            form = "YYYY-MM-DD HH24:MI:SS.US" if isinstance(kind, DateTime) else "YYYY-MM-DD"
            columns.append(func.to_char(type_coerce(column, kind), form).label(name))
        elif isinstance(kind, (DateTime, Date)):
            columns.append(type_coerce(column, String).label(name))
        else:
            columns.append(type_coerce(column, kind).label(name))
    found: Select[*tuple[Any, ...]] = select(*columns)
    if table == CARRIED:
        found = found.join_from(CarriedMessage, CaseEntry, CaseEntry.id == CarriedMessage.entry_id)
    return found, tuple(odd)


def _plain(value: Any) -> Any:
    if value is None:
        return None
    return int(value) if isinstance(value, bool) else bytes(value).hex()


# Detail of an event that carries seals, one after the other, and their spelling: table, ids of the rows, digest.
DETAIL = "sealed"
_SEAL = re.compile(r"([a-z_]+) (id|import_id)=([0-9,-]+) ([0-9a-f]{32})")


def of_ids(session: Session, *, table: str, ids: Sequence[int]) -> str:
    """Return the seal of new rows of ``table``, inside the caller's transaction."""
    return _seal(session, table, "id", ",".join(map(str, sorted(ids))))


def of_range(session: Session, *, table: str, after: int) -> str | None:
    """Return the seal of the rows of ``table`` above ``after``, None if none; the caller must be its only writer."""
    last = find_last_id(session, table)
    return None if last <= after else _seal(session, table, "id", f"{after + 1}-{last}")


def of_import(session: Session, *, import_id: int) -> str:
    """Return the seal of the readings of a file that was just imported."""
    return _seal(session, "readings", "import_id", str(import_id))


def of_point(session: Session, *, table: str, delivery_point_id: int, after: int) -> str | None:
    """Return the seal of the rows of a point above the id ``after``, None if none; under the lock of its account."""
    session.flush()
    columns = _columns(table)
    above = (columns["id"] > after) & (columns["delivery_point_id"] == delivery_point_id)
    ids = list(session.scalars(select(columns["id"]).where(above).order_by(columns["id"])))
    # Consecutive ids have the same difference to their place.
    runs = [[each for _, each in run] for _, run in groupby(enumerate(ids), lambda item: item[1] - item[0])]
    spelled = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return _seal(session, table, "id", ",".join(spelled)) if spelled else None


def spell_seals(seals: Iterable[str]) -> str:
    """Return several seals as the detail of one event."""
    return "; ".join(seals)


def verify(session: Session) -> str | None:
    """Compare every seal in the audit with its rows; return None if all agree, else the first event that does not."""
    with one_moment(session):
        return next(_differences(session), None)


def _seal(session: Session, table: str, name: str, which: str) -> str:
    session.flush()
    found = digest_of(session, table, _wanted(table, name, which))
    return f"{table} {name}={which} {found}"


def _wanted(table: str, name: str, which: str) -> Select[tuple[int]]:
    columns = _columns(table)
    if name == "id" and "-" in which:
        bounds = [each.partition("-") for each in which.split(",")]
        runs = [columns["id"].between(int(first), int(last or first)) for first, _, last in bounds]
        return select(columns["id"]).where(or_(*runs))
    return select(columns["id"]).where(columns[name].in_([int(each) for each in which.split(",")]))


def _differences(session: Session) -> Iterator[str]:
    marked = AuditEvent.details.contains(f'"{DETAIL}":"')
    events = session.execute(
        select(AuditEvent.sequence, AuditEvent.event, AuditEvent.at, AuditEvent.details)
        .where(marked)
        .order_by(AuditEvent.sequence)
    ).all()
    for event in events:
        for said in str(json.loads(event.details)[DETAIL]).split("; "):
            parts = _SEAL.fullmatch(said)
            if parts is None or parts[1] not in SERIES:
                yield f"event {event.sequence} ({event.event}) seals nothing that is known"
                continue
            if digest_of(session, parts[1], _wanted(parts[1], parts[2], parts[3])) != parts[4]:
                by = f"written at {event.at.isoformat()} by event {event.sequence} ({event.event})"
                yield f"{parts[1]}, {parts[2]} {parts[3]}, {by}: something was changed"
