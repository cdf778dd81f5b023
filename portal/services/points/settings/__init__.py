"""Settings by dated rows: what holds on a gas day, and how a row is added (adr/0029)."""

from . import changes, queries
from .queries import Known, forget, last_row, list_tolerance_steps, place_of, read, row_count, use

__all__ = [
    "Known",
    "changes",
    "forget",
    "last_row",
    "list_tolerance_steps",
    "place_of",
    "queries",
    "read",
    "row_count",
    "use",
]
