"""Box of mail that comes in: a maildir or an IMAP folder, and its messages read into words and files.

``with open_box(BoxAddress.of(url)) as box: for waiting in box.list_waiting(): read_message(box.read(waiting.name))``.
"""

from .addresses import BadBox, BoxAddress
from .boxes import Box, BoxAway, Waiting, open_box
from .messages import LARGEST_MAIL, Apart, IncomingMail, NotTaken, list_heads, read_message

__all__ = [
    "LARGEST_MAIL",
    "Apart",
    "BadBox",
    "Box",
    "BoxAddress",
    "BoxAway",
    "IncomingMail",
    "NotTaken",
    "Waiting",
    "list_heads",
    "open_box",
    "read_message",
]
