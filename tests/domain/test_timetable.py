"""Requests are taken from the opening to the close, to the millisecond, on the server's clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.gas_day import BOGOTA, GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import (
    COMMIT_GRACE,
    DEFAULT_WINDOWS,
    NoWindow,
    RequestKind,
    Verdict,
    Window,
    commit_in_time,
    compute_effective_from,
    compute_floor,
    decide,
    find_next_deadline,
    find_window,
    list_eligible_days,
    time_left_words,
)

from .strategies import gas_days, moments, quantities

NOMINATION, RENOMINATION = RequestKind.NOMINATION, RequestKind.RENOMINATION
D = GasDay(dt.date(2026, 11, 24))
NOMINATIONS, RENOMINATIONS = DEFAULT_WINDOWS
MILLISECOND = dt.timedelta(milliseconds=1)


def bogota(text: str) -> dt.datetime:
    """Return the moment of a Colombian clock reading such as "2026-11-23 12:00:00.001"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


def day(text: str) -> GasDay:
    return GasDay(dt.date.fromisoformat(text))


# Each limit of the two windows of D, one millisecond before it, at it, and one after it.
TWELVE_CASES = [
    (NOMINATIONS, "2026-10-24 00:00:00.000", (Verdict.TOO_EARLY, Verdict.OPEN, Verdict.OPEN)),
    (NOMINATIONS, "2026-11-23 12:00:00.000", (Verdict.OPEN, Verdict.OPEN, Verdict.TOO_LATE)),
    (RENOMINATIONS, "2026-11-23 12:00:00.000", (Verdict.TOO_EARLY, Verdict.TOO_EARLY, Verdict.OPEN)),
    (RENOMINATIONS, "2026-11-24 16:00:00.000", (Verdict.OPEN, Verdict.OPEN, Verdict.TOO_LATE)),
]


@pytest.mark.parametrize(
    ("window", "arrival", "verdict"),
    [
        (window, bogota(limit) + (place - 1) * MILLISECOND, verdict)
        for window, limit, verdicts in TWELVE_CASES
        for place, verdict in enumerate(verdicts)
    ],
)
def test_the_twelve_cases_around_the_limits(window: Window, arrival: dt.datetime, verdict: Verdict) -> None:
    assert decide(window, D, arrival) is verdict
    assert decide(window, D, arrival.astimezone(dt.UTC)) is verdict


def test_a_window_tells_its_limits_in_utc() -> None:
    assert NOMINATIONS.opens_at(D) == dt.datetime(2026, 10, 24, 5, tzinfo=dt.UTC)
    assert NOMINATIONS.closes_at(D) == dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
    assert RENOMINATIONS.closes_at(D) == dt.datetime(2026, 11, 24, 21, tzinfo=dt.UTC)
    assert NOMINATIONS.closes_at(D).tzinfo is dt.UTC
    assert (RENOMINATIONS.notice_hours, RENOMINATIONS.max_per_day) == (6, 4)
    assert (NOMINATIONS.notice_hours, NOMINATIONS.max_per_day) == (0, None)


def test_a_request_in_time_may_be_written_ten_seconds_after_the_close() -> None:
    closes_at = NOMINATIONS.closes_at(D)
    assert dt.timedelta(seconds=10) == COMMIT_GRACE
    assert commit_in_time(NOMINATIONS, D, closes_at + COMMIT_GRACE)
    assert not commit_in_time(NOMINATIONS, D, closes_at + COMMIT_GRACE + MILLISECOND)
    assert decide(NOMINATIONS, D, closes_at + COMMIT_GRACE) is Verdict.TOO_LATE


@given(gas_days, moments)
def test_at_most_one_kind_of_request_is_taken_at_a_time(gas_day: GasDay, moment: dt.datetime) -> None:
    taken = [window.kind for window in DEFAULT_WINDOWS if decide(window, gas_day, moment) is Verdict.OPEN]
    assert len(taken) <= 1


def test_the_row_of_the_modality_goes_before_the_row_for_all() -> None:
    own = replace(NOMINATIONS, modality=Modality.INDUSTRIAL, closes_time=dt.time(10))
    for rows in ([NOMINATIONS, own, RENOMINATIONS], [own, RENOMINATIONS, NOMINATIONS]):
        assert find_window(rows, Modality.INDUSTRIAL, NOMINATION, D) is own
        assert find_window(rows, Modality.GNV_ATR, NOMINATION, D) is NOMINATIONS
        assert find_window(rows, Modality.INDUSTRIAL, RENOMINATION, D) is RENOMINATIONS


