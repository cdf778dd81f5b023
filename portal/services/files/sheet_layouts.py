"""Layout of a sheet by its first records, in whichever form."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .sheet_columns import Column, Holds
from .sheet_headers import Layout, find_long_layout, find_partial_layout
from .sheet_spreads import find_hours_across, find_spread_layout
from .sheet_titles import count_days_of_month, find_unit_above, find_values_above


def find_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int] = (),
    doubtful: Collection[int] = (),
    keeps_extra: bool = False,
    sheet: str = "",
) -> Layout:
    """Return the layout by the first records of a sheet: long, spread, or as good as can be; ``BadFile`` if bad."""
    return find_whole_layout(
        first, columns, left_out=left_out, doubtful=doubtful, keeps_extra=keeps_extra, sheet=sheet
    ) or find_partial_layout(first, columns, left_out=left_out, doubtful=doubtful, keeps_extra=keeps_extra)


def find_whole_layout(
    first: Sequence[tuple[int, list[str]]],
    columns: Sequence[Column],
    *,
    left_out: Collection[int] = (),
    doubtful: Collection[int] = (),
    keeps_extra: bool = False,
    sheet: str = "",
) -> Layout | None:
    """Return the layout of a sheet that has all of our columns, in whichever form; None for another one."""
    hours = find_hours_across(first, columns, left_out=left_out)
    if hours is not None:
        # Their total stands beside them, under a title of its own.
        return find_unit_above(first, hours, columns)
    long = find_long_layout(first, columns, left_out=left_out, doubtful=doubtful, keeps_extra=keeps_extra)
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
