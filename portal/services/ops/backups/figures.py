"""Figures of a copy: its revision, its rows by table and the end of its audit, kept in a note beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .copies import BadBackup


@dataclass(frozen=True, slots=True)
class Figures:
    """Contents of a copy: rows by table; number and seal (hexadecimal) of the last audit event."""

    revision: str
    rows: Mapping[str, int]
    audit_sequence: int
    audit_mac: str

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def demand_equal(path: Path, found: Figures, expected: Figures) -> None:
    """Refuse a copy whose figures are not those of its source; ``BadBackup`` names the first difference."""
    if found.revision != expected.revision:
        raise BadBackup(f"{path} is at revision {found.revision}, not {expected.revision}")
    for table in sorted({*found.rows, *expected.rows}):
        if found.rows.get(table) != expected.rows.get(table):
            raise BadBackup(
                f"{path} holds {found.rows.get(table, 'no')} rows of {table}, not {expected.rows.get(table, 'any')}"
            )
    if (found.audit_sequence, found.audit_mac) != (expected.audit_sequence, expected.audit_mac):
        raise BadBackup(
            f"the audit of {path} ends at event {found.audit_sequence}, not {expected.audit_sequence}, or under "
            "another seal"
        )


def place_of_note(path: Path) -> Path:
    """Return the path of the note beside a copy."""
    return path.with_name(f"{path.name}.json")


def write_note(path: Path, figures: Figures) -> None:
    """Write the note of a copy."""
    note = place_of_note(path)
    note.touch(mode=0o600)
    note.write_text(json.dumps(asdict(figures), sort_keys=True), encoding="utf-8")


def read_note(path: Path) -> Figures | None:
    """Return the figures noted when the copy was taken; None without a note, or with one that cannot be read."""
    try:
        said = json.loads(place_of_note(path).read_text(encoding="utf-8"))
        return Figures(said["revision"], said["rows"], said["audit_sequence"], said["audit_mac"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