def test_a_row_of_a_single_date_moves_the_window_of_that_date_alone() -> None:
    moved = replace(NOMINATIONS, closes_time=dt.time(15), valid_from=D, valid_until=D.plus(1))
    for rows in ([NOMINATIONS, moved], [moved, NOMINATIONS]):
        assert find_window(rows, Modality.GNV_SUPPLY, NOMINATION, D) is moved
        assert find_window(rows, Modality.GNV_SUPPLY, NOMINATION, D.plus(-1)) is NOMINATIONS
        assert find_window(rows, Modality.GNV_SUPPLY, NOMINATION, D.plus(1)) is NOMINATIONS


def test_of_equal_rows_the_last_decides() -> None:
    again = replace(NOMINATIONS, closes_time=dt.time(13))
    assert find_window([NOMINATIONS, again], Modality.GNV_SUPPLY, NOMINATION, D) is again


def test_a_day_that_no_row_speaks_of_has_no_window() -> None:
    ended = replace(NOMINATIONS, valid_until=D)
    with pytest.raises(NoWindow):
        find_window([ended, RENOMINATIONS], Modality.GNV_SUPPLY, NOMINATION, D)
    assert find_window([ended], Modality.GNV_SUPPLY, NOMINATION, D.plus(-1)) is ended


@pytest.mark.parametrize(
    ("arrival", "effective"),
    [
        ("2026-11-23 12:00:00.001", "2026-11-23 19:00"),
        ("2026-11-23 13:00:00", "2026-11-23 19:00"),
        ("2026-11-23 13:00:00.000001", "2026-11-23 20:00"),
        ("2026-11-24 16:00:00", "2026-11-24 22:00"),
        ("2026-11-24 19:30:00", "2026-11-25 02:00"),
    ],
)
def test_a_renomination_counts_six_hours_later_from_the_next_full_hour(arrival: str, effective: str) -> None:
    assert compute_effective_from(bogota(arrival), 6) == bogota(effective)


@given(moments, st.integers(0, 48))
def test_notice_is_never_cut_and_never_an_hour_too_long(arrival: dt.datetime, notice: int) -> None:
    effective = compute_effective_from(arrival, notice)
    assert dt.timedelta(0) <= effective - arrival - dt.timedelta(hours=notice) < dt.timedelta(hours=1)
    assert (effective.minute, effective.second, effective.microsecond) == (0, 0, 0)
    assert effective.tzinfo is dt.UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        compute_effective_from(dt.datetime(2026, 11, 24), 6)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("effective", "floor"),
    [
        ("2026-11-23 19:00", "0"),
        ("2026-11-24 00:00", "0"),
        ("2026-11-24 01:00", "208.333333"),
        ("2026-11-24 12:00", "2500"),
        ("2026-11-24 20:00", "4166.666667"),
        ("2026-11-25 00:00", "5000"),
        ("2026-11-25 06:00", "5000"),
    ],
)
def test_the_floor_is_what_the_day_has_taken_by_then(effective: str, floor: str) -> None:
    in_force = Quantity.of("5000", Unit.M3)
    assert compute_floor(in_force, D, bogota(effective)) == Quantity.of(floor, Unit.M3)


@given(quantities(Unit.MBTU, 0), gas_days, st.integers(0, 24))
def test_what_has_flowed_and_what_is_left_make_the_day(in_force: Quantity, gas_day: GasDay, hour: int) -> None:
    flowed = compute_floor(in_force, gas_day, gas_day.at(0, dt.time(0)) + dt.timedelta(hours=hour))
    left = compute_floor(in_force, gas_day, gas_day.at(0, dt.time(0)) + dt.timedelta(hours=24 - hour))
    assert Quantity.zero(Unit.MBTU) <= flowed <= in_force
    # Both may be a tie rounded up.
    assert 0 <= (flowed + left - in_force).micro <= 1


def test_the_days_open_for_nomination_begin_tomorrow_until_noon() -> None:
    before = list_eligible_days(DEFAULT_WINDOWS, Modality.GNV_SUPPLY, NOMINATION, bogota("2026-11-23 12:00"))
    after = list_eligible_days(DEFAULT_WINDOWS, Modality.GNV_SUPPLY, NOMINATION, bogota("2026-11-23 12:00:00.001"))
    assert before == [D.plus(days) for days in range(31)]
    assert after == before[1:]


def test_the_days_open_for_renomination_are_today_and_after_noon_tomorrow() -> None:
    def days(moment: str) -> list[GasDay]:
        return list_eligible_days(DEFAULT_WINDOWS, Modality.GNV_ATR, RENOMINATION, bogota(moment))

    assert days("2026-11-24 09:00") == [D]
    assert days("2026-11-24 12:30") == [D, D.plus(1)]
    assert days("2026-11-24 16:00:01") == [D.plus(1)]


def test_days_before_the_first_asked_for_are_left_out() -> None:
    now = bogota("2026-11-23 09:00")
    days = list_eligible_days(DEFAULT_WINDOWS, Modality.GNV_ATR, NOMINATION, now, first=D.plus(5))
    assert days[0] == D.plus(5)
    assert len(days) == 26


