"""State of a point's gas day, before and after its close.

Source: docs/rules.md, "Timetable", "Life of a nomination".
"""

from __future__ import annotations

from enum import StrEnum

from .lifecycle import NominationState


class DayState(StrEnum):
    """State of a point's gas day."""

    NOT_SERVED = "not-served"
    # Too far ahead to be nominated.
    NOTHING = "nothing"
    MISSING = "missing"
    # Withdrawn before the close, nothing sent since.
    CANCELLED = "cancelled"
    NOMINATED = "nominated"
    IN_REVIEW = "in-review"
    AUTHORISED = "authorised"
    CUT = "cut"
    NOT_AUTHORISED = "not-authorised"
    # A late request without decision.
    AWAITING = "awaiting"
    # Closed with nothing in force; the rule is about to be applied.
    LATE_ONLY = "late-only"
    BY_RULE = "by-rule"
    CLOSED = "closed"


# The nominated quantity stands unchanged: shown in green.
AS_ASKED = frozenset({DayState.NOMINATED, DayState.IN_REVIEW, DayState.AUTHORISED})
# Not nominated in time: the rule decides.
LEFT_TO_RULE = frozenset({DayState.LATE_ONLY, DayState.BY_RULE})
# A first nomination is still taken.
STILL_MISSING = frozenset({DayState.MISSING, DayState.CANCELLED})

_DECIDED = {
    NominationState.AUTHORISED: DayState.AUTHORISED,
    NominationState.AUTHORISED_CUT: DayState.CUT,
    NominationState.NOT_AUTHORISED: DayState.NOT_AUTHORISED,
}


def day_state_of(
    *, in_force: NominationState | None, by_rule: bool, waits: bool, withdrawn: bool, may_nominate: bool, may_ask: bool
) -> DayState:
    """Return the state of a day that is served and not too far ahead.

    ``in_force`` is the state of its revision in force, None without one; ``by_rule``: that revision was made by the
    rule; ``waits``: a later request awaits the operator; ``may_nominate``, ``may_ask``: a nomination, or any request,
    is taken now; ``withdrawn``: the last revision is a cancellation.
    """
    if waits:
        return DayState.AWAITING
    if in_force is not None:
        if by_rule:
            return DayState.BY_RULE
        if in_force is NominationState.IN_REVIEW:
            return DayState.IN_REVIEW
        return _DECIDED.get(in_force, DayState.NOMINATED)
    if may_nominate:
        return DayState.CANCELLED if withdrawn else DayState.MISSING
    return DayState.LATE_ONLY if may_ask else DayState.CLOSED
