"""Layout of a sheet by its first records, in whichever form."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .sheet_columns import Column
from .sheet_headers import Layout, find_long_layout, find_partial_layout
from .sheet_spreads import find_spread_layout
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
    long = find_long_layout(first, columns, left_out=left_out, doubtful=doubtful, keeps_extra=keeps_extra)
    if long is not None:
        return find_unit_above(first, count_days_of_month(first, long, columns, sheet=sheet), columns)
    spread = find_spread_layout(first, columns, left_out=left_out, sheet=sheet) or find_values_above(
        first, columns, left_out
    )
    return None if spread is None else find_unit_above(first, spread, columns)
