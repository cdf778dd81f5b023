"""Consoles of the distributor's people."""

from . import (
    accounts,
    audit,
    board,
    case_desk,
    case_figures,
    company_users,
    day_book,
    documents,
    holidays,
    hours,
    letters,
    readings,
    registry,
    security,
    settings,
    tariffs,
    windows,
)
from .views import blueprint

__all__ = [
    "accounts",
    "audit",
    "blueprint",
    "board",
    "case_desk",
    "case_figures",
    "company_users",
    "day_book",
    "documents",
    "holidays",
    "hours",
    "letters",
    "readings",
    "registry",
    "security",
    "settings",
    "tariffs",
    "windows",
]
