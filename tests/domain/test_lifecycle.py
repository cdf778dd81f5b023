"""The life of a nomination: every event in every state, and the state that the facts tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.lifecycle import (
    TRANSITIONS,
    ImpossibleEvent,
    NominationEvent,
    NominationState,
    Standing,
    after,
    allows,
    state_of,
)
from portal.domain.nominations import CutReason
from portal.domain.quantities import Quantity, Unit

State, Event = NominationState, NominationEvent
ASKED, HALF, NONE = Quantity.of("5000", Unit.M3), Quantity.of("2500", Unit.M3), Quantity.zero(Unit.M3)

# What follows what, written once more by hand: a row a state, a column an event, a dot where it cannot happen.
EVENTS = "sign sign-late accept refuse replace cancel close fill authorise cut deny begin-day measure adjust"
GRID = """
draft          | received awaiting . . . . not-nominated . . . . . . .
awaiting       | . . in-review refused replaced . . . . . . . . .
refused        | . . . . . . . . . . . . . .
received       | . . . . replaced cancelled in-review . . . . . . .
replaced       | . . . . . . . . . . . . . .
cancelled      | . . . . . . . . . . . . . .
in-review      | . . . . replaced . . . authorised authorised-cut not-authorised . measured .
authorised     | . . . . replaced . . . authorised authorised-cut not-authorised scheduled measured .
authorised-cut | . . . . replaced . . . authorised authorised-cut not-authorised scheduled measured .
not-authorised | . . . . replaced . . . authorised authorised-cut not-authorised . measured .
scheduled      | . . . . replaced . . . scheduled scheduled not-authorised . measured .
measured       | . . . . . . . . . . . . . adjusted
adjusted       | . . . . . . . . . . . . . adjusted
not-nominated  | . awaiting . . . . . in-review . . . . measured .
"""
ROWS = {
    State(name.strip()): dict(zip(map(Event, EVENTS.split()), cells.split(), strict=True))
    for name, _, cells in (line.partition("|") for line in GRID.strip().splitlines())
}


def test_the_grid_speaks_of_every_state_and_every_event():
    assert set(ROWS) == set(State) == set(TRANSITIONS)
    assert all(set(row) == set(Event) for row in ROWS.values())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_each_event_leads_where_the_grid_says_or_is_impossible(state: State, event: Event):
    expected = ROWS[state][event]
    assert allows(state, event) == (expected != ".")
    if expected == ".":
        with pytest.raises(ImpossibleEvent, match=state.value):
            after(state, event)
    else:
        assert after(state, event) is State(expected)


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
            event for event in TRANSITIONS[state] if not (state is State.NOT_NOMINATED and event is Event.MEASURE)
        ]
        if not possible:
            break
        event = data.draw(st.sampled_from(possible))
        state, facts = after(state, event), _with(facts, event)
        if facts.day_begun and allows(state, Event.BEGIN_DAY):
            # What is authorised while the day flows is scheduled at once.
            state = after(state, Event.BEGIN_DAY)
        if state not in (State.DRAFT, State.NOT_NOMINATED):
            assert state_of(facts) is state


@given(st.lists(st.sampled_from(Event), max_size=8))
def test_what_ended_never_comes_back(events: list[Event]):
    for ended in (State.REPLACED, State.CANCELLED, State.REFUSED):
        assert not any(allows(ended, event) for event in events)


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
