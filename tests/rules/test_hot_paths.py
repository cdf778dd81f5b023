"""Prepared statements stand in the ``hot`` module of their package, each with its measured gain (adr/0110)."""

from __future__ import annotations

import ast
import re

from tests.rules.test_sources import calls, modules

GAIN = re.compile(r"# (?:Prepared \d+ µs, plain \d+ µs: [\d.]+ % of .+\.|Not measured apart: .+\.)$")


def prepared(source: str) -> list[int]:
    """The lines on which a statement is prepared."""
    return [call.lineno for call in calls(source) if getattr(call.func, "id", "") == "Statement"]


def without_gain(source: str) -> list[int]:
    """The lines of a hot module on which a statement begins that does not say what it gains."""
    lines = source.splitlines()
    begins = [
        min([node.lineno, *[each.lineno for each in getattr(node, "decorator_list", ())]])
        for node in ast.parse(source).body
        if any(isinstance(each, ast.Call) and getattr(each.func, "id", "") == "Statement" for each in ast.walk(node))
    ]
    return [number for number in begins if number == 1 or not GAIN.match(lines[number - 2])]


def test_statements_are_prepared_in_hot_modules_only():
    found = {name for name, source in modules("portal", "services").items() if prepared(source)}
    assert {name for name in found if not name.endswith("/hot.py")} == set()


def test_a_statement_prepared_elsewhere_is_found():
    assert prepared("_LOCK = Statement(select(DeliveryPoint.id))") == [1]
    assert prepared("def of(unit):\n    return Statement(select(column))") == [2]
    assert not prepared("hot.LOCK.first(session, point=point_id)")


def test_each_prepared_statement_says_its_gain():
    hot = {name: source for name, source in modules("portal", "services").items() if name.endswith("/hot.py")}
    assert {name: without_gain(source) for name, source in hot.items() if without_gain(source)} == {}
    assert sum(len(prepared(source)) for source in hot.values()) > 30


def test_a_gain_that_is_not_said_is_found():
    gain = "# Prepared 90 µs, plain 240 µs: 1.1 % of a signature.\n"
    assert without_gain(f"{gain}LOCK = Statement(x)") == []
    assert without_gain("# Quick.\nLOCK = Statement(x)") == [2]
    assert without_gain("LOCK = Statement(x)") == [1]
    assert without_gain(f"{gain}DAYS = {{\n    unit: Statement(x) for unit in Unit\n}}") == []
    assert without_gain("DAYS = {\n    unit: Statement(x) for unit in Unit\n}") == [1]
    assert without_gain(f"{gain}@cache\ndef of(n):\n    return Statement(x)") == []
    assert without_gain("@cache\ndef of(n):\n    return Statement(x)") == [1]
