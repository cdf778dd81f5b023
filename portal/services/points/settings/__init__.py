"""Settings by dated rows: what holds on a gas day, and how a row is added (adr/0029)."""

from . import changes, queries
from .queries import Known, forget, place_of, read, tolerance_steps

__all__ = ["Known", "changes", "forget", "place_of", "queries", "read", "tolerance_steps"]
