"""Waits for the write lock of a SQLite database, told to who measures them."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[float], object]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call ``listener`` with the seconds of each wait from now on."""
    _listeners.append(listener)


def forget(listener: Listener | None = None) -> None:
    """Call ``listener`` no longer; without one nobody, as in a fork that is to have listeners of its own."""
    _listeners[:] = [each for each in _listeners if listener is not None and each != listener]


def tell(seconds: float) -> None:
    """Tell that a transaction waited so long for the lock."""
    for listener in _listeners:
        listener(seconds)
