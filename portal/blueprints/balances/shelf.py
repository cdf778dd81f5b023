"""Sheets already rendered, kept in the process under all that they were made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

# A sheet is about 30 kB: at most some 12 MB a process.
MOST = 400


class Shelf:
    """The last used sheets; safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], str]) -> str:
        """Return what is kept under ``key``, made now when it is missing.

        The key names everything the text was made of, the stamp of the figures included, which is read from the
        database each time: an equal key means an equal text.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
