"""Index of a meter, sent under a title that may mean the volume of the day: it never falls, as volumes do."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import islice, pairwise

from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable
from portal.services.files.cells import BadCell, parse_figure, parse_measured_day
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.files.sheet_columns import spell_titles
from portal.services.files.sheet_tables import Table
from portal.services.files.units import split_unit

from .shapes import DAY, POINT, QUANTITY

_MAY_BE_INDEX = spell_titles("lectura", "lecturas", "reading", "lectura medidor", "lectura del medidor")
# So many rows tell; a history of many years is not held in memory for it.
_LOOKED_AT = 50_000
# So many days in a row do not rise by chance at every point of a file.
_FEWEST_STEPS = 4
# A day adds little to what a meter has counted in its life.
_LEAST_LIFE = 4


def refuse_index(table: Table, figure: str = QUANTITY) -> None:
    """Refuse a column of figures that never fall at any point and grow by little: an index, not volumes.

    ``BadFile``; only under a title that may mean both. One day alone tells nothing: the odd figures do (adr/0133).
    """
    title = table.titles.get(figure, "")
    if not {comparable(title), split_unit(title)[0]} & _MAY_BE_INDEX:
        return
    found: dict[str, list[tuple[GasDay, Decimal, int]]] = defaultdict(list)
    for row in islice(table.rows, _LOOKED_AT):
        try:
            day = parse_measured_day(row.text(DAY), reading=table.days)
            counted = parse_figure(row.text(figure), reading=table.figures, unit=table.figure_unit)
        except BadCell:
            continue
        found[row.text(POINT)].append((day, counted, row.line))
    steps = 0
    for days in found.values():
        days.sort(key=lambda each: each[0])
        for (_, before, _), (_, after, _) in pairwise(days):
            if after < before or (after - before) * _LEAST_LIFE > before:
                return
            steps += after > before
    if steps >= _FEWEST_STEPS:
        line = min(line for days in found.values() for _, _, line in days)
        raise BadFile([Problem(Rule.METER_INDEX, line, title)])
