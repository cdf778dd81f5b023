"""The published tariffs were read in the right order: the formula gives every variable charge (domain.md §10)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.domain.tariffs import Market, Range, may_2024

EVERY = [(market, each) for market in may_2024.MARKETS for each in market.ranges]


def test_all_sixteen_markets_and_fifty_seven_ranges_are_there() -> None:
    assert (len(may_2024.MARKETS), len(EVERY)) == (16, 57)


@pytest.mark.parametrize(("market", "each"), EVERY, ids=[f"{m.name} {r.first}" for m, r in EVERY])
def test_the_formula_gives_the_published_charge_within_two_cents(market: Market, each: Range) -> None:
    computed = market.variable_by_formula(each, Decimal(may_2024.GAS))
    # The losses are known to two decimals only, which is worth up to 17 cents where transport is dear.
    assert abs(computed - each.variable) <= Decimal("0.20")


def test_ranges_follow_one_another_and_the_last_has_no_end() -> None:
    for market in may_2024.MARKETS:
        for before, after in zip(market.ranges, market.ranges[1:], strict=False):
            assert before.last is not None
            assert after.first == before.last + 1
        assert market.ranges[-1].last is None
