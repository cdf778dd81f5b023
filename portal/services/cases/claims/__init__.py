"""Claims about the figures of a day: the customer's side and the distributor's desk."""

from . import desk
from .openings import open_claim, open_one, refuse_day
from .records import DayFigures, load_day_figures, require_text
from .threads import ClaimView, Message, Thread, find, list_claims_of_point, write

__all__ = [
    "ClaimView",
    "DayFigures",
    "Message",
    "Thread",
    "desk",
    "find",
    "list_claims_of_point",
    "load_day_figures",
    "open_claim",
    "open_one",
    "refuse_day",
    "require_text",
    "write",
]
