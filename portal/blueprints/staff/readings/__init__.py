"""Readings and heating values in the consoles: files, days by hand, gaps, months."""

from . import corrections, days, gaps, late_values, months, previews, values, views

__all__ = ["corrections", "days", "files", "gaps", "jobs", "late_values", "months", "previews", "values", "views"]
