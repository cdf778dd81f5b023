"""Differences and figures of tariffs for display, market by market."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from portal.domain.tariffs import Change, Difference, Figure
from portal.services.market import Publication
from portal.web.filters import grouped
from portal.words.publications import PUBLICATION_TONES, PUBLICATION_WORDS
from portal.words.tariffs import (
    ALL_MONTH,
    CHANGE_WORDS,
    begin,
    figure_name,
    figure_words,
    place_words,
)

# Ticks of one form; above it all large changes are looked at at once, with a reason.
MOST_TICKS = 40


class DifferenceRow(NamedTuple):
    """Figure before and after, in words; the change in per cent, empty where there is none."""

    key: str
    market: str
    name: str
    before: str
    after: str
    per_cent: str
    change: str
    is_large: bool


class MarketGroup(NamedTuple):
    """Differences, or figures, of one market or of the whole month."""

    market: str
    rows: Sequence[DifferenceRow | FigureRow]
    large: int = 0


class FigureRow(NamedTuple):
    """Figure with its source."""

    name: str
    value: str
    source: str


class PublicationRow(NamedTuple):
    """Version of a month with its state in words."""

    found: Publication
    tone: str
    state: str


def publication_row(found: Publication) -> PublicationRow:
    """Return a version with the words of its state."""
    return PublicationRow(found, PUBLICATION_TONES[found.state], PUBLICATION_WORDS[found.state])


def difference_row(each: Difference) -> DifferenceRow:
    """Return a difference in words; where the end of a range moved, both are told."""
    before, after = each.before, each.after
    moved = before is not None and after is not None and before.last != after.last
    per_cent = each.per_cent
    sign = "+" if per_cent is not None and per_cent > 0 else ""
    return DifferenceRow(
        each.key,
        each.figure.market or ALL_MONTH,
        begin(figure_name(each.figure)),
        f"{figure_words(before)}{f' ({place_words(before)})' if moved and before else ''}",
        figure_words(after),
        "" if per_cent is None else f"{sign}{grouped(per_cent, 1)} %",
        "" if each.change is Change.CHANGED else CHANGE_WORDS[each.change],
        each.is_large,
    )


def group_differences(differences: Iterable[Difference]) -> list[MarketGroup]:
    """Return the differences by market, in the order in which the markets come first."""
    grouped_rows: dict[str, list[DifferenceRow]] = {}
    for each in differences:
        row = difference_row(each)
        grouped_rows.setdefault(row.market, []).append(row)
    return [MarketGroup(market, rows, sum(row.is_large for row in rows)) for market, rows in grouped_rows.items()]


def group_figures(figures: Sequence[Figure]) -> list[MarketGroup]:
    """Return the figures by market, in the order of the file."""
    return [
        MarketGroup(market or ALL_MONTH, [_figure_row(each) for each in found])
        for market, found in groupby(figures, key=lambda figure: figure.market)
    ]


def _figure_row(figure: Figure) -> FigureRow:
    return FigureRow(begin(figure_name(figure)), figure_words(figure), figure.source)


def list_large(differences: Iterable[Difference]) -> list[DifferenceRow]:
    """Return the changes that somebody has to look at."""
    return [difference_row(each) for each in differences if each.is_large]


def name_of(found: Publication, month_words: str) -> str:
    """Return a version as a choice: ``mayo de 2024, versión 1``."""
    return f"{month_words}, versión {found.version} ({PUBLICATION_WORDS[found.state]})"
