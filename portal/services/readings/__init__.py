"""Readings: the gas measured at each point and gas day, taken in from files (domain.md §7)."""

from .importing import Change, Imported, Plan, import_file, preview
from .parsing import COLUMNS, ParsedRow, parse

__all__ = ["COLUMNS", "Change", "Imported", "ParsedRow", "Plan", "import_file", "parse", "preview"]
