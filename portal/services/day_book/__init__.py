"""Day book: nominations sent upstream for a day, and the quantities authorised for it.

Source: docs/rules.md, "Life of a nomination", "Day book".
"""

from . import authorisations, lines, operator_mails, publications, versions
from .authorisations import Confirmed, confirm_all, record, take_back
from .authorised_files import AuthorisedFiles, FileDone
from .blocks import Blocks, Pair
from .board import BookItem, BookWork, list_unfrozen_days, select_changed_lines, select_unsent_books
from .board import list_waiting as waiting_books
from .book import (
    Book,
    ContractTotal,
    FrozenBook,
    Note,
    Total,
    Totals,
    digest_of_book,
    file_of,
    load,
    load_frozen,
    load_lines,
    renew_lines,
    sum_lines,
)
from .checks import Questioned, list_questioned
from .confirmation_files import ConfirmationFiles, ConfirmationsDone
from .confirmations import (
    Confirmation,
    GateOfBook,
    NewConfirmation,
    is_noticeable,
    load_gates,
    record_confirmations,
    sum_gates,
)
from .cut_proposals import Edited, Excess, Proposal, ProposedLine, propose_cuts, record_cuts
from .files import read_entries, write_xlsx
from .late_requests import LateRequest, decide_late
from .lines import Line
from .news import Stamp, read_news, read_stamp
from .publications import Published, digest_of, publish
from .versions import Difference, Version, find_last_recipient, freeze, mark_sent

__all__ = [
    "AuthorisedFiles",
    "Blocks",
    "Book",
    "BookItem",
    "BookWork",
    "Confirmation",
    "ConfirmationFiles",
    "ConfirmationsDone",
    "Confirmed",
    "ContractTotal",
    "Difference",
    "Edited",
    "Excess",
    "FileDone",
    "FrozenBook",
    "GateOfBook",
    "LateRequest",
    "Line",
    "NewConfirmation",
    "Note",
    "Pair",
    "Proposal",
    "ProposedLine",
    "Published",
    "Questioned",
    "Stamp",
    "Total",
    "Totals",
    "Version",
    "authorisations",
    "confirm_all",
    "decide_late",
    "digest_of",
    "digest_of_book",
    "file_of",
    "find_last_recipient",
    "freeze",
    "is_noticeable",
    "lines",
    "list_questioned",
    "list_unfrozen_days",
    "load",
    "load_frozen",
    "load_gates",
    "load_lines",
    "mark_sent",
    "operator_mails",
    "propose_cuts",
    "publications",
    "publish",
    "read_entries",
    "read_news",
    "read_stamp",
    "record",
    "record_confirmations",
    "record_cuts",
    "renew_lines",
    "select_changed_lines",
    "select_unsent_books",
    "sum_gates",
    "sum_lines",
    "take_back",
    "versions",
    "waiting_books",
    "write_xlsx",
]
