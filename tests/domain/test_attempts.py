"""Four wrong keys are free, then each costs twice the wait, and ten in a row block the pair."""

from __future__ import annotations

import datetime as dt
from ipaddress import IPv6Address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import attempts
from portal.domain.attempts import PairState, attempts_left, normalise_address, pair_wait, sign_in_wait

NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)


def test_the_numbers_are_those_of_the_policy() -> None:
    assert (attempts.PAIR_BLOCK, attempts.POINT_DAY, attempts.POINT_VERSION) == (10, 20, 100)
    assert (attempts.ACCOUNT_DAY, attempts.ADDRESS_HOUR, attempts.ALERT_HOUR) == (20, 60, 200)
    assert (attempts.SIGN_IN_ACCOUNT, attempts.SIGN_IN_ADDRESS) == (10, 20)
    assert dt.timedelta(minutes=5) == attempts.SIGN_IN_ACCOUNT_PERIOD
    assert dt.timedelta(minutes=1) == attempts.SIGN_IN_ADDRESS_PERIOD


def test_four_are_free_then_the_wait_doubles_to_32_minutes() -> None:
    minutes = [pair_wait(consecutive) // dt.timedelta(minutes=1) for consecutive in range(12)]
    assert minutes == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 32]


def test_the_attempts_left_count_down_to_the_block() -> None:
    assert [attempts_left(consecutive) for consecutive in (0, 1, 9, 10, 11)] == [10, 9, 1, 0, 0]


def test_a_pair_waits_from_its_last_wrong_key() -> None:
    state = PairState(5, NOW)
    assert state.free_at == NOW + dt.timedelta(minutes=1)
    assert not state.may_try(NOW + dt.timedelta(seconds=59))
    assert state.may_try(NOW + dt.timedelta(minutes=1))


def test_a_new_pair_and_one_with_four_wrong_keys_may_try_at_once() -> None:
    assert PairState().may_try(NOW)
    state = PairState(4, NOW)
    assert state.free_at is None
    assert state.may_try(NOW)


def test_a_blocked_pair_never_becomes_free_by_waiting() -> None:
    state = PairState(10, NOW)
    assert state.blocked
    assert not state.may_try(NOW + dt.timedelta(days=365))
    assert not PairState(9, NOW).blocked


@given(st.integers(0, 1000))
def test_waits_never_shrink_nor_overflow(consecutive: int) -> None:
    for wait in (pair_wait, sign_in_wait):
        assert dt.timedelta(0) <= wait(consecutive) <= wait(consecutive + 1) <= dt.timedelta(minutes=32)


def test_sign_in_waits_stay_soft() -> None:
    seconds = [sign_in_wait(consecutive) // dt.timedelta(seconds=1) for consecutive in range(3, 11)]
    assert seconds == [0, 1, 2, 4, 8, 16, 30, 30]
    assert all(one <= other for one, other in pairwise(seconds))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_an_address_counts_as_its_network(address: str, counted: str) -> None:
    assert normalise_address(address) == counted


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_every_host_of_a_64_counts_as_one(address: IPv6Address, host: int) -> None:
    base = int(address) >> 64 << 64
    if base:
        assert normalise_address(str(IPv6Address(base | host))) == normalise_address(str(IPv6Address(base)))


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113", "203.0.113.7:8000", "2001:db8::/64"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        normalise_address(text)
