"""Long books kept in the process while nothing is written that could change them (adr/0138)."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from flask import current_app

from portal.domain.gas_day import GasDay
from portal.services import day_book as books
from portal.services.day_book import Stamp
from portal.web.access import act

from .presenters import ReadBook

NAME = "portal.book-shelf"
# A book of ten thousand lines takes some 20 MB: at most so many, and only of so many lines.
MOST, LONG = 2, 500


class Shelf:
    """Books read last, each with the stamp read before it; safe for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[GasDay, tuple[Stamp, ReadBook]] = OrderedDict()
        self._lock = Lock()

    def read(self, gas_day: GasDay) -> ReadBook:
        """Return the book of a day as it stands: kept, but for the lines that changed, if no more can have changed."""
        with self._lock:
            known = self._kept.get(gas_day)
        renewed = None if known is None else self._renew(gas_day, *known)
        if renewed is not None:
            stamp, book = renewed
        else:
            # Before the book: what is written in between is then news.
            stamp = books.read_stamp(act(), gas_day=gas_day)
            book = ReadBook(books.load(act(), gas_day=gas_day))
        with self._lock:
            if book.point_count >= LONG:
                self._kept[gas_day] = (stamp, book)
                self._kept.move_to_end(gas_day)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            else:
                self._kept.pop(gas_day, None)
        return book

    def _renew(self, gas_day: GasDay, stamp: Stamp, kept: ReadBook) -> tuple[Stamp, ReadBook] | None:
        news = books.read_news(act(), gas_day=gas_day, known=stamp)
        if news is None or not news.points:
            return None if news is None else (news.stamp, kept)
        followed = books.renew_lines(act(), book=kept.book, points=news.points)
        return None if followed is None else (news.stamp, ReadBook(followed))


def read_book(gas_day: GasDay) -> ReadBook:
    """Return the book of a day for its pages; ``NotAllowed`` for other roles."""
    shelf: Shelf = current_app.extensions.setdefault(NAME, Shelf())
    return shelf.read(gas_day)
