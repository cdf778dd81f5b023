"""Cases: the table of states, and terms that cross Holy Week, the end of a year and holidays that coincide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays as calendar_library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cases import (
    PENDING,
    RUNNING,
    CaseAction,
    CaseChannel,
    CaseKind,
    CaseState,
    Outcome,
    actions_in,
    after,
    alarm_reached,
    answer_due,
    appeal_until,
    day_of_term,
    extended_due,
    is_out_of_term,
    lapses_at,
    may_be_filed,
    notified_on,
    outcomes_in,
    recognise_until,
    standing_words,
)
from portal.domain.gas_day import GasDay

HOLIDAYS = frozenset(calendar_library.country_holidays("CO", years=range(2023, 2029)))


def noon(day: date) -> datetime:
    """Return twelve o'clock of a day in Colombia."""
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


# Filed on, then the business days 10, 13 and 15: counted by hand on a paper calendar, with what lies between.
TERMS = [
    # Holy Week of 2024: 25 (San José), 28 and 29 March.
    (date(2024, 3, 18), date(2024, 4, 4), date(2024, 4, 9), date(2024, 4, 11)),
    # The end of 2024: 25 December and 1 January, then Reyes on the 6th.
    (date(2024, 12, 17), date(2025, 1, 2), date(2025, 1, 8), date(2025, 1, 10)),
    # 2025: San José on 24 March, Holy Week on 17 and 18 April, Labour Day.
    (date(2025, 4, 11), date(2025, 4, 29), date(2025, 5, 5), date(2025, 5, 7)),
    # 2025: Sagrado Corazón on 23 June and San Pedro on 30 June, which here coincides with it.
    (date(2025, 6, 13), date(2025, 7, 1), date(2025, 7, 4), date(2025, 7, 8)),
    # 2025: 20 July is a Sunday and is not moved; 7 August and Asunción on the 18th.
    (date(2025, 7, 31), date(2025, 8, 15), date(2025, 8, 21), date(2025, 8, 25)),
    # Holy Week of 2026: San José on 23 March, 2 and 3 April.
    (date(2026, 3, 20), date(2026, 4, 8), date(2026, 4, 13), date(2026, 4, 15)),
    # 2026 has the new holiday of Ley 2578 on 13 July, and 20 July is a Monday.
    (date(2026, 7, 3), date(2026, 7, 21), date(2026, 7, 24), date(2026, 7, 28)),
    # Inmaculada Concepción on 8 December, then Christmas.
    (date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 11), date(2026, 12, 15)),
    (date(2026, 12, 15), date(2026, 12, 30), date(2027, 1, 5), date(2027, 1, 7)),
    # Filed on a Saturday, on a Sunday and on a holiday: the first day counted is the next business day.
    (date(2026, 11, 21), date(2026, 12, 4), date(2026, 12, 10), date(2026, 12, 14)),
    (date(2026, 11, 22), date(2026, 12, 4), date(2026, 12, 10), date(2026, 12, 14)),
    (date(2027, 1, 1), date(2027, 1, 18), date(2027, 1, 21), date(2027, 1, 25)),
    # Holy Week of 2027: San José on 22 March, 25 and 26 March.
    (date(2027, 3, 15), date(2027, 4, 1), date(2027, 4, 6), date(2027, 4, 8)),
]


@pytest.mark.parametrize(("filed", "tenth", "thirteenth", "last"), TERMS)
def test_a_term_ends_on_the_fifteenth_business_day_and_warns_on_the_tenth_and_thirteenth(
    filed: date, tenth: date, thirteenth: date, last: date
):
    due = answer_due(noon(filed), HOLIDAYS)
    assert due == last
    reached = {day: alarm_reached(GasDay(day), due, HOLIDAYS) for day in _days(filed, due)}
    assert [min(day for day, alarm in reached.items() if alarm == wanted) for wanted in (10, 13, 15)] == [
        tenth,
        thirteenth,
        last,
    ]
    assert reached[filed] == 0
    assert day_of_term(GasDay(due), due, HOLIDAYS) == 15


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_what_comes_late_in_the_evening_is_counted_from_its_colombian_day():
    # 23:30 of Monday in Colombia is Tuesday in UTC.
    assert answer_due(datetime(2026, 11, 24, 4, 30, tzinfo=UTC), HOLIDAYS) == date(2026, 12, 15)
    assert answer_due(datetime(2026, 11, 24, 5, 0, tzinfo=UTC), HOLIDAYS) == date(2026, 12, 16)


def test_late_at_night_the_term_begins_with_the_day_in_colombia():
    # 22:00 on Sunday in Colombia, Monday already in UTC: counted from Sunday.
    assert answer_due(datetime(2026, 11, 23, 3, 0, tzinfo=UTC), ()) == date(2026, 12, 11)


def test_the_days_looked_ahead_for_alarms_hold_every_term_of_ten_years():
    from portal.services.cases.pqr.duties import LOOK_AHEAD

    known = frozenset(calendar_library.country_holidays("CO", years=range(2023, 2036)))
    for filed in _days(date(2024, 1, 1), date(2034, 11, 1)):
        due = answer_due(noon(filed), known)
        tenth = next(day for day in _days(filed, due) if alarm_reached(GasDay(day), due, known) == 10)
        assert (due - tenth).days <= LOOK_AHEAD


def test_an_extended_term_is_twice_the_first_and_warns_at_the_same_distance():
    due = answer_due(noon(date(2026, 11, 23)), HOLIDAYS)
    extended = extended_due(due, HOLIDAYS)
    assert (due, extended) == (date(2026, 12, 15), date(2027, 1, 7))
    assert alarm_reached(GasDay(due), extended, HOLIDAYS) == 0
    assert alarm_reached(GasDay(date(2026, 12, 30)), extended, HOLIDAYS) == 10


