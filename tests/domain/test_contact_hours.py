"""Hours in which a customer may be written to: Ley 2300 of 2023, article 3."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contact_hours import find_next_moment
from portal.domain.gas_day import BOGOTA

# Tuesday 8 December 2026, the Immaculate Conception.
HOLIDAY = date(2026, 12, 8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2026-11-30 09:00", "2026-11-30 09:00"),
        ("2026-11-30 06:59:59", "2026-11-30 07:00"),
        ("2026-11-30 07:00", "2026-11-30 07:00"),
        ("2026-11-30 18:59:59", "2026-11-30 18:59:59"),
        ("2026-11-30 19:00", "2026-12-01 07:00"),
        ("2026-12-04 22:00", "2026-12-05 08:00"),
        ("2026-12-05 07:30", "2026-12-05 08:00"),
        ("2026-12-05 14:59", "2026-12-05 14:59"),
        ("2026-12-05 15:00", "2026-12-07 07:00"),
        ("2026-12-06 10:00", "2026-12-07 07:00"),
        ("2026-12-07 23:59", "2026-12-09 07:00"),
        ("2026-12-08 10:00", "2026-12-09 07:00"),
    ],
)
def test_a_message_waits_for_the_next_hour_of_contact(asked: str, answer: str) -> None:
    assert find_next_moment(at(asked), {HOLIDAY}) == at(answer)


def test_the_answer_is_a_moment_in_utc_whatever_the_zone_of_the_question() -> None:
    found = find_next_moment(datetime(2026, 12, 1, 0, 30, tzinfo=UTC), set())
    assert found == at("2026-12-01 07:00")
    assert found.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        find_next_moment(datetime(2026, 12, 1), set())  # noqa: DTZ001


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_of_contact_is_its_own_answer_and_no_more_than_some_days_away(moment: datetime) -> None:
    found = find_next_moment(moment, {HOLIDAY})
    assert moment <= found <= moment + timedelta(days=3)
    assert find_next_moment(found, {HOLIDAY}) == found
