"""Files of the audit, with the columns of docs/files.md, "Audit"."""

from __future__ import annotations

from collections.abc import Iterator

from portal.services.files.excel_workbook import Cell
from portal.services.ops import audit_search
from portal.services.ops.audit_search import Filters, Found
from portal.services.store.acts import Act
from portal.services.trace.audit_trail import Entry, Value
from portal.words.audit import channel_words, detail_words, event_words, value_words

# In this order for good: a program of the distributor reads them by name.
COLUMNS: tuple[tuple[str, float], ...] = (
    ("numero", 10),
    ("cuando", 20),
    ("hecho", 40),
    ("quien", 30),
    ("canal", 14),
    ("sobre", 34),
    ("detalle", 80),
    ("hecho_codigo", 28),
    ("sobre_id", 24),
)
# Read a block at a time, the newest first; a file has at most so many.
BLOCK, MOST = 2_000, 100_000


def list_rows(act: Act, filters: Filters) -> Iterator[list[Cell]]:
    """Yield the cells of every event that passes the filters, newest first, 100,000 at most."""
    before, count = None, 0
    while count < MOST:
        found = audit_search.search(act, filters=filters, before=before, most=min(BLOCK, MOST - count))
        for entry in found.entries:
            yield _cells(entry, found)
        count += len(found.entries)
        if found.next_before is None:
            return
        before = found.next_before


def _cells(entry: Entry, found: Found) -> list[Cell]:
    def words(value: Value) -> str:
        return found.names.get(str(value)) or value_words(value)

    said = [
        f"{detail_words(each.name)}: {words(each.old)} → {words(each.new)}"
        if each.old is not None
        else f"{detail_words(each.name)}: {words(each.new)}"
        for each in entry.changes
    ]
    said += [f"{detail_words(name)}: {words(value)}" for name, value in entry.details.items()]
    return [
        entry.sequence,
        entry.at,
        event_words(entry.event),
        entry.actor or "sin cuenta",
        channel_words(entry.channel),
        words(entry.subject),
        "; ".join(said),
        entry.event,
        entry.subject,
    ]
