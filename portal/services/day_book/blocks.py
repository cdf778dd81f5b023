"""Lines of a day's book in blocks: what follows from the lines of a block alone is worked out once (adr/0184).

After a nomination one line of ten thousand differs: its block is worked out anew, the others are as they were.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import add
from typing import Any, NamedTuple, TypeVar

from portal.domain.authorisations import LineState
from portal.domain.nominations import Channel
from portal.domain.quantities import Unit

from .lines import Line

# Of so many lines: of ten thousand, a change works out one line in eighty again and adds up eighty blocks.
LENGTH = 128
# What was recorded for a nomination that is not in force any more counts no more.
ANSWERED = frozenset({LineState.RECORDED, LineState.AUTHORISED, LineState.CUT, LineState.NOT_AUTHORISED})

Pair = tuple[Line, LineState]
_Key = tuple[int, str]
_Worked = TypeVar("_Worked")


class Share(NamedTuple):
    """Sums of the lines of one contract at one exit point, in millionths; ``line`` is one of them, for its names.

    ``missing`` lines have no nomination; ``counted`` is what counts against the maximum, in the unit of the contract;
    ``allowed`` is what is recorded or published for the nomination in force, ``waiting`` nominations have neither.
    """

    line: Line
    points: int
    missing: int
    m3: int
    mbtu: int
    counted: int
    allowed_m3: int
    allowed_mbtu: int
    waiting: int


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a book, with what follows from them alone."""

    lines: tuple[Line, ...]
    _kept: dict[str, tuple[tuple[object, ...], Any]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The lines, each with its state."""
        return [(line, line.state) for line in self.lines]

    @cached_property
    def missing(self) -> list[Pair]:
        """The lines without a nomination in force."""
        return [pair for pair in self.pairs if pair[0].nomination_id is None]

    @cached_property
    def arrived(self) -> list[Pair]:
        """The lines with a nomination in force."""
        return [pair for pair in self.pairs if pair[0].nomination_id is not None]

    @cached_property
    def publishable(self) -> list[Line]:
        """The lines whose record answers the revision in force."""
        return [line for line, state in self.pairs if state is LineState.RECORDED]

    @cached_property
    def counts(self) -> Counter[LineState]:
        """The number of lines in each state."""
        return Counter(state for _, state in self.pairs)

    @cached_property
    def by_rule(self) -> int:
        """The number of lines that the rule at the close nominated."""
        return sum(line.channel_word == Channel.POLICY for line in self.lines)

    @cached_property
    def contracts(self) -> frozenset[int]:
        """The row ids of the contracts."""
        return frozenset(contract for contract, _ in self.shares)

    @cached_property
    def public_ids(self) -> frozenset[str]:
        """The public ids of the points."""
        return frozenset(line.point_public_id for line in self.lines)

    @cached_property
    def digest(self) -> bytes:
        """The SHA-256 of what other people may change of the lines."""
        said = [
            (
                line.point_id,
                line.nomination_id,
                line.published_version,
                line.recorded_m3,
                line.recorded_mbtu,
                line.recorded_cut,
            )
            for line in self.lines
        ]
        return hashlib.sha256(repr(said).encode()).digest()

    @cached_property
    def shares(self) -> dict[_Key, Share]:
        """The sums by contract and exit point, in the order of the lines."""
        found: dict[_Key, tuple[Line, list[int]]] = {}
        for line, state in self.pairs:
            key = (line.contract_id, line.exit_code)
            known = found.get(key)
            if known is None:
                known = found[key] = (line, [0] * 8)
            total = known[1]
            total[0] += 1
            m3, mbtu = line.asked_m3, line.asked_mbtu
            if m3 is None or mbtu is None:
                total[1] += 1
            else:
                total[2] += m3
                total[3] += mbtu
            in_m3 = line.contract_unit_word == Unit.M3
            if line.recorded_m3 is None and line.published_m3 is None:
                # Most lines have no authorisation yet.
                total[4] += (m3 if in_m3 else mbtu) or 0
                total[7] += line.nomination_id is not None
                continue
            counted = line.asked if state is LineState.OUTDATED else line.allowed or line.asked
            if counted is not None:
                total[4] += (counted.m3 if in_m3 else counted.mbtu).micro
            allowed = line.allowed if state in ANSWERED else None
            if allowed is not None:
                total[5] += allowed.m3.micro
                total[6] += allowed.mbtu.micro
            else:
                total[7] += line.nomination_id is not None
        return {key: Share(line, *total) for key, (line, total) in found.items()}

    def recall(self, name: str, given: tuple[object, ...], work: Callable[[], _Worked]) -> _Worked:
        """Return what ``work`` found when it was last asked with what is given now, else let it work."""
        known = self._kept.get(name)
        if known is None or known[0] != given:
            known = self._kept[name] = (given, work())
        found: _Worked = known[1]
        return found


@dataclass(frozen=True)
class Blocks:
    """The lines of a book in their order, in blocks."""

    each: tuple[Block, ...]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Blocks:
        """Return the blocks of lines; the same lines make the same blocks."""
        known = tuple(lines)
        return cls(tuple(Block(known[start : start + LENGTH]) for start in range(0, len(known), LENGTH)))

    def find(self, points: Iterable[str]) -> list[Line]:
        """Return the lines of points by their public ids, those there are."""
        wanted = frozenset(points)
        return [
            line
            for block in self.each
            if not wanted.isdisjoint(block.public_ids)
            for line in block.lines
            if line.point_public_id in wanted
        ]

    def replaced(self, lines: Mapping[str, Line]) -> Blocks:
        """Return the blocks with these lines, by public id of the point, in the place of those of the same points."""
        return Blocks(
            tuple(
                block
                if block.public_ids.isdisjoint(lines)
                else Block(tuple(lines.get(line.point_public_id, line) for line in block.lines))
                for block in self.each
            )
        )

    @cached_property
    def lines(self) -> list[Line]:
        """The lines."""
        return list(chain.from_iterable(block.lines for block in self.each))

    @cached_property
    def missing(self) -> list[Pair]:
        """The lines without a nomination in force."""
        return list(chain.from_iterable(block.missing for block in self.each))

    @cached_property
    def arrived(self) -> list[Pair]:
        """The lines with a nomination in force."""
        return list(chain.from_iterable(block.arrived for block in self.each))

    @cached_property
    def publishable(self) -> list[Line]:
        """The lines whose record answers the revision in force."""
        return list(chain.from_iterable(block.publishable for block in self.each))

    @cached_property
    def counts(self) -> dict[LineState, int]:
        """The number of lines in each state."""
        counts: Counter[LineState] = Counter()
        for block in self.each:
            counts.update(block.counts)
        return {state: counts[state] for state in LineState}

    @cached_property
    def by_rule(self) -> int:
        """The number of lines that the rule at the close nominated."""
        return sum(block.by_rule for block in self.each)

    @cached_property
    def shares(self) -> list[Share]:
        """The sums by contract and exit point, in the order of the lines."""
        found: dict[_Key, Share] = {}
        for block in self.each:
            for key, share in block.shares.items():
                known = found.get(key)
                found[key] = share if known is None else _add(known, share)
        return list(found.values())


def _add(one: Share, other: Share) -> Share:
    return Share(one.line, *map(add, one[1:], other[1:]))
