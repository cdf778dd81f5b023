"""Summaries of documents: read line by line, written back, compared point by point."""

from __future__ import annotations

from datetime import date

import pytest

from portal.domain.documents import (
    LONGEST_POINT,
    LONGEST_SUMMARY,
    BadSummary,
    Edition,
    PointChange,
    Span,
    SummaryPoint,
    SummaryProblem,
    compare_summaries,
    compute_spans,
    group_points,
    parse_summary,
    write_summary,
)

METER = SummaryPoint("Medición", "El medidor es de quien lo pagó.", "cl. 22")
SEALS = SummaryPoint("Medición", "Los sellos no se tocan.", "cl. 26")
BILL = SummaryPoint("Factura", "El período es mensual.", "cl. 57")
TYPED = """# Medición
El medidor es de quien lo pagó. [cl. 22]
- Los  sellos no se tocan. [ cl. 26 ]

## Factura
El período es mensual. [cl. 57]
"""


def test_a_summary_is_read_and_written_back():
    assert parse_summary(TYPED) == (METER, SEALS, BILL)
    assert parse_summary(write_summary((METER, SEALS, BILL))) == (METER, SEALS, BILL)
    assert parse_summary("  \n") == ()


@pytest.mark.parametrize(
    ("typed", "problem", "line"),
    [
        ("Un punto. [cl. 1]", SummaryProblem.NO_SECTION, 1),
        ("# \nUn punto. [cl. 1]", SummaryProblem.EMPTY_SECTION, 1),
        ("# Medición\n\nUn punto sin cláusula.", SummaryProblem.NO_CLAUSE, 3),
        ("# Medición\nUn punto. []", SummaryProblem.NO_CLAUSE, 2),
        ("# Medición\n[cl. 3]", SummaryProblem.NO_CLAUSE, 2),
        (f"# {'m' * 81}", SummaryProblem.SECTION_TOO_LONG, 1),
        (f"# M\n{'p' * (LONGEST_POINT + 1)} [cl. 1]", SummaryProblem.POINT_TOO_LONG, 2),
        (f"# M\nUn punto. [{'c' * 81}]", SummaryProblem.CLAUSE_TOO_LONG, 2),
        ("#" * (LONGEST_SUMMARY + 1), SummaryProblem.TOO_LONG, 0),
    ],
)
def test_a_line_that_cannot_be_taken_is_named(typed: str, problem: SummaryProblem, line: int):
    with pytest.raises(BadSummary) as bad:
        parse_summary(typed)
    assert (bad.value.problem, bad.value.line) == (problem, line)


def test_a_point_of_the_same_clause_is_the_changed_one_and_others_are_new_or_gone():
    other = METER._replace(text="El medidor lo custodia el usuario.")
    assert compare_summaries((METER, BILL), (other, SEALS)) == [
        PointChange(METER, other),
        PointChange(None, SEALS),
        PointChange(BILL, None),
    ]
    assert compare_summaries((METER, BILL), (BILL, METER)) == []


def test_points_are_counted_through_their_sections():
    assert group_points((METER, SEALS, BILL)) == [("Medición", [(1, METER), (2, SEALS)]), ("Factura", [(3, BILL)])]


def day(number: int) -> date:
    return date(2026, 1, number)


@pytest.mark.parametrize(
    ("editions", "spans"),
    [
        ([(1, 1, None)], {1: [(1, None)]}),
        ([(1, 1, None), (2, 10, None)], {1: [(1, 9)], 2: [(10, None)]}),
        ([(1, 1, None), (2, 10, 20)], {1: [(1, 9), (21, None)], 2: [(10, 20)]}),
        ([(1, 1, 15), (2, 10, 20)], {1: [(1, 9)], 2: [(10, 20)]}),
        ([(1, 10, None), (2, 10, None)], {1: [], 2: [(10, None)]}),
        ([(1, 10, None), (2, 10, 12)], {1: [(13, None)], 2: [(10, 12)]}),
        ([(1, 10, None), (2, 1, None)], {1: [(10, None)], 2: [(1, 9)]}),
        ([(1, 1, None), (2, 5, 8), (3, 6, 7)], {1: [(1, 4), (9, None)], 2: [(5, 5), (8, 8)], 3: [(6, 7)]}),
    ],
)
def test_each_version_is_in_force_in_the_days_that_stronger_ones_leave_it(editions, spans):
    found = compute_spans([Edition(n, day(first), last and day(last)) for n, first, last in editions])
    expected = {n: tuple(Span(day(a), b and day(b)) for a, b in each) for n, each in spans.items()}
    assert found == expected
