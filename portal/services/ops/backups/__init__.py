"""Copies of the database, SQLite's by its backup interface, PostgreSQL's by pg_dump: taken, verified, restored.

Keys and pepper are in none of them.
"""

from . import drills, postgresql_dumps, runs, sqlite_copies
from .copies import BadBackup, Kept, list_kept
from .drills import Drill
from .figures import Figures, read_note
from .postgresql_dumps import AlreadyRunning
from .schedule import Plan, Taken, copy, find_database_file, is_late, newest_of, take, take_due
from .whole_copies import demand_fits, read_figures, restore

__all__ = [
    "AlreadyRunning",
    "BadBackup",
    "Drill",
    "Figures",
    "Kept",
    "Plan",
    "Taken",
    "copy",
    "demand_fits",
    "drills",
    "find_database_file",
    "is_late",
    "list_kept",
    "newest_of",
    "postgresql_dumps",
    "read_figures",
    "read_note",
    "restore",
    "runs",
    "sqlite_copies",
    "take",
    "take_due",
]
