"""Blank points and days below a named one: a text file has no merged cells, a person sees them all the same."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from .row_filters import RowFilter, Skipped
from .sheet_columns import Column, Holds
from .sheet_headers import Layout

Read = Callable[[], Generator[tuple[int, list[str]]]]
# Longer files are machines' own, which name each row.
_MOST_ROWS = 100_000
_NOTES = (Skipped.HEADER_AGAIN, Skipped.TITLES_AGAIN, Skipped.UNITS)


def fill_down(
    read: Read, layout: Layout, columns: Sequence[Column], rows: RowFilter, count: int
) -> tuple[Read, Holds | None, list[int]]:
    """Return how the records are read with their blank points or days filled, which of both, and their lines.

    A blank is filled by the one above where the file can mean nothing else: each point is named once, most of them
    have blanks below, a day never comes twice below one, and no total stands between. Else no blank of the file is
    filled, and its row is a fault.
    """
    places = {column.holds: layout.places.get(column.name, -1) for column in columns if column.holds is not None}
    key, day = places.get(Holds.KEY, -1), places.get(Holds.DAY, -1)
    if layout.spread is not None or not layout.has_header or min(key, day) < 0 or count > _MOST_ROWS:
        return read, None, []
    names = [place for place in (key, places.get(Holds.NAME, -1)) if place >= 0]
    further = [place for place in (places.get(Holds.HOUR, -1),) if place >= 0]
    for holds, upper, lower in ((Holds.KEY, names, [day, *further]), (Holds.DAY, [day], [*names, *further])):
        filled = _find_blanks(read, layout, rows, upper, lower)
        if filled:
            return _write_out(read, filled), holds, list(filled)
    return read, None, []


def _find_blanks(
    read: Read, layout: Layout, rows: RowFilter, upper: Sequence[int], lower: Sequence[int]
) -> dict[int, dict[int, str]]:
    """Return what stands in each row whose ``upper`` cells are blank, by its line; nothing if a doubt is left."""
    filled: dict[int, dict[int, str]] = {}
    named: set[tuple[str, ...]] = set()
    below: set[tuple[str, ...]] = set()
    continued: set[tuple[str, ...]] = set()
    group: tuple[str, ...] | None = None
    for at, (line, texts) in enumerate(read()):
        if at < layout.first_record:
            continue
        skipped = rows.skips(line, texts)
        if skipped is not None:
            group = group if skipped in _NOTES else None
            continue
        whole = [*texts, *[""] * (layout.width - len(texts))]
        said, own = tuple(whole[place] for place in upper), tuple(whole[place] for place in lower)
        if any(said):
            if said in named:
                return {}
            named.add(said)
            group, below = said, set()
        elif not any(own):
            # A figure alone is no row of a point: a sum, or a fault of its own.
            group = None
            continue
        elif group is None or not own[0]:
            return {}
        else:
            continued.add(group)
            filled[line] = dict(zip(upper, group, strict=True))
        if own in below:
            return {}
        below.add(own)
    return filled if 2 * len(continued) >= len(named) else {}


def _write_out(read: Read, filled: dict[int, dict[int, str]]) -> Read:
    def written_out() -> Generator[tuple[int, list[str]]]:
        for line, texts in read():
            if line in filled:
                whole = [*texts, *[""] * (max(filled[line]) + 1 - len(texts))]
                for place, text in filled[line].items():
                    whole[place] = text
                yield line, whole
            else:
                yield line, texts

    return written_out
