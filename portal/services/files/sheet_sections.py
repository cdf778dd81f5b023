"""Tables of one sheet, each below the value that all of its rows have: a page a point, or a page a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .sheet_columns import Column
from .sheet_headers import Above, Layout
from .sheet_titles import find_labelled


def find_sections(layout: Layout, records: Iterable[tuple[int, list[str]]], columns: Sequence[Column]) -> Layout:
    """Return the layout with the values that stand above each further table of the sheet, by its ``records``.

    Without them the rows of the second table would be taken as those of the first one's point.
    """
    if not layout.above or layout.spread is None:
        return layout
    said = {column.name: column for column in columns if column.name in layout.above}
    now = dict(layout.above)
    sections: list[tuple[int, tuple[str, ...]]] = []
    found: list[Above] = []
    for line, texts in records:
        for name, column in said.items():
            value = find_labelled([(line, texts)], column, columns)
            if value is not None:
                now[name] = value
                sections.append((line, tuple(each.text for each in now.values())))
                found.append(value)
    return replace(layout, spread=replace(layout.spread, sections=tuple(sections)), sections=tuple(found))
