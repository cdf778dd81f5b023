"""One table says what a unit is called: whoever reads a unit takes each of its names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal.domain.gas_day import GasDay
from portal.domain.quantities import UNIT_NAMES, Quantity, Unit, parse_quantity, split_unit
from portal.services.account.balance_files import seals
from portal.services.files import units as file_units
from portal.services.nominations.batches import sources
from portal.services.nominations.groups import pasted_words
from portal.services.registry import columns
from portal.services.trace.receipts import chain

TODAY = GasDay(date(2026, 11, 30))
SPELLED = [
    (spelling, unit)
    for unit, names in UNIT_NAMES.items()
    for name in names
    for spelling in (name, name.upper(), name.replace("3", "³"))
]


def of_list(text: str, unit: Unit) -> object:
    (given,) = sources.read_text(f"2/12/2026 {text}", unit=unit, today=TODAY).days
    return given.quantity


READERS: dict[str, Callable[[str, Unit], object]] = {
    "field": lambda name, unit: parse_quantity(f"250 {name}", unit),
    "field, in brackets": lambda name, unit: parse_quantity(f"250 ({name})", unit),
    "list": lambda name, unit: of_list(f"250 {name}", unit),
    "receipt": lambda name, unit: chain.parse_typed_quantity(f"250 {name}") == (Decimal(250), unit) or None,
    "statement": lambda name, _unit: seals.parse_total(f"250 {name}", True) == seals.parse_total("250", True) or None,
    "cell of a table": lambda name, _unit: pasted_words.is_quantity(f"250 {name}") or None,
    "title of a table": lambda name, unit: pasted_words.find_unit_in(f"Cantidad ({name})") is unit or None,
    "title of a day": lambda name, _unit: pasted_words.find_day(f"2/12/2026 ({name})", TODAY),
    "file": lambda name, unit: file_units.find_unit(name) == unit.value or None,
    "registry": lambda name, unit: columns.UNITS.get(name.lower().replace("³", "3")) is unit or None,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("name", "unit"), SPELLED)
def test_every_reader_takes_every_name_of_a_unit(reader: str, name: str, unit: Unit):
    read = READERS[reader](name, unit)
    assert read is not None
    if isinstance(read, Quantity):
        assert read == Quantity.of(250, unit)


@pytest.mark.parametrize("text", ["250", "250 kpc", "250 km3", "m3 250", "250 m33", ""])
def test_a_text_without_a_unit_behind_it_stays_whole(text: str):
    figure, unit = split_unit(text)
    assert unit is None
    assert figure == text


# Names of a unit in a pattern, such as the alternatives of a regular expression.
_NAMES = re.compile(r"m3\|m³|m³\|m3|s\?m3|mbtu\|mmbtu|m\?btu|mm\?btu", re.IGNORECASE)
PORTAL = Path(__file__).parents[2] / "portal"


def test_nobody_else_lists_the_names_of_units_in_a_pattern():
    found = [
        f"{path.relative_to(PORTAL)}:{node.lineno}"
        for path in sorted(PORTAL.rglob("*.py"))
        if path.name != "units.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMES.search(node.value)
    ]
    # A total of a file may be called "total m3": no quantity is read there.
    assert [each for each in found if not each.startswith("services/files/row_filters.py")] == []
