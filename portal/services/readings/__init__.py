"""Readings: the gas measured at each point and gas day, taken in from files (domain.md §7)."""

from .importing import Imported, Plan, Told, import_file, preview
from .intake import Change
from .parsing import COLUMNS, ParsedRow

__all__ = ["COLUMNS", "Change", "Imported", "ParsedRow", "Plan", "Told", "import_file", "preview"]
