"""Found events as a file, in the words of the page."""

from __future__ import annotations

import csv
import io

from portal.domain.gas_day import BOGOTA
from portal.services.files.cells import disarmed
from portal.services.ops.audit_search import Found
from portal.services.trace.audit_trail import Value
from portal.words.audit import channel_words, detail_words, event_words, value_words

COLUMNS = ("numero", "cuando", "hecho", "quien", "canal", "sobre", "detalle")
# Makes Excel read UTF-8.
_MARK = "\ufeff"


def events_csv(found: Found) -> bytes:
    """Return the events as CSV for Excel in Colombia; no cell is read as a formula."""

    def words(value: Value) -> str:
        return found.names.get(str(value)) or value_words(value)

    text = io.StringIO()
    text.write(_MARK)
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for entry in found.entries:
        said = [
            f"{detail_words(each.name)}: {words(each.old)} → {words(each.new)}"
            if each.old is not None
            else f"{detail_words(each.name)}: {words(each.new)}"
            for each in entry.changes
        ]
        said += [f"{detail_words(name)}: {words(value)}" for name, value in entry.details.items()]
        cells = [
            f"{entry.at.astimezone(BOGOTA):%d/%m/%Y %H:%M:%S}",
            event_words(entry.event),
            entry.actor or "sin cuenta",
            channel_words(entry.channel),
            words(entry.subject),
            "; ".join(said),
        ]
        rows.writerow([entry.sequence, *map(disarmed, cells)])
    return text.getvalue().encode()
