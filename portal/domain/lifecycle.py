"""The life of a nomination: every state, every event, and the one table of what follows what.

Source: docs/rules.md, "Life of a nomination".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .nominations import CutReason
from .quantities import Quantity


class NominationState(StrEnum):
    """Where a revision stands in its life."""

    DRAFT = "draft"
    AWAITING = "awaiting"
    REFUSED = "refused"
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


class NominationEvent(StrEnum):
    """What may happen to it."""

    SIGN = "sign"
    SIGN_LATE = "sign-late"
    ACCEPT = "accept"
    REFUSE = "refuse"
    REPLACE = "replace"
    CANCEL = "cancel"
    CLOSE = "close"
    FILL = "fill"
    AUTHORISE = "authorise"
    CUT = "cut"
    DENY = "deny"
    BEGIN_DAY = "begin-day"
    MEASURE = "measure"
    ADJUST = "adjust"


class ImpossibleEvent(ValueError):
    """The event cannot happen in that state."""


_State, _Event = NominationState, NominationEvent

_DECIDED: Mapping[NominationEvent, NominationState] = {
    _Event.AUTHORISE: _State.AUTHORISED,
    _Event.CUT: _State.AUTHORISED_CUT,
    _Event.DENY: _State.NOT_AUTHORISED,
}
# What the distributor decided may be decided anew until the day is measured; a renomination replaces it.
_UNTIL_MEASURED: Mapping[NominationEvent, NominationState] = {
    _Event.REPLACE: _State.REPLACED,
    _Event.MEASURE: _State.MEASURED,
}

# A pair that is not here cannot happen. What is missing from a state is as much a rule as what is there: nothing
# follows REPLACED, CANCELLED and REFUSED, and only the customer's own revision before the close can be cancelled.
TRANSITIONS: Mapping[NominationState, Mapping[NominationEvent, NominationState]] = {
    _State.DRAFT: {
        _Event.SIGN: _State.RECEIVED,
        _Event.SIGN_LATE: _State.AWAITING,
        _Event.CLOSE: _State.NOT_NOMINATED,
    },
    _State.AWAITING: {
        _Event.ACCEPT: _State.IN_REVIEW,
        _Event.REFUSE: _State.REFUSED,
        _Event.REPLACE: _State.REPLACED,
    },
    _State.REFUSED: {},
    _State.RECEIVED: {
        _Event.REPLACE: _State.REPLACED,
        _Event.CANCEL: _State.CANCELLED,
        _Event.CLOSE: _State.IN_REVIEW,
    },
    _State.REPLACED: {},
    _State.CANCELLED: {},
    _State.IN_REVIEW: {**_DECIDED, **_UNTIL_MEASURED},
    _State.AUTHORISED: {**_DECIDED, **_UNTIL_MEASURED, _Event.BEGIN_DAY: _State.SCHEDULED},
    _State.AUTHORISED_CUT: {**_DECIDED, **_UNTIL_MEASURED, _Event.BEGIN_DAY: _State.SCHEDULED},
    _State.NOT_AUTHORISED: {**_DECIDED, **_UNTIL_MEASURED},
    _State.SCHEDULED: {
        **_UNTIL_MEASURED,
        _Event.AUTHORISE: _State.SCHEDULED,
        _Event.CUT: _State.SCHEDULED,
        _Event.DENY: _State.NOT_AUTHORISED,
    },
    _State.MEASURED: {_Event.ADJUST: _State.ADJUSTED},
    _State.ADJUSTED: {_Event.ADJUST: _State.ADJUSTED},
    _State.NOT_NOMINATED: {
        _Event.SIGN_LATE: _State.AWAITING,
        _Event.FILL: _State.IN_REVIEW,
        _Event.MEASURE: _State.MEASURED,
    },
}


def after(state: NominationState, event: NominationEvent) -> NominationState:
    """Return the state that follows; ``ImpossibleEvent`` when the event cannot happen there."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise ImpossibleEvent(f"{event} cannot happen to what is {state}") from None


def allows(state: NominationState, event: NominationEvent) -> bool:
    """Tell whether the event can happen in that state."""
    return event in TRANSITIONS[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a revision and its day, from which its state follows.

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
    measured: bool = False
    adjusted: bool = False


def state_of(standing: Standing) -> NominationState:
    """Return where a revision stands.

    Less than asked is a cut only with a reason: a late change by the customer is never shown as a cut. ``superseded``
    tells that a later revision was signed.
    """
    if not standing.in_force:
        return _out_of_force(standing)
    if standing.measured:
        return _State.ADJUSTED if standing.adjusted else _State.MEASURED
    decided = _decided(standing)
    if decided is None:
        return _State.IN_REVIEW if standing.closed else _State.RECEIVED
    if standing.day_begun and decided is not _State.NOT_AUTHORISED:
        return _State.SCHEDULED
    return decided


def _out_of_force(standing: Standing) -> NominationState:
    if standing.is_late and standing.accepted is False:
        return _State.REFUSED
    if standing.cancelled:
        return _State.CANCELLED
    if standing.is_late and standing.accepted is None and not standing.superseded:
        return _State.AWAITING
    return _State.REPLACED


def _decided(standing: Standing) -> NominationState | None:
    authorised = standing.authorised
    if authorised is None:
        return None
    if authorised >= standing.nominated:
        return _State.AUTHORISED
    if standing.cut_reason is None:
        return None
    return _State.AUTHORISED_CUT if authorised.micro else _State.NOT_AUTHORISED
