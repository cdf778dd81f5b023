"""Changes of an account that its reader is shown as news."""

from __future__ import annotations

from enum import StrEnum

from .quantities import Quantity
from .readings import ReadingState


class ChangeKind(StrEnum):
    """Kinds: estimate replaced, reading changed, movement, cut, month closed, month restated."""

    ESTIMATE_REPLACED = "estimate-replaced"
    REMEASURED = "remeasured"
    CORRECTED = "corrected"
    ADJUSTED = "adjusted"
    CUT = "cut"
    CLOSED = "closed"
    RESTATED = "restated"


def reading_change(before: tuple[ReadingState, Quantity], after: tuple[ReadingState, Quantity]) -> ChangeKind | None:
    """Return the change that a newer reading of the same day makes; None when only its certainty changed.

    A measurement equal to the estimate it replaces is still a change.
    """
    (old_state, old), (state, new) = before, after
    if old_state is ReadingState.ESTIMATED and state is not ReadingState.ESTIMATED:
        return ChangeKind.ESTIMATE_REPLACED
    if old == new:
        return None
    return ChangeKind.CORRECTED if state is ReadingState.CORRECTED else ChangeKind.REMEASURED
