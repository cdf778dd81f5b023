"""Full-text index of the public texts on SQLite: an FTS5 table over their stems (adr/0127)."""

from __future__ import annotations

from sqlalchemy import Connection, text

TABLE = "passage_stems"
_TRIGGERS = ("passages_added", "passages_removed", "passages_changed")
_ADD = "INSERT INTO passage_stems (rowid, title_stems, text_stems) VALUES (new.id, new.title_stems, new.text_stems)"
_REMOVE = (
    "INSERT INTO passage_stems (passage_stems, rowid, title_stems, text_stems) "
    "VALUES ('delete', old.id, old.title_stems, old.text_stems)"
)
# FTS5 reads the stems from the table itself; the triggers tell it of every change.
_INDEX = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_stems USING fts5(title_stems, text_stems, content='passages', "
    "content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
)
_STATEMENTS = (
    _INDEX,
    f"CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN {_ADD}; END",
    f"CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN {_REMOVE}; END",
    f"CREATE TRIGGER passages_changed AFTER UPDATE ON passages BEGIN {_REMOVE}; {_ADD}; END",
)


def index_stems(connection: Connection) -> None:
    """Make the index and its triggers anew after revisions ran; without the table of passages, remove it."""
    if connection.dialect.name != "sqlite":
        return
    for trigger in _TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
    if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'passages'")).one_or_none():
        connection.execute(text("DROP TABLE IF EXISTS passage_stems"))
        return
    for statement in _STATEMENTS:
        connection.execute(text(statement))


def is_of_index(name: str | None) -> bool:
    """Tell whether a table belongs to the index: FTS5 keeps it in tables of its own, which no model describes."""
    return name is not None and name.startswith(TABLE)
