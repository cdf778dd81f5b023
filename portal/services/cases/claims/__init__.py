"""Claims about the figures of a day: the customer's side and the distributor's desk."""

from . import desk
from .figures import DayFigures, day_figures
from .openings import open_claim, open_one, refuse_day
from .texts import acceptable_text
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
