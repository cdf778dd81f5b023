"""Cases (PQR): filed with a number and a term, answered by the desk, watched by the worker, asked for with a code.

``file_case(act, petition=Petition(…), channel=CaseChannel.TELEPHONE)`` files what somebody said on the telephone: the
one function for every channel. A customer's claim about a gas day is filed by ``day_claims.open_claim``.
"""

from . import actions, day_claims, day_figures, desk
from .attachments import NewFile, judged
from .duties import watch_due
from .filings import (
    Filed,
    OwnPoint,
    Petition,
    acceptable_document,
    acceptable_telephone,
    file_case,
    open_complaint,
    own_points,
    read_arrival,
)
from .mailed_cases import Result, Taken, take_mail, take_waiting
from .month_figures import Counts, MonthFigures, load_month_figures
from .petitioners import (
    CaseView,
    Entry,
    FileView,
    Mine,
    Notice,
    file_of,
    files_of,
    load_mailed,
    mine,
    notices,
    prove,
    view,
)
from .records import acceptable_text, notice_words

__all__ = [
    "CaseView",
    "Counts",
    "Entry",
    "FileView",
    "Filed",
    "Mine",
    "MonthFigures",
    "NewFile",
    "Notice",
    "OwnPoint",
    "Petition",
    "Result",
    "Taken",
    "acceptable_document",
    "acceptable_telephone",
    "acceptable_text",
    "actions",
    "day_claims",
    "day_figures",
    "desk",
    "file_case",
    "file_of",
    "files_of",
    "judged",
    "load_mailed",
    "load_month_figures",
    "mine",
    "notice_words",
    "notices",
    "open_complaint",
    "own_points",
    "prove",
    "read_arrival",
    "take_mail",
    "take_waiting",
    "view",
    "watch_due",
]
