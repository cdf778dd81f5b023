"""Settings by dated rows: what holds on a gas day, and how a row is added (adr/0029)."""

from .queries import Known, forget, place_of, read, tolerance_steps

__all__ = ["Known", "forget", "place_of", "read", "tolerance_steps"]
