"""Merged cells of a workbook: a point or a day holds for all of its rows, a figure is of one row alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from .problems import BadFile, Problem, Rule
from .sheet_columns import Column, Holds
from .sheet_headers import FIGURE, Layout

_SAID = (Holds.KEY, Holds.NAME, Holds.DAY, Holds.HOUR, Holds.UNIT)


class Merge(NamedTuple):
    """A merged cell: its first and last row from 1, its first and last column from 0."""

    first: int
    last: int
    left: int
    right: int


def write_out_merges(
    read: Callable[[], Generator[tuple[int, list[str]]]],
    layout: Layout,
    columns: Sequence[Column],
    merged: Sequence[Merge],
) -> tuple[Callable[[], Generator[tuple[int, list[str]]]], list[int]]:
    """Return how the records are read with their points and days in every row, and the lines that get one so.

    ``BadFile`` for a figure that is merged over several rows or columns: it would be that of the first one alone.
    """
    below = [each for each in merged if each.first >= layout.first_line]
    if not below:
        return read, []
    places = layout.in_file
    spread_over = [column for column in columns if column.holds in _SAID or column.spans]
    said = {places[column.name] for column in spread_over if column.name in places}
    at_figure = next((places.get(column.name, -1) for column in columns if column.holds is Holds.FIGURE), -1)
    figures = {at_figure} if layout.spread is None or not layout.spread.cells else layout.spread.at
    begins: dict[int, list[Merge]] = defaultdict(list)
    for each in below:
        begins[each.first].append(each)
    titles = {place: title for title, place in layout.titles_at.items()}
    problems: list[Problem] = []
    filled: dict[int, dict[int, str]] = defaultdict(dict)
    for line, texts in read():
        for each in begins.get(line, ()):
            text = texts[each.left] if each.left < len(texts) else ""
            over = set(range(each.left, each.right + 1)) & figures
            if each.left in said and each.last > each.first:
                filled.update({row: {**filled[row], each.left: text} for row in range(each.first + 1, each.last + 1)})
            elif FIGURE.fullmatch(text) and over and (len(over) > 1 or each.last > each.first):
                problems.append(Problem(Rule.MERGED_FIGURE, line, titles.get(each.left), text, position=each.left))
    if problems:
        raise BadFile(problems)

    def written_out() -> Generator[tuple[int, list[str]]]:
        for line, texts in read():
            yield line, _fill(texts, filled[line]) if line in filled else texts

    lines = [line for line, _ in read() if line in filled]
    return written_out, lines


def _fill(texts: list[str], said: dict[int, str]) -> list[str]:
    whole = [*texts, *[""] * (max(said) + 1 - len(texts))]
    for place, text in said.items():
        whole[place] = whole[place] or text
    return whole
