"""Pages already rendered, kept in the process under all that they were made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import current_app

# A sheet is about 58 kB: at most some 35 MB a process.
MOST = 600


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template of ours printed: another template prints it as it is."""

    markup: str

    @classmethod
    def of(cls, markup: str) -> Rendered:
        """Keep markup with the few signs beyond Latin-1 (− – ←) as references.

        They read the same, and Python keeps one byte a letter instead of two.
        """
        return cls(markup.encode("latin-1", "xmlcharrefreplace").decode("latin-1"))

    @classmethod
    def of_template(cls, name: str, **context: Any) -> Rendered:
        """Print a template that knows nothing but its context: neither the request nor who asks."""
        return cls.of(str(current_app.jinja_env.get_template(name).make_module(context)))

    def __html__(self) -> str:
        return self.markup


class Shelf:
    """The last used sheets; safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Rendered] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Rendered]) -> Rendered:
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
