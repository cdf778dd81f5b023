"""Rows of the database are named, never unpacked by position: a column that is added moves no other's meaning."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.rules.test_sources import modules

# Ways to a row, and what takes a part of one.
ASKS = {"execute", "tuples", "rows"}
PICKS = {"one", "one_or_none", "first"}
ROW = {"row"}


def asks(node: ast.expr) -> bool:
    """Tell whether an expression is what a question to the database answers."""
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in ASKS
        for each in ast.walk(node)
    )


def by_position(source: str) -> Iterator[int]:
    """The lines on which a row is taken apart by position."""
    for node in ast.walk(ast.parse(source)):
        match node:
            # A part of a row by its number, or a slice of it.
            case ast.Subscript(value=ast.Name(id=name), slice=part, ctx=ast.Load()) if name in ROW and isinstance(
                part, ast.Slice | ast.Constant | ast.UnaryOp
            ):
                if not (isinstance(part, ast.Constant) and isinstance(part.value, str)):
                    yield node.lineno
            # A row spread over arguments.
            case ast.Starred(value=ast.Name(id=name), ctx=ast.Load()) if name in ROW:
                yield node.lineno
            # The same of a named tuple.
            case ast.Call(func=ast.Attribute(attr="_make")):
                yield node.lineno
            # A row unpacked as it is read.
            case ast.For(target=ast.Tuple(), iter=asked) | ast.comprehension(target=ast.Tuple(), iter=asked) if asks(
                asked
            ):
                yield node.target.lineno
            # The only row unpacked.
            case ast.Assign(targets=[ast.Tuple()], value=ast.Call(func=ast.Attribute(attr=pick))) if pick in PICKS:
                yield node.lineno


def test_rows_are_named() -> None:
    sources = modules("portal", "services") | modules("portal", "papers")
    found = {name: list(by_position(source)) for name, source in sources.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_row_by_position_is_found() -> None:
    for fault in (
        "first = row[0]",
        "rest = row[1:]",
        "last = row[-1]",
        "made = Line(*row)",
        "made = Line._make((*row[:16], age))",
        "for name, day in session.execute(question): pass",
        "known = {day: name for day, name in session.execute(question)}",
        "name, day = session.execute(question).one()",
        "name, day = found.first()",
    ):
        assert list(by_position(fault)), fault
    for sound in (
        "row.name",
        "rows = session.execute(question).all()",
        "row['name']",
        "for row in session.execute(q): pass",
    ):
        assert not list(by_position(sound)), sound
