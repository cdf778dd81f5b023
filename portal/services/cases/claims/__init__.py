"""Claims about the figures of a day: the customer's side and the distributor's desk."""

from . import desk
from .openings import open_claim, open_one, refuse_day
from .records import DayFigures, acceptable_text, day_figures
from .threads import ClaimView, Message, Thread, find, of_point, write

__all__ = [
    "ClaimView",
    "DayFigures",
    "Message",
    "Thread",
    "acceptable_text",
    "day_figures",
    "desk",
    "find",
    "of_point",
    "open_claim",
    "open_one",
    "refuse_day",
    "write",
]
