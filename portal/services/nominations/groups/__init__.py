"""Groups: points of a contract nominated together, a batch each, reviewed as one table, signed on one page."""

from .left_out import LeftOut, Missed, read_left_out
from .limits import MOST_DAYS, MOST_POINTS
from .lists import Cells, load, set_cells, start, start_filled, start_pasted
from .overviews import Overview, PointOverview, load_overview
from .pasted import LONGEST_PASTED
from .reviews import (
    GroupReview,
    TableCell,
    TableRow,
    find_own_warnings,
    is_refused_together,
    review,
    warned_line_of,
)
from .signatures import (
    CODE,
    Codes,
    SignedLine,
    list_codes,
    list_signed_lines,
    may_sign_with_one_code,
    sign,
    sign_with_authenticator,
)
from .unsaid import Unsaid, list_unsaid

__all__ = [
    "CODE",
    "LONGEST_PASTED",
    "MOST_DAYS",
    "MOST_POINTS",
    "Cells",
    "Codes",
    "GroupReview",
    "LeftOut",
    "Missed",
    "Overview",
    "PointOverview",
    "SignedLine",
    "TableCell",
    "TableRow",
    "Unsaid",
    "find_own_warnings",
    "is_refused_together",
    "list_codes",
    "list_signed_lines",
    "list_unsaid",
    "load",
    "load_overview",
    "may_sign_with_one_code",
    "read_left_out",
    "review",
    "set_cells",
    "sign",
    "sign_with_authenticator",
    "start",
    "start_filled",
    "start_pasted",
    "warned_line_of",
]
