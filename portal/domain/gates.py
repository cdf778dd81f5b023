"""City gates: gas that no point accounts for, its allocation, and cuts when less is confirmed than was asked.

Source: docs/rules.md, "Gates".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

# In hundredths of a percent of what the gate measured: beyond it a day is looked at. Where no terms were set.
BAND, MOST_BAND = 200, 10_000
# Priority of a contract: the first is cut last. Where none was set.
PRIORITY, LAST_PRIORITY = 5, 9
_BASIS_POINTS = 10_000


class AllocationRule(StrEnum):
    """Rule by which the difference between a gate and its points is allocated to them."""

    NONE = "none"
    PRO_RATA = "pro-rata"
    BY_PRIORITY = "by-priority"


class CutRule(StrEnum):
    """Rule by which the gas that a gate lacks is cut from its points."""

    PRO_RATA = "pro-rata"
    BY_PRIORITY = "by-priority"


def is_outside_band(measured: int, counted: int, band_basis_points: int) -> bool:
    """Tell whether gate and sum of points, in one unit, are further apart than the band, unrounded.

    ``band_basis_points`` is in hundredths of a percent of what the gate measured; beside a gate that measured nothing
    any gas at a point is outside.
    """
    return abs(measured - counted) * _BASIS_POINTS > band_basis_points * measured


def compute_basis_points(measured: int, counted: int) -> Fraction | None:
    """Return gate − points in hundredths of a percent of what the gate measured; None where it measured nothing."""
    return Fraction((measured - counted) * _BASIS_POINTS, measured) if measured else None


def share_exactly(total: int, weights: Sequence[int]) -> list[int]:
    """Return whole parts of ``total`` in proportion to the weights, that add up to it: largest remainders first.

    ``total`` may be negative. Where all weights are zero every part is zero.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    size = abs(total)
    parts = [size * weight // whole for weight in weights]
    left = size - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % whole), place))
    for place in by_remainder[:left]:
        parts[place] += 1
    return [-part for part in parts] if total < 0 else parts


def allocate_difference(
    rule: AllocationRule, difference: int, consumed: Sequence[int], priorities: Sequence[int]
) -> list[int]:
    """Return what each point bears of a day's difference (gate − points), in the unit and scale of the difference.

    Pro rata: in proportion to what each consumed. By priority: likewise, among the points of the last priority that
    consumed anything. The parts add up to the difference, unless no point consumed anything: then they are zero.
    """
    if rule is AllocationRule.NONE:
        return [0] * len(consumed)
    weights = list(consumed)
    if rule is AllocationRule.BY_PRIORITY:
        last = max((priority for priority, taken in zip(priorities, consumed, strict=True) if taken), default=0)
        weights = [taken if priority == last else 0 for priority, taken in zip(priorities, consumed, strict=True)]
    return share_exactly(difference, weights)


class Ask(NamedTuple):
    """Quantity that a point asked at a gate that has too little.

    ``asked`` is in millionths of the unit of the gate's total, ``own`` the same quantity in millionths of the point's
    unit, ``step`` the finest quantity that is authorised there. ``cap`` is the most that the point may have of
    ``asked``; contracts that ask for more than their maximum leave less.
    """

    asked: int
    own: int
    step: int
    priority: int
    cap: int


def propose_quantities(asks: Sequence[Ask], *, allowed: int, rule: CutRule) -> list[int]:
    """Return what each point may have when the gate has ``allowed``, in millionths of the unit of each point.

    Nobody has more than its cap; together they never have more than ``allowed``. What is cut is rounded down to the
    step of the point, and what that leaves goes, step by step, to whom the rounding took most.
    """
    quotas = _quotas(asks, allowed, rule)
    found, spare = [], Fraction(allowed)
    remainders: list[tuple[Fraction, int]] = []
    for place, (ask, quota) in enumerate(zip(asks, quotas, strict=True)):
        if not ask.asked:
            found.append(0)
            continue
        if quota >= ask.asked:
            found.append(ask.own)
            spare -= ask.asked
            continue
        exact = quota * Fraction(ask.own, ask.asked)
        part = int(exact // ask.step) * ask.step
        found.append(part)
        spare -= Fraction(part * ask.asked, ask.own) if ask.own else 0
        remainders.append(((exact - part) / ask.step, place))
    for _, place in sorted(remainders, key=lambda each: (-each[0], each[1])):
        ask = asks[place]
        if not ask.own:
            continue
        step = Fraction(ask.step * ask.asked, ask.own)
        more = found[place] + ask.step
        if step <= spare and more * ask.asked <= ask.cap * ask.own:
            found[place] = more
            spare -= step
    return found


def _quotas(asks: Sequence[Ask], allowed: int, rule: CutRule) -> list[Fraction]:
    caps = [min(ask.asked, ask.cap) for ask in asks]
    if rule is CutRule.PRO_RATA:
        return _in_proportion(caps, allowed)
    groups: dict[int, list[int]] = defaultdict(list)
    for place, ask in enumerate(asks):
        groups[ask.priority].append(place)
    quotas = [Fraction(0)] * len(asks)
    left = allowed
    for priority in sorted(groups):
        places = groups[priority]
        wanted = [caps[place] for place in places]
        for place, quota in zip(places, _in_proportion(wanted, left), strict=True):
            quotas[place] = quota
        left = max(0, left - sum(wanted))
    return quotas


def _in_proportion(caps: Sequence[int], allowed: int) -> list[Fraction]:
    together = sum(caps)
    if together <= allowed:
        return [Fraction(cap) for cap in caps]
    return [Fraction(cap * allowed, together) for cap in caps]


def cap_by_contract(asked: Mapping[int, int], *, available: int) -> dict[int, int]:
    """Return the most that each point of one contract may have of what it asked, in whole parts of one unit.

    ``asked`` is by point; ``available`` is what the contract's maximum leaves. Caps are in proportion, rounded down.
    """
    together = sum(asked.values())
    if together <= available:
        return dict(asked)
    return {point: each * max(0, available) // together for point, each in asked.items()}
