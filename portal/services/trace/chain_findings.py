"""Findings about the audit's chain and its anchors: a kind with its facts, and the text that commands print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any


class ChainFault(StrEnum):
    """Kinds of disagreement between the chain, the anchors and the outside file."""

    EVENT_MISSING = "event-missing"
    EVENT_CHANGED = "event-changed"
    END_MISSING = "end-missing"
    ANCHOR_MISSING = "anchor-missing"
    ANCHOR_CHANGED = "anchor-changed"
    WRITTEN_ANCHOR_MISSING = "written-anchor-missing"
    NO_ANCHOR = "no-anchor"
    NO_ANCHOR_OUTSIDE = "no-anchor-outside"
    FILE_LACKS_ANCHOR = "file-lacks-anchor"
    DATABASE_LACKS_ANCHOR = "database-lacks-anchor"
    FILE_LACKS_KNOWN_ANCHOR = "file-lacks-known-anchor"
    OTHER_ANCHOR = "other-anchor"
    ANCHORED_EVENT_MISSING = "anchored-event-missing"
    ANCHORED_EVENT_OTHER = "anchored-event-other"
    DAYS_WITHOUT_ANCHOR = "days-without-anchor"
    FOREIGN_LINE = "foreign-line"
    NO_ANCHOR_LINE = "no-anchor-line"
    FILE_CUT_OFF = "file-cut-off"


_PRINTED: Mapping[ChainFault, str] = {
    ChainFault.EVENT_MISSING: "event {event} is missing",
    ChainFault.EVENT_CHANGED: "event {event} ({what}) was changed",
    ChainFault.END_MISSING: "the end is missing: the chain stops at event {event}",
    ChainFault.ANCHOR_MISSING: "anchor {anchor} is missing in the database",
    ChainFault.ANCHOR_CHANGED: "anchor {anchor} was changed in the database",
    ChainFault.WRITTEN_ANCHOR_MISSING: "anchor {anchor}, written to {place}, is missing in the database",
    ChainFault.NO_ANCHOR: (
        "there is no anchor: the worker writes one a day, '.venv/bin/portal audit anchor' one at once"
    ),
    ChainFault.NO_ANCHOR_OUTSIDE: (
        "no anchor is kept outside the database: '.venv/bin/portal audit anchor' begins {place}"
    ),
    ChainFault.FILE_LACKS_ANCHOR: "anchor {anchor} is missing in {place}",
    ChainFault.DATABASE_LACKS_ANCHOR: "anchor {anchor} is in {place}, but not in the database",
    ChainFault.FILE_LACKS_KNOWN_ANCHOR: "anchor {anchor} of {at} is in the database, but not in {place}",
    ChainFault.OTHER_ANCHOR: "anchor {anchor} is another one in {place} than in the database",
    ChainFault.ANCHORED_EVENT_MISSING: "event {event}, anchored at {at}, is missing",
    ChainFault.ANCHORED_EVENT_OTHER: "event {event} is not the one that was anchored at {at}",
    ChainFault.DAYS_WITHOUT_ANCHOR: (
        "no anchor of {day}{others}: the worker writes one a day; if it stood still, say so by "
        "'.venv/bin/portal audit excuse'"
    ),
    ChainFault.FOREIGN_LINE: "line {line} of {place} was not written by this portal",
    ChainFault.NO_ANCHOR_LINE: "line {line} of {place} is no anchor",
    ChainFault.FILE_CUT_OFF: (
        "{place} ends at anchor {last}, but anchor {anchor} was written there: it was cut off or replaced"
    ),
}


class Finding(str):
    """A finding, as the text that commands print; pages write ``fault`` and ``facts`` in their own words."""

    __slots__ = ("facts", "fault")

    fault: ChainFault
    facts: Mapping[str, Any]

    def __new__(cls, fault: ChainFault, **facts: Any) -> Finding:
        """Build the text from ``facts``; moments and days are in ISO 8601."""
        more = facts.get("more", 0)
        printed = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
        printed["others"] = f" and {more} more days" if more else ""
        found = super().__new__(cls, _PRINTED[fault].format(**printed))
        found.fault, found.facts = fault, facts
        return found
