"""What a gas day of a point truly is, before its close and after it.

Source: docs/rules.md, "Timetable", "Life of a nomination".
"""

from __future__ import annotations

from enum import StrEnum

from .lifecycle import NominationState


class DayState(StrEnum):
    """Where the day of a point stands: asked for, decided, filled by the rule, or nothing at all."""

    NOT_SERVED = "not-served"
    # Too far ahead to be asked for.
    NOTHING = "nothing"
    MISSING = "missing"
    # Withdrawn before the close, and nothing sent since.
    CANCELLED = "cancelled"
    NOMINATED = "nominated"
    IN_REVIEW = "in-review"
    AUTHORISED = "authorised"
    CUT = "cut"
    NOT_AUTHORISED = "not-authorised"
    # A late request that the operator has not decided about.
    AWAITING = "awaiting"
    # The close passed with nothing in force: the rule is about to be applied.
    LATE_ONLY = "late-only"
    BY_RULE = "by-rule"
    CLOSED = "closed"


# Somebody asked for it and nobody changed it: what a page may show in green.
AS_ASKED = frozenset({DayState.NOMINATED, DayState.IN_REVIEW, DayState.AUTHORISED})
# Nobody asked for it in time, and a rule decides.
LEFT_TO_RULE = frozenset({DayState.LATE_ONLY, DayState.BY_RULE})
# Can still be nominated as if nothing had happened.
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

    ``in_force`` is where its revision in force stands, None without one; ``by_rule`` tells that the rule made it,
    ``waits`` that a later request waits for the operator. ``may_nominate`` and ``may_ask`` tell whether a nomination,
    or anything at all, is taken now; ``withdrawn`` that the last revision was a cancellation.
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
