"""Prepared statements stand in the ``hot`` module of their package, each with its measured gain (adr/0110)."""

from __future__ import annotations

import re

from tests.rules.test_sources import calls, modules

# Each still holds statements of its own, and goes from here when they move or become plain; none comes in.
STILL_APART = {
    "portal/services/account/balance_files/queries.py",
    "portal/services/account/balances/marks.py",
    "portal/services/account/balances/queries.py",
    "portal/services/account/balances/years.py",
    "portal/services/account/opened_points.py",
    "portal/services/day_book/lines.py",
    "portal/services/ledger/closings/statement.py",
    "portal/services/ledger/heating_values.py",
    "portal/services/ledger/projection.py",
    "portal/services/ledger/queries.py",
    "portal/services/ledger/rebuilds.py",
    "portal/services/ledger/recomputer.py",
    "portal/services/ledger/tables.py",
    "portal/services/measures/readings/changes.py",
    "portal/services/measures/readings/imports.py",
    "portal/services/nominations/day_closes/closes.py",
    "portal/services/nominations/rules.py",
    "portal/services/people/sessions.py",
    "portal/services/store/counters.py",
    "portal/services/store/filing.py",
}
GAIN = re.compile(r"# (?:Prepared \d+ µs, plain \d+ µs: [\d.]+ % of .+\.|Not measured apart: .+\.)$")


def prepared(source: str) -> list[int]:
    """The lines on which a statement is prepared."""
    return [call.lineno for call in calls(source) if getattr(call.func, "id", "") == "Statement"]


def without_gain(source: str) -> list[int]:
    """The lines of a hot module on which a statement begins that does not say what it gains."""
    lines = source.splitlines()
    begins = [
        number for number, line in enumerate(lines) if re.match(r"[A-Z_]+(?::.+)? = ", line) and "Statement(" in line
    ]
    return [number + 1 for number in begins if not GAIN.match(lines[number - 1])]


def test_statements_are_prepared_in_hot_modules_only():
    found = {name for name, source in modules("portal", "services").items() if prepared(source)}
    assert {name for name in found if not name.endswith("/hot.py")} == STILL_APART


def test_a_statement_prepared_elsewhere_is_found():
    assert prepared("_LOCK = Statement(select(DeliveryPoint.id))") == [1]
    assert prepared("def of(unit):\n    return Statement(select(column))") == [2]
    assert not prepared("hot.LOCK.first(session, point=point_id)")


def test_each_prepared_statement_says_its_gain():
    hot = {name: source for name, source in modules("portal", "services").items() if name.endswith("/hot.py")}
    assert {name: without_gain(source) for name, source in hot.items() if without_gain(source)} == {}
    assert sum(len(prepared(source)) for source in hot.values()) > 30


def test_a_gain_that_is_not_said_is_found():
    assert without_gain("# Prepared 90 µs, plain 240 µs: 1.1 % of a signature.\nLOCK = Statement(x)") == []
    assert without_gain("# Quick.\nLOCK = Statement(x)") == [2]
