"""State of a revision, computed from stored facts about it and its day.

Source: docs/rules.md, "Life of a nomination".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .nominations import CutReason
from .quantities import Quantity


class NominationState(StrEnum):
    """State of a revision."""

    DRAFT = "draft"
    AWAITING = "awaiting"
    REFUSED = "refused"
    # Late, and the day ended before the operator decided.
    LAPSED = "lapsed"
    RECEIVED = "received"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    IN_REVIEW = "in-review"
    AUTHORISED = "authorised"
    AUTHORISED_CUT = "authorised-cut"
    NOT_AUTHORISED = "not-authorised"
    SCHEDULED = "scheduled"
    MEASURED = "measured"
    ADJUSTED = "adjusted"
    NOT_NOMINATED = "not-nominated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Facts about a revision and its day that decide its state.

    ``accepted`` is the operator's decision about a late one, None while it waits. ``authorised`` is the quantity
    recorded for this revision of the day (``authorisations.answers``) and ``cut_reason`` why it is less than asked. All
    quantities in one unit.
    """

    nominated: Quantity
    in_force: bool
    cancelled: bool = False
    is_late: bool = False
    accepted: bool | None = None
    superseded: bool = False
    closed: bool = False
    authorised: Quantity | None = None
    cut_reason: CutReason | None = None
    day_begun: bool = False
    day_over: bool = False
    measured: bool = False
    adjusted: bool = False


def state_of(standing: Standing) -> NominationState:
    """Return the state of a revision; ``superseded``: a later one was signed.

    Less than asked is a cut only with a reason, so that a late change by the customer never looks like one.
    """
    if not standing.in_force:
        return _out_of_force(standing)
    if standing.measured:
        return NominationState.ADJUSTED if standing.adjusted else NominationState.MEASURED
    decided = _decided(standing)
    if decided is None:
        return NominationState.IN_REVIEW if standing.closed else NominationState.RECEIVED
    if standing.day_begun and decided is not NominationState.NOT_AUTHORISED:
        return NominationState.SCHEDULED
    return decided


def _out_of_force(standing: Standing) -> NominationState:
    if standing.is_late and standing.accepted is False:
        return NominationState.REFUSED
    if standing.cancelled:
        return NominationState.CANCELLED
    if standing.is_late and standing.accepted is None and not standing.superseded:
        return NominationState.LAPSED if standing.day_over else NominationState.AWAITING
    return NominationState.REPLACED


def _decided(standing: Standing) -> NominationState | None:
    authorised = standing.authorised
    if authorised is None:
        return None
    if authorised >= standing.nominated:
        return NominationState.AUTHORISED
    if standing.cut_reason is None:
        return None
    return NominationState.AUTHORISED_CUT if authorised.micro else NominationState.NOT_AUTHORISED


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
# The distributor decided on the quantity in force.
DECIDED = frozenset({DayState.AUTHORISED, DayState.CUT, DayState.NOT_AUTHORISED})
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
