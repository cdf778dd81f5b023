"""Groups: points of a contract nominated together, a batch each, reviewed as one table, signed on one page."""

from .lists import MOST_DAYS, MOST_POINTS, Cells, load, set_cells, start, start_filled
from .overviews import Overview, PointOverview, load_overview
from .reviews import (
    GroupReview,
    TableCell,
    TableRow,
    find_own_warnings,
    is_refused_together,
    review,
    warned_line_of,
)
from .signatures import SignedLine, list_signed_lines, sign

__all__ = [
    "MOST_DAYS",
    "MOST_POINTS",
    "Cells",
    "GroupReview",
    "Overview",
    "PointOverview",
    "SignedLine",
    "TableCell",
    "TableRow",
    "find_own_warnings",
    "is_refused_together",
    "list_signed_lines",
    "load",
    "load_overview",
    "review",
    "set_cells",
    "sign",
    "start",
    "start_filled",
    "warned_line_of",
]