def test_a_moved_window_opens_its_date_alone() -> None:
    moved = replace(NOMINATIONS, closes_time=dt.time(15), valid_from=D, valid_until=D.plus(1))
    rows = [*DEFAULT_WINDOWS, moved]
    assert list_eligible_days(rows, Modality.GNV_ATR, NOMINATION, bogota("2026-11-23 14:00"))[0] == D
    assert list_eligible_days(rows, Modality.GNV_ATR, NOMINATION, bogota("2026-11-24 14:00"))[0] == D.plus(2)


@given(moments, st.sampled_from(RequestKind))
def test_the_eligible_days_are_all_the_days_that_are_open(now: dt.datetime, kind: RequestKind) -> None:
    window = find_window(DEFAULT_WINDOWS, Modality.INDUSTRIAL, kind, GasDay.of(now))
    today = GasDay.of(now)
    expected = [today.plus(days) for days in range(-3, 40) if decide(window, today.plus(days), now) is Verdict.OPEN]
    assert list_eligible_days(DEFAULT_WINDOWS, Modality.INDUSTRIAL, kind, now) == expected


def test_without_rows_no_day_is_open_and_no_deadline_ahead() -> None:
    assert list_eligible_days([], Modality.GNV_ATR, NOMINATION, bogota("2026-11-23 09:00")) == []
    assert find_next_deadline([], None, bogota("2026-11-23 09:00")) is None
    assert find_next_deadline([RENOMINATIONS], Modality.GNV_ATR, bogota("2026-11-23 09:00")) is None


@pytest.mark.parametrize(
    ("now", "gas_day", "closes_at"),
    [
        ("2026-11-23 00:00", "2026-11-24", "2026-11-23 12:00"),
        ("2026-11-23 12:00", "2026-11-24", "2026-11-23 12:00"),
        ("2026-11-23 12:00:00.001", "2026-11-25", "2026-11-24 12:00"),
        ("2026-11-23 23:59", "2026-11-25", "2026-11-24 12:00"),
    ],
)
def test_the_next_deadline_is_the_nearest_close_ahead(now: str, gas_day: str, closes_at: str) -> None:
    for modality in (None, Modality.GNV_SUPPLY):
        assert find_next_deadline(DEFAULT_WINDOWS, modality, bogota(now)) == (day(gas_day), bogota(closes_at))


def test_without_a_modality_the_earliest_of_all_is_the_next_deadline() -> None:
    early = replace(NOMINATIONS, modality=Modality.INDUSTRIAL, closes_day=-2, closes_time=dt.time(10))
    rows = [*DEFAULT_WINDOWS, early]
    now = bogota("2026-11-23 09:00")
    assert find_next_deadline(rows, None, now) == (day("2026-11-25"), bogota("2026-11-23 10:00"))
    assert find_next_deadline(rows, Modality.GNV_ATR, now) == (D, bogota("2026-11-23 12:00"))
    assert find_next_deadline([early], Modality.INDUSTRIAL, bogota("2026-11-23 11:00")) == (
        day("2026-11-26"),
        bogota("2026-11-24 10:00"),
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (dt.timedelta(hours=2, minutes=14, seconds=59), "2 h 14 min"),
        (dt.timedelta(hours=2), "2 h"),
        (dt.timedelta(minutes=14), "14 min"),
        (dt.timedelta(seconds=59), "menos de 1 min"),
        (dt.timedelta(0), "0 min"),
        (dt.timedelta(seconds=-1), "0 min"),
        (dt.timedelta(days=1, hours=3, minutes=59), "1 día 3 h"),
        (dt.timedelta(days=30), "30 días"),
        (dt.timedelta(hours=24, minutes=1), "1 día"),
    ],
)
def test_the_time_left_is_said_in_two_figures_at_most(left: dt.timedelta, words: str) -> None:
    assert time_left_words(left) == words


def test_a_profile_says_how_much_the_day_has_taken():
    in_force = Quantity.of(2_400, Unit.M3)
    by_night = (3,) * 8 + (0,) * 16
    assert compute_floor(in_force, D, bogota("2026-11-24T04:00"), by_night) == Quantity.of(1_200, Unit.M3)
    assert compute_floor(in_force, D, bogota("2026-11-24T04:30"), by_night) == Quantity.of(1_350, Unit.M3)
    assert compute_floor(in_force, D, bogota("2026-11-24T08:00"), by_night) == in_force
    assert compute_floor(in_force, D, bogota("2026-11-26T08:00"), by_night) == in_force
    assert compute_floor(in_force, D, bogota("2026-11-23T08:00"), by_night) == Quantity.of(0, Unit.M3)
