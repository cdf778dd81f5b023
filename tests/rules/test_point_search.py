"""Points and companies are searched for by one function: nobody else compares their names with a pattern."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PORTAL = Path(__file__).parents[2] / "portal"

ONE = "services/store/point_search.py"
PATTERNS = frozenset({"like", "ilike", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"})
KNOWN_BY = {
    "Company": {"name", "sort_name", "nit", "search_text"},
    "Contract": {"number", "search_text"},
    "DeliveryPoint": {"name", "sort_name", "carrier_code", "search_text"},
    "ExitPoint": {"name", "code", "search_text"},
}


def searches(source: str) -> Iterator[int]:
    """Give the lines where a name of a point or company is compared with a pattern."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PATTERNS:
            for inner in ast.walk(node.func.value):
                if (
                    isinstance(inner, ast.Attribute)
                    and isinstance(inner.value, ast.Name)
                    and inner.attr in KNOWN_BY.get(inner.value.id, ())
                ):
                    yield node.lineno


def test_nobody_else_compares_names_of_points_with_a_pattern():
    found = [
        f"{path.relative_to(PORTAL)}:{line}"
        for path in sorted(PORTAL.rglob("*.py"))
        if not path.as_posix().endswith(ONE)
        for line in searches(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "code", ['Company.name.ilike("%a%")', 'func.lower(DeliveryPoint.name).like("a")', "Company.nit.startswith(word)"]
)
def test_the_rule_finds_a_pattern(code: str):
    assert list(searches(code)) == [1]
