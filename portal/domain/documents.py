"""Documents of a distributor, version by version, with a summary in own words: point by point, each with its clause.

Source: docs/rules.md, "Documents"; adr/0128.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

LONGEST_SUMMARY = 30_000
LONGEST_SECTION, LONGEST_POINT, LONGEST_CLAUSE = 80, 900, 80
_DAY = timedelta(days=1)
_CLAUSE = re.compile(r"(?P<text>.*\S)\s*\[(?P<clause>[^\[\]]+)\]\s*\Z", re.DOTALL)


class DocumentKind(StrEnum):
    """Kind of a document; of contracts there is one."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    RESOLUTION = "resolution"
    FORM = "form"
    REPORT = "report"


class SummaryPoint(NamedTuple):
    """Point of a summary: its section, what it says in own words, and the clause that says so."""

    section: str
    text: str
    clause: str


class SummaryProblem(StrEnum):
    """Reason why a line of a summary cannot be taken."""

    NO_SECTION = "no-section"
    EMPTY_SECTION = "empty-section"
    NO_CLAUSE = "no-clause"
    SECTION_TOO_LONG = "section-too-long"
    POINT_TOO_LONG = "point-too-long"
    CLAUSE_TOO_LONG = "clause-too-long"
    TOO_LONG = "too-long"


class BadSummary(ValueError):
    """Summary that cannot be read: the problem, the line (from 1; 0: the whole text) and what stands in it."""

    def __init__(self, problem: SummaryProblem, line: int, said: str) -> None:
        super().__init__(problem, line, said)
        self.problem, self.line, self.said = problem, line, said


def parse_summary(typed: str) -> tuple[SummaryPoint, ...]:
    """Return the points of a summary as typed; raises ``BadSummary``.

    ``# Medición`` begins a section; every other line is a point, which ends with its clause: ``… [cl. 21]``.
    """
    if len(typed) > LONGEST_SUMMARY:
        raise BadSummary(SummaryProblem.TOO_LONG, 0, "")
    return tuple(_points(typed))


def _points(typed: str) -> Iterator[SummaryPoint]:
    section = ""
    for number, line in enumerate(typed.splitlines(), start=1):
        said = " ".join(line.split())
        if not said:
            continue
        if said.startswith("#"):
            section = said.lstrip("#").strip()
            _check(section, number, said, LONGEST_SECTION, SummaryProblem.SECTION_TOO_LONG)
            if not section:
                raise BadSummary(SummaryProblem.EMPTY_SECTION, number, said)
            continue
        if not section:
            raise BadSummary(SummaryProblem.NO_SECTION, number, said)
        found = _CLAUSE.match(said.removeprefix("- "))
        if found is None:
            raise BadSummary(SummaryProblem.NO_CLAUSE, number, said)
        _check(found["text"], number, said, LONGEST_POINT, SummaryProblem.POINT_TOO_LONG)
        _check(found["clause"], number, said, LONGEST_CLAUSE, SummaryProblem.CLAUSE_TOO_LONG)
        yield SummaryPoint(section, found["text"], found["clause"].strip())


def _check(part: str, line: int, said: str, most: int, problem: SummaryProblem) -> None:
    if len(part) > most:
        raise BadSummary(problem, line, said)


def write_summary(points: Sequence[SummaryPoint]) -> str:
    """Return the text that ``parse_summary`` reads as these points."""
    sections = (
        "\n".join([f"# {section}", *[f"{each.text} [{each.clause}]" for each in found]])
        for section, found in groupby(points, key=lambda each: each.section)
    )
    return "\n\n".join(sections)


def group_points(points: Sequence[SummaryPoint]) -> list[tuple[str, list[tuple[int, SummaryPoint]]]]:
    """Return the points by section, each with its place from 1, by which an address names it."""
    numbered = enumerate(points, start=1)
    return [(name, list(found)) for name, found in groupby(numbered, key=lambda each: each[1].section)]


class Span(NamedTuple):
    """Days from ``first`` through ``last``; None: without an end that is known."""

    first: date
    last: date | None


class Edition(NamedTuple):
    """Validity of a version as published: its number, first day, and last day if one was said."""

    number: int
    first: date
    through: date | None


def compute_spans(editions: Sequence[Edition]) -> dict[int, tuple[Span, ...]]:
    """Return by number the days in which each version is in force, in their order; none for one that never is.

    Of two the one that begins later counts, of two that begin on one day the higher number. Where a version ends by
    itself, the one before is in force again.
    """
    strongest_first = sorted(editions, key=lambda each: (each.first, each.number), reverse=True)
    return {
        each.number: tuple(_subtract([Span(each.first, each.through)], strongest_first[:place]))
        for place, each in enumerate(strongest_first)
    }


def _subtract(spans: list[Span], stronger: Sequence[Edition]) -> list[Span]:
    for other in stronger:
        left: list[Span] = []
        for span in spans:
            ends_before = span.last is not None and span.last < other.first
            if ends_before or (other.through is not None and other.through < span.first):
                left.append(span)
                continue
            if span.first < other.first:
                left.append(Span(span.first, other.first - _DAY))
            if other.through is not None and (span.last is None or span.last > other.through):
                left.append(Span(other.through + _DAY, span.last))
        spans = left
    return spans


class PointChange(NamedTuple):
    """Difference between two versions of a summary: what a point said and says; None for one that is new or gone."""

    before: SummaryPoint | None
    after: SummaryPoint | None

    @property
    def section(self) -> str:
        """The section where it stands, or stood."""
        return (self.after or self.before or SummaryPoint("", "", "")).section


def compare_summaries(before: Sequence[SummaryPoint], after: Sequence[SummaryPoint]) -> list[PointChange]:
    """Return what differs, in the order of the newer one; what is gone stands last.

    A point that is not there word by word is the changed one of the same section and clause, where there is one.
    """
    gone = [each for each in before if each not in after]
    changes = []
    for each in after:
        if each in before:
            continue
        former = next((other for other in gone if (other.section, other.clause) == (each.section, each.clause)), None)
        if former is not None:
            gone.remove(former)
        changes.append(PointChange(former, each))
    return changes + [PointChange(each, None) for each in gone]
