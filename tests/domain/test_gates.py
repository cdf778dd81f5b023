"""Gates: band, exact shares, allocation by its rule, and cuts that never give more than was confirmed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.gates import (
    AllocationRule,
    Ask,
    CutRule,
    allocate_difference,
    cap_by_contract,
    compute_basis_points,
    is_outside_band,
    propose_quantities,
    share_exactly,
)

M3 = 10**6
AMOUNTS = st.integers(min_value=0, max_value=10**12)


def ask(asked: int, *, own: int | None = None, step: int = M3, priority: int = 5, cap: int | None = None) -> Ask:
    return Ask(asked, asked if own is None else own, step, priority, asked if cap is None else cap)


@st.composite
def asks(draw: st.DrawFn) -> list[Ask]:
    """Points in m³ and in MBTU at a gate that is confirmed in m³."""
    found = []
    for _ in range(draw(st.integers(1, 8))):
        own = draw(st.integers(0, 20_000)) * M3
        in_mbtu = draw(st.booleans())
        asked = own * 25_059 // 1000 if in_mbtu else own
        cap = draw(st.one_of(st.just(asked), st.integers(0, asked)))
        found.append(Ask(asked, own, 10**4 if in_mbtu else M3, draw(st.integers(1, 9)), cap))
    return found


@pytest.mark.parametrize(
    ("measured", "counted", "band", "outside"),
    [(1000, 980, 200, False), (1000, 979, 200, True), (1000, 1021, 200, True), (0, 0, 200, False), (0, 1, 200, True)],
)
def test_a_day_is_outside_where_it_is_further_from_its_points_than_the_band(measured, counted, band, outside):
    assert is_outside_band(measured, counted, band) is outside


def test_a_difference_is_told_in_parts_of_what_the_gate_measured():
    assert compute_basis_points(800, 780) == Fraction(250)
    assert compute_basis_points(800, 810) == Fraction(-125)
    assert compute_basis_points(0, 5) is None


@given(st.integers(-(10**12), 10**12), st.lists(AMOUNTS, max_size=12))
def test_shares_add_up_and_stay_within_one_of_their_proportion(total, weights):
    parts = share_exactly(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert whole == 0 or abs(part - Fraction(total * weight, whole)) < 1


def test_a_difference_goes_pro_rata_or_to_the_last_priority_that_took_gas():
    assert allocate_difference(AllocationRule.NONE, 90, [10, 20], [5, 5]) == [0, 0]
    assert allocate_difference(AllocationRule.PRO_RATA, 90, [10, 20], [1, 9]) == [30, 60]
    assert allocate_difference(AllocationRule.PRO_RATA, -90, [10, 20], [1, 9]) == [-30, -60]
    assert allocate_difference(AllocationRule.BY_PRIORITY, 90, [10, 20, 10, 0], [1, 7, 7, 9]) == [0, 60, 30, 0]
    assert allocate_difference(AllocationRule.BY_PRIORITY, 90, [0, 0], [1, 7]) == [0, 0]


@given(asks(), st.integers(0, 10**11), st.sampled_from(CutRule))
def test_nobody_gets_more_than_its_cap_and_together_never_more_than_was_confirmed(points, allowed, rule):
    found = propose_quantities(points, allowed=allowed, rule=rule)
    given_ = sum(Fraction(part * each.asked, each.own) for part, each in zip(found, points, strict=True) if each.own)
    assert given_ <= allowed
    for part, each in zip(found, points, strict=True):
        assert 0 <= part <= each.own
        assert part * each.asked <= each.cap * each.own or each.asked == 0
        assert part == each.own or part % each.step == 0
    # Where more is left than a step of anybody who still lacks something, somebody was forgotten.
    if rule is CutRule.PRO_RATA and given_ < allowed:
        for part, each in zip(found, points, strict=True):
            more = part + each.step
            if each.own and more * each.asked <= each.cap * each.own:
                assert Fraction(each.step * each.asked, each.own) * len(points) > allowed - given_ or (
                    sum(min(one.asked, one.cap) for one in points) <= allowed
                )


@given(asks())
def test_enough_for_all_gives_each_its_cap_and_whole_asks_unrounded(points):
    found = propose_quantities(points, allowed=sum(each.asked for each in points), rule=CutRule.PRO_RATA)
    for part, each in zip(found, points, strict=True):
        if each.cap >= each.asked and each.asked:
            assert part == each.own


def test_pro_rata_gives_each_the_same_part():
    points = [ask(6000 * M3), ask(3000 * M3), ask(1000 * M3)]
    assert propose_quantities(points, allowed=5000 * M3, rule=CutRule.PRO_RATA) == [3000 * M3, 1500 * M3, 500 * M3]


def test_what_rounding_leaves_goes_to_whom_it_took_most():
    points = [ask(100 * M3), ask(100 * M3), ask(100 * M3)]
    found = propose_quantities(points, allowed=200 * M3, rule=CutRule.PRO_RATA)
    assert sorted(found) == [66 * M3, 67 * M3, 67 * M3]


def test_the_first_priority_is_cut_last():
    points = [ask(500 * M3, priority=9), ask(500 * M3, priority=1), ask(200 * M3, priority=5), ask(200 * M3)]
    found = propose_quantities(points, allowed=700 * M3, rule=CutRule.BY_PRIORITY)
    assert found == [0, 500 * M3, 100 * M3, 100 * M3]


def test_a_contract_above_its_maximum_leaves_each_of_its_points_a_part():
    assert cap_by_contract({1: 600, 2: 300}, available=300) == {1: 200, 2: 100}
    assert cap_by_contract({1: 600, 2: 300}, available=1000) == {1: 600, 2: 300}
    assert cap_by_contract({1: 600, 2: 300}, available=-5) == {1: 0, 2: 0}
