"""The life of a nomination: every event in every state, and the state that the facts tell."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.lifecycle import NominationState, Standing, state_of
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit

State = NominationState
ASKED, HALF, NONE = Quantity.of("5000", Unit.M3), Quantity.of("2500", Unit.M3), Quantity.zero(Unit.M3)


class Event(StrEnum):
    """What may happen to a revision or its day."""

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
    END_DAY = "end-day"
    MEASURE = "measure"
    ADJUST = "adjust"


# What follows what (docs/rules.md, "Life of a nomination"): a row a state, a column an event in the order of ``Event``,
# a dot where it cannot happen.
GRID = """
draft          | received awaiting . . . . not-nominated . . . . . . . .
awaiting       | . . in-review refused replaced . . . . . . . lapsed . .
lapsed         | . . . . . . . . . . . . . . .
refused        | . . . . . . . . . . . . . . .
received       | . . . . replaced cancelled in-review . . . . . . . .
replaced       | . . . . . . . . . . . . . . .
cancelled      | . . . . . . . . . . . . . . .
in-review      | . . . . replaced . . . authorised authorised-cut not-authorised . . measured .
authorised     | . . . . replaced . . . authorised authorised-cut not-authorised scheduled . measured .
authorised-cut | . . . . replaced . . . authorised authorised-cut not-authorised scheduled . measured .
not-authorised | . . . . replaced . . . authorised authorised-cut not-authorised . . measured .
scheduled      | . . . . replaced . . . scheduled scheduled not-authorised . . measured .
measured       | . . . . . . . . . . . . . . adjusted
adjusted       | . . . . . . . . . . . . . . adjusted
not-nominated  | . awaiting . . . . . in-review . . . . . measured .
"""
ROWS = {
    State(name.strip()): dict(zip(Event, cells.split(), strict=True))
    for name, _, cells in (line.partition("|") for line in GRID.strip().splitlines())
}


def after(state: State, event: Event) -> State:
    return State(ROWS[state][event])


def possible_in(state: State) -> list[Event]:
    return [event for event in Event if ROWS[state][event] != "."]


def test_the_grid_speaks_of_every_state():
    assert set(ROWS) == set(State)


def _with(facts: Standing, event: Event) -> Standing:
    """The facts after the event."""
    changes = {
        Event.SIGN: {"in_force": True},
        Event.SIGN_LATE: {"is_late": True, "closed": True},
        Event.ACCEPT: {"accepted": True, "in_force": True},
        Event.REFUSE: {"accepted": False},
        Event.REPLACE: {"in_force": False, "superseded": True},
        Event.CANCEL: {"in_force": False, "cancelled": True},
        Event.CLOSE: {"closed": True},
        Event.FILL: {"in_force": True, "closed": True},
        Event.AUTHORISE: {"authorised": facts.nominated, "cut_reason": None},
        Event.CUT: {"authorised": HALF, "cut_reason": CutReason.CCD},
        Event.DENY: {"authorised": NONE, "cut_reason": CutReason.FMJ},
        Event.BEGIN_DAY: {"day_begun": True},
        Event.END_DAY: {"day_begun": True, "day_over": True},
        Event.MEASURE: {"measured": True},
        Event.ADJUST: {"adjusted": True},
    }
    return replace(facts, **changes[event])


@given(st.data())
def test_whatever_happens_the_facts_tell_the_state_that_the_table_leads_to(data: st.DataObject):
    facts, state = Standing(nominated=ASKED, in_force=False), State.DRAFT
    for _ in range(data.draw(st.integers(1, 12))):
        # A day that nobody asked anything for is measured too, but then there is no revision that could stand anywhere.
        possible = [
            event for event in possible_in(state) if not (state is State.NOT_NOMINATED and event is Event.MEASURE)
        ]
        if not possible:
            break
        event = data.draw(st.sampled_from(possible))
        state, facts = after(state, event), _with(facts, event)
        if facts.day_begun and Event.BEGIN_DAY in possible_in(state):
            # What is authorised while the day flows is scheduled at once.
            state = after(state, Event.BEGIN_DAY)
        if state not in (State.DRAFT, State.NOT_NOMINATED):
            assert state_of(facts) is state


@given(
    closed=st.booleans(),
    authorised=st.sampled_from((None, NONE, HALF, ASKED)),
    day_begun=st.booleans(),
    measured=st.booleans(),
    adjusted=st.booleans(),
)
def test_what_ended_never_comes_back(**later: Any):
    ended = {"superseded": State.REPLACED, "cancelled": State.CANCELLED}
    for fact, state in ended.items():
        assert state_of(Standing(nominated=ASKED, in_force=False, **{fact: True}, **later)) is state
    refused = Standing(nominated=ASKED, in_force=False, is_late=True, accepted=False, **later)
    assert state_of(refused) is State.REFUSED


@pytest.mark.parametrize(
    ("authorised", "reason", "state"),
    [
        (None, None, State.IN_REVIEW),
        ("5000", None, State.AUTHORISED),
        ("6000", None, State.AUTHORISED),
        ("4000", CutReason.CCD, State.AUTHORISED_CUT),
        ("0", CutReason.FMJ, State.NOT_AUTHORISED),
        # The figure belongs to an earlier revision: a late decrease is never shown as a cut.
        ("4000", None, State.IN_REVIEW),
    ],
)
def test_a_revision_stands_where_its_day_puts_it(authorised: str | None, reason: CutReason | None, state: State):
    figure = None if authorised is None else Quantity.of(authorised, Unit.M3)
    facts = Standing(nominated=ASKED, in_force=True, closed=True, authorised=figure, cut_reason=reason)
    assert state_of(facts) is state


def test_a_nomination_of_zero_that_is_authorised_is_no_refusal():
    facts = Standing(nominated=NONE, in_force=True, closed=True, authorised=NONE)
    assert state_of(facts) is State.AUTHORISED


def test_a_late_one_that_a_later_one_overtook_waits_for_nobody():
    assert state_of(Standing(nominated=ASKED, in_force=False, is_late=True)) is State.AWAITING
    assert state_of(Standing(nominated=ASKED, in_force=False, is_late=True, superseded=True)) is State.REPLACED
