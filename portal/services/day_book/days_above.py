"""Days that stand above the table of a file for one gas day, held against that day."""

from __future__ import annotations

from contextlib import suppress

from portal.domain.gas_day import GasDay
from portal.services.files.cells import BadCell, parse_day
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_columns import Holds
from portal.services.files.sheet_tables import Table


def find_other_day_above(table: Table, gas_day: GasDay) -> list[Problem]:
    """Return the problem of a file whose lines above name other days alone, where its rows name none."""
    days = [] if Holds.DAY in table.held else table.days_above
    meant = []
    for above in days:
        with suppress(BadCell):
            meant.append((parse_day(above.text, reading=table.days), above))
    if not meant or any(day == gas_day for day, _ in meant):
        return []
    _, above = meant[0]
    return [Problem(Rule.OTHER_DAY_ABOVE, above.line, None, above.text, gas_day.isoformat())]
