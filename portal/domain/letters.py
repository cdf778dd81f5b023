"""The life of a letter of keys: its states, what may happen to it, and how many a point gets.

Source: docs/security.md, "Letters of keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class LetterState(StrEnum):
    """Asked for; decided by another person; printed once; handed to the carrier; or taken back before that.

    A printed one may be damaged or lost: its keys end, and another may be asked for.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PRINTED = "printed"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
    LOST = "lost"


class LetterEvent(StrEnum):
    """What may happen to a letter."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    PRINT = "print"
    DISPATCH = "dispatch"
    LOSE = "lose"


_State, _Event = LetterState, LetterEvent
# A pair that is not here cannot happen: a printed letter carries keys that exist, so it is never taken back; it is
# given up for lost, which ends them.
TRANSITIONS: Mapping[LetterState, Mapping[LetterEvent, LetterState]] = {
    _State.REQUESTED: {
        _Event.APPROVE: _State.APPROVED,
        _Event.REJECT: _State.REJECTED,
        _Event.CANCEL: _State.CANCELLED,
    },
    _State.APPROVED: {_Event.PRINT: _State.PRINTED, _Event.CANCEL: _State.CANCELLED},
    _State.PRINTED: {_Event.DISPATCH: _State.DISPATCHED, _Event.LOSE: _State.LOST},
    _State.REJECTED: {},
    _State.DISPATCHED: {_Event.LOSE: _State.LOST},
    _State.CANCELLED: {},
    _State.LOST: {},
}
UNDER_WAY = frozenset({_State.REQUESTED, _State.APPROVED, _State.PRINTED})
# What counts against the limits of a point: a letter that will never be sent does not.
COUNTED = UNDER_WAY | {_State.DISPATCHED}
MOST_A_DAY, DAY = 1, timedelta(days=1)
MOST_A_MONTH, MONTH = 4, timedelta(days=30)
# Changed with every change of the letter's text; each letter keeps the one it was printed with.
TEXT_VERSION = "2026-12"


def after(state: LetterState, event: LetterEvent) -> LetterState | None:
    """Return the state that follows, None when the event cannot happen there."""
    return TRANSITIONS[state].get(event)
