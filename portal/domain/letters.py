"""Life of a letter of keys: states, transitions, limits per point.

Source: docs/security.md, "Letters of keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class LetterState(StrEnum):
    """Requested; approved or rejected by another person; printed once; dispatched; cancelled; lost.

    Losing a printed letter ends its keys; another letter may then be requested.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PRINTED = "printed"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
    LOST = "lost"


class LetterEvent(StrEnum):
    """Event in the life of a letter."""

    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    PRINT = "print"
    DISPATCH = "dispatch"
    LOSE = "lose"


_State, _Event = LetterState, LetterEvent
# Any other pair is refused. A printed letter carries live keys: it can be lost, which ends them, not cancelled.
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
# Letters counted by the limits of a point; one that will never be sent is not.
COUNTED = UNDER_WAY | {_State.DISPATCHED}
MOST_A_DAY, DAY = 1, timedelta(days=1)
MOST_A_MONTH, MONTH = 4, timedelta(days=30)
# Changes with the letter's text; each letter keeps the version it was printed with.
TEXT_VERSION = "2026-12"


def after(state: LetterState, event: LetterEvent) -> LetterState | None:
    """Return the state that follows; None when the event is not allowed in ``state``."""
    return TRANSITIONS[state].get(event)
