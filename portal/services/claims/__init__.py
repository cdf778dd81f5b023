"""Claims about the figures of a day: the customer's side, the distributor's desk, and the marks of the sheet."""

from . import desk
from .figures import DayFigures, day_figures
from .marking import ClaimMark, marks
from .opening import open_claim, open_one, refuse_day
from .texts import acceptable_text
from .threads import ClaimView, Message, Thread, find, of_point, write

__all__ = [
    "ClaimMark",
    "ClaimView",
    "DayFigures",
    "Message",
    "Thread",
    "acceptable_text",
    "day_figures",
    "desk",
    "find",
    "marks",
    "of_point",
    "open_claim",
    "open_one",
    "refuse_day",
    "write",
]
