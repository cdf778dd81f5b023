"""Day book: nominations sent upstream for a day, and the quantities authorised for it.

Source: docs/rules.md, "Life of a nomination", "Day book".
"""

from . import authorisations, lines, operator_mails, publications, versions
from .authorisations import Confirmed, confirm_all, record, take_back
from .authorised_files import AuthorisedFiles, FileDone
from .board import BookItem, BookWork, changed_lines, list_unfrozen_days, unsent_books
from .board import waiting as waiting_books
from .book import (
    Book,
    ContractTotal,
    FrozenBook,
    Note,
    Total,
    Totals,
    counts_of,
    digest_of_book,
    file_of,
    load,
    load_frozen,
    totals_of,
)
from .checks import Questioned, questioned
from .files import entries_in, write_xlsx
from .late_requests import LateRequest, decide_late
from .lines import Line
from .publications import Published, digest_of, publish
from .versions import Difference, Version, freeze, mark_sent

__all__ = [
    "AuthorisedFiles",
    "Book",
    "BookItem",
    "BookWork",
    "Confirmed",
    "ContractTotal",
    "Difference",
    "FileDone",
    "FrozenBook",
    "LateRequest",
    "Line",
    "Note",
    "Published",
    "Questioned",
    "Total",
    "Totals",
    "Version",
    "authorisations",
    "changed_lines",
    "confirm_all",
    "counts_of",
    "decide_late",
    "digest_of",
    "digest_of_book",
    "entries_in",
    "file_of",
    "freeze",
    "lines",
    "list_unfrozen_days",
    "load",
    "load_frozen",
    "mark_sent",
    "operator_mails",
    "publications",
    "publish",
    "questioned",
    "record",
    "take_back",
    "totals_of",
    "unsent_books",
    "versions",
    "waiting_books",
    "write_xlsx",
]
