"""Layout of a sheet by its first records, in whichever form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from .problems import BadFile, Problem, Rule
from .sheet_columns import Column, Holds
from .sheet_headers import Layout, find_long_layout, find_partial_layout
from .sheet_spreads import find_hours_across, find_spread_layout
from .sheet_titles import count_days_of_month, find_unit_above, find_values_above
from .spelled_days import is_day_of_year


def find_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int] = (),
    doubtful: Collection[int] = (),
    sheet: str = "",
) -> Layout:
    """Return the layout by the first records of a sheet: long, spread, or as good as can be; ``BadFile`` if bad."""
    found = find_whole_layout(first, columns, left_out=left_out, doubtful=doubtful, sheet=sheet)
    if found is None and any(column.holds is Holds.DAY for column in columns):
        _refuse_days_without_year(first)
    return found or find_partial_layout(first, columns, left_out=left_out, doubtful=doubtful)


def _refuse_days_without_year(first: Sequence[tuple[int, list[str]]]) -> None:
    """Raise ``BadFile`` where the days of a sheet are no days for lack of their year, and not its columns are amiss."""
    for line, texts in first:
        said = [(place, text) for place, text in enumerate(texts) if is_day_of_year(text)]
        if len({text for _, text in said}) > 1:
            place, text = said[0]
            raise BadFile([Problem(Rule.YEAR_UNSAID, line, None, text, position=place)])
    below: dict[int, set[str]] = defaultdict(set)
    for line, texts in first:
        for place, text in enumerate(texts):
            if is_day_of_year(text):
                below[place].add(text)
                if len(below[place]) > 1:
                    raise BadFile([Problem(Rule.YEAR_UNSAID, line, None, text, position=place)])


def find_whole_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int] = (),
    doubtful: Collection[int] = (),
    sheet: str = "",
) -> Layout | None:
    """Return the layout of a sheet that has all of our columns, in whichever form; None for another one."""
    hours = find_hours_across(first, columns, left_out=left_out)
    if hours is not None:
        # Their total stands beside them, under a title of its own.
        return find_unit_above(first, hours, columns)
    long = find_long_layout(first, columns, left_out=left_out, doubtful=doubtful)
    if long is not None and _is_sure(long, columns):
        return find_unit_above(first, count_days_of_month(first, long, columns, sheet=sheet), columns)
    above = find_values_above(first, columns, left_out)
    if long is not None and above is None:
        return find_unit_above(first, count_days_of_month(first, long, columns, sheet=sheet), columns)
    # A line above the table may look like a header without titles.
    spread = (
        (above if above is not None and _is_of_one_point(above, columns) else None)
        or find_spread_layout(first, columns, left_out=left_out, sheet=sheet, named=True)
        or above
        or find_spread_layout(first, columns, left_out=left_out, sheet=sheet, named=False)
    )
    return None if spread is None else find_unit_above(first, spread, columns)


def _is_of_one_point(above: Layout, columns: Sequence[Column]) -> bool:
    """Tell whether the point of all rows stands above them, under a label that cannot mean something else."""
    key = next((column for column in columns if column.holds is Holds.KEY), None)
    return (
        key is not None and above.above is not None and key.name in above.above and not above.above[key.name].is_vague
    )


def _is_sure(long: Layout, columns: Sequence[Column]) -> bool:
    """Tell whether the title of the points cannot mean something else."""
    return not any(column.is_vague(long.shown.get(column.name, "")) for column in columns)