def test_a_term_lapses_at_midnight_and_is_recognised_within_72_hours():
    due = date(2026, 12, 15)
    assert lapses_at(due) == datetime(2026, 12, 16, 5, 0, tzinfo=UTC)
    assert recognise_until(due) == datetime(2026, 12, 19, 5, 0, tzinfo=UTC)


def test_an_appeal_has_five_business_days_and_a_notice_counts_the_day_after_its_five():
    # Across Holy Week: 31 March, 1, 6, 7, 8 April.
    assert appeal_until(date(2026, 3, 30), HOLIDAYS) == date(2026, 4, 8)
    assert notified_on(date(2026, 3, 30), HOLIDAYS) == date(2026, 4, 9)


@pytest.mark.parametrize(
    ("kind", "about_on", "late"),
    [
        (CaseKind.CLAIM, date(2026, 6, 23), False),
        (CaseKind.CLAIM, date(2026, 6, 22), True),
        (CaseKind.CLAIM, None, False),
        (CaseKind.APPEAL, date(2026, 11, 13), False),
        (CaseKind.APPEAL, date(2026, 11, 12), True),
        (CaseKind.PETITION, date(2020, 1, 1), False),
        (CaseKind.COMPLAINT, date(2020, 1, 1), False),
    ],
)
def test_a_claim_is_late_after_five_months_and_an_appeal_after_five_days(
    kind: CaseKind, about_on: date | None, late: bool
):
    # 16 November 2026 is a holiday: five business days after Friday 13 end on Monday 23.
    assert is_out_of_term(kind, about_on, GasDay(date(2026, 11, 23)), HOLIDAYS) is late


def test_only_an_appeal_must_be_written():
    refused = {(kind, channel) for kind in CaseKind for channel in CaseChannel if not may_be_filed(kind, channel)}
    assert refused == {(CaseKind.APPEAL, CaseChannel.TELEPHONE)}


S, A = CaseState, CaseAction
# Every step there is, beside what changes no state.
STEPS = {
    S.FILED: {
        A.ASSIGN: S.IN_PROGRESS,
        A.ANSWER: S.ANSWERED,
        A.EXTEND: S.IN_PROGRESS,
        A.PASS_ON: S.PASSED_ON,
        A.LAPSE: S.LAPSED,
    },
    S.IN_PROGRESS: {
        A.ASSIGN: S.IN_PROGRESS,
        A.ANSWER: S.ANSWERED,
        A.EXTEND: S.IN_PROGRESS,
        A.PASS_ON: S.PASSED_ON,
        A.LAPSE: S.LAPSED,
    },
    S.REOPENED: {
        A.ASSIGN: S.REOPENED,
        A.ANSWER: S.ANSWERED,
        A.EXTEND: S.IN_PROGRESS,
        A.PASS_ON: S.PASSED_ON,
        A.LAPSE: S.LAPSED,
    },
    S.LAPSED: {A.ASSIGN: S.LAPSED, A.ANSWER: S.ANSWERED},
    S.ANSWERED: {A.CLOSE: S.CLOSED, A.REOPEN: S.REOPENED, A.PASS_ON: S.PASSED_ON},
    S.PASSED_ON: {A.CLOSE: S.CLOSED, A.REOPEN: S.REOPENED},
    S.CLOSED: {A.REOPEN: S.REOPENED},
}


@pytest.mark.parametrize("state", CaseState)
def test_the_table_of_states_is_total_and_refuses_all_else(state: CaseState):
    assert {action: after(state, action) for action in CaseAction} == {
        action: STEPS[state].get(action) for action in CaseAction
    } | {A.NOTE: state} | dict.fromkeys((A.TELL, A.WRITE), state if state in PENDING else None)


def test_only_a_term_that_runs_lapses_and_every_case_that_owes_an_answer_takes_one():
    assert {state for state in CaseState if after(state, A.LAPSE)} == RUNNING
    assert {state for state in CaseState if after(state, A.ANSWER)} == PENDING


def test_a_term_is_extended_once_and_nobody_ends_one_by_hand():
    assert A.EXTEND in actions_in(S.FILED, extended=False)
    assert A.EXTEND not in actions_in(S.IN_PROGRESS, extended=True)
    assert all(A.LAPSE not in actions_in(state, extended=False) for state in CaseState)


@pytest.mark.parametrize("state", CaseState)
def test_only_with_the_customer_of_a_day_is_there_a_conversation_and_only_before_the_answer(state: CaseState):
    assert (A.TELL in actions_in(state, extended=False, about_day=True)) == (state in PENDING)
    assert A.TELL not in actions_in(state, extended=False)
    # What the customer does is on no form of the console.
    assert A.WRITE not in actions_in(state, extended=False, about_day=True)


@given(st.lists(st.sampled_from([A.WRITE, A.TELL, A.ASSIGN, A.EXTEND, A.ANSWER])))
def test_once_answered_a_claim_stays_as_it_is(actions: list[CaseAction]):
    state, answered = S.FILED, False
    for action in actions:
        state = after(state, action) or state
        answered = answered or state is S.ANSWERED
        assert not answered or state is S.ANSWERED
    assert (state in PENDING) == (A.ANSWER not in actions)


def test_a_claim_whose_term_passed_is_only_upheld():
    assert [state for state in CaseState if Outcome.DISMISSED not in outcomes_in(state)] == [S.LAPSED]
    assert all(Outcome.UPHELD in outcomes_in(state) for state in CaseState)


def test_a_claim_about_a_day_is_told_by_its_outcome_once_it_has_one():
    assert standing_words(S.FILED, None) == "Radicado"
    assert standing_words(S.CLOSED, Outcome.DISMISSED) == "No procede"
