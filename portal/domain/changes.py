"""What counts as a change of the account that its reader should be told of."""

from __future__ import annotations

from enum import StrEnum

from .quantities import Quantity
from .readings import ReadingState


class ChangeKind(StrEnum):
    """An estimate became real; a reading got another value; a movement; a cut; a month closed or stated again."""

    ESTIMATE_REPLACED = "estimate-replaced"
    REMEASURED = "remeasured"
    CORRECTED = "corrected"
    ADJUSTED = "adjusted"
    CUT = "cut"
    CLOSED = "closed"
    RESTATED = "restated"


def reading_change(before: tuple[ReadingState, Quantity], after: tuple[ReadingState, Quantity]) -> ChangeKind | None:
    """Return what a newer reading of the same day changes; None when it says the same with more certainty.

    An estimate that a measurement confirms to the last unit is still a change: it is a real figure now.
    """
    (old_state, old), (state, new) = before, after
    if old_state is ReadingState.ESTIMATED and state is not ReadingState.ESTIMATED:
        return ChangeKind.ESTIMATE_REPLACED
    if old == new:
        return None
    return ChangeKind.CORRECTED if state is ReadingState.CORRECTED else ChangeKind.REMEASURED
