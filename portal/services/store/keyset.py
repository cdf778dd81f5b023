"""Pages of long lists by place: a page begins after the row where the one before ended (adr/0138).

A late page then costs what the first one costs, and a row that comes or goes in between neither repeats nor hides
another. The place of a row are whole numbers, as a rule its row id: what a list is ordered by is looked up again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")
Place = tuple[int, ...]
# Rows of a page, and those of one whose rows can be ticked: a form carries at most fifty fields.
PAGE, TICKED_PAGE = 50, 40


class Page(NamedTuple, Generic[Row]):
    """Rows of a page; ``next`` is the place after which the next one begins, None on the last."""

    rows: Sequence[Row]
    next: Place | None


def take_page(found: Sequence[Row], *, length: int, place: Callable[[Row], Place]) -> Page[Row]:
    """Return a page of rows that were asked for one more than it has."""
    shown = found[:length]
    return Page(shown, place(shown[-1]) if len(found) > length else None)


def match_later(
    columns: Sequence[InstrumentedAttribute[Any]], *, row_id: InstrumentedAttribute[int], after: int
) -> ColumnElement[bool]:
    """Return the condition that a row comes after the row ``after`` of its table in the order of ``columns`` and id.

    Without such a row nothing comes after it.
    """
    own = [select(column).where(row_id == after).correlate(None).scalar_subquery() for column in columns]
    return tuple_(*columns, row_id) > tuple_(*own, after)
