"""Day book for its page: every figure and word of a line ready, a page of lines at a time."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from portal.domain.authorisations import CUT_WORDS, LineState
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity
from portal.services.day_book import Blocks, Book, Line, Pair, digest_of, digest_of_book
from portal.services.store.keyset import PAGE, take_page
from portal.web.filters import MODALITY_WORDS, measure
from portal.web.listed import Listed

from .days import has_book
from .rows import Group, Row, changes_of, doubt_of, row_of, rows_of_totals, sum_row
from .words import BY_RULE, STATE_FILTERS, doubt_words

# Points without nomination listed first, at most; a filter shows all.
MOST_MISSING = 10
# Doubtful lines that can be ticked together; the others from their rows.
MOST_APART = 100
# Contracts with their maximum, those above it first.
MOST_CONTRACTS = 50
MODALITIES = frozenset(modality.value for modality in Modality)


class ReadBook:
    """Everything about a book that its pages share, worked out once: sums, counts, what waits, what is doubtful."""

    def __init__(self, book: Book) -> None:
        """Work it out; one pass over the lines for each."""
        self.book = book
        self.day = book.gas_day
        self.late = book.late
        self.notes = book.notes
        self.versions = list(reversed(book.versions))
        # The download is then the frozen version, byte by byte.
        self.frozen_as_is = bool(book.versions) and not book.changed
        self.closes_at = book.closes_at
        self.seen = digest_of_book(book)
        self.totals = book.totals
        self.gates, self.modalities, self.total = rows_of_totals(book.totals)
        self.gate_titles = {gate.code: f"{gate.code} {gate.name}" for gate in book.totals.gates}
        self.modality_choices = [
            (each.modality.value, MODALITY_WORDS[each.modality]) for each in book.totals.modalities
        ]
        self.above = book.totals.contracts_above
        self._list_contracts(book)
        self.missing, self.arrived = book.blocks.missing, book.blocks.arrived
        self.questioned = {each.line.point_id: each for each in book.questioned}
        self._count(book.blocks)
        self._list_waiting(book)
        self.changed_count = len(book.changed)
        self.changes = changes_of(book.changed)

    def _list_contracts(self, book: Book) -> None:
        """List the contracts above their maximum first: of the others, as many as a page may hold."""
        of = sorted(book.totals.contracts, key=lambda each: not each.is_above)
        self.contract_count, self.above_count = len(of), len(self.above)
        self.contracts = [
            sum_row(each.number, each.company, each.total)._replace(cap=measure(each.maximum), above=each.is_above)
            for each in of[:MOST_CONTRACTS]
        ]

    def _count(self, blocks: Blocks) -> None:
        counts = self.counts = blocks.counts
        self.to_confirm = counts[LineState.TO_AUTHORISE]
        # Recorded for a replaced revision: must be reviewed before it is published.
        self.to_review = counts[LineState.OUTDATED]
        self.point_count = self.totals.all.points
        self.missing_count = self.totals.all.missing
        self.by_rule_count = blocks.by_rule
        self.nominated_count = self.point_count - self.missing_count - self.by_rule_count
        self.state_links = [("", "Todos", self.point_count)]
        self.state_links += [
            (name, words, sum(counts[state] for state in of)) for name, (words, of) in STATE_FILTERS.items()
        ]
        self.state_links.insert(2, (BY_RULE, "Por la regla al cierre", self.by_rule_count))

    def _list_waiting(self, book: Book) -> None:
        waiting = book.publishable
        recorded = {line.point_id for line in waiting}
        apart = [each for each in book.questioned if each.line.point_id not in recorded]
        self.apart_count = len(apart)
        self.apart = [doubt_of(each) for each in apart[:MOST_APART]]
        self.apart_more = len(apart) - len(self.apart)
        self.sure_count = self.to_confirm - self.apart_count
        doubtful = [self.questioned[point] for point in recorded if point in self.questioned]
        self.doubtful = [doubt_of(each) for each in doubtful[:MOST_APART]]
        self.doubtful_more = len(doubtful) - len(self.doubtful)
        self.publishable = len(waiting)
        cuts = [(line, reason) for line in waiting if (reason := line.cut_reason) is not None]
        self.cuts = [
            (line.point, measure(_own(line, line.allowed)), measure(_own(line, line.asked)), CUT_WORDS[reason])
            for line, reason in cuts[:MOST_APART]
        ]
        self.cuts_more = len(cuts) - len(self.cuts)
        self.digest = digest_of(waiting)


class BookPage:
    """Page of a book: what all its pages share, and the lines that fit, fifty at a time."""

    def __init__(
        self,
        read: ReadBook,
        listed: Listed,
        *,
        named: Container[str] | None,
        now: datetime,
        ordered: Mapping[int, Quantity],
    ) -> None:
        """``named`` are the public ids of the points that the filter's text finds; None for no text.

        ``ordered`` is what standing orders will nominate at the close, by the row id of points without nomination.
        """
        self._ordered = ordered
        self.ordered_count = len(ordered)
        self._read = read
        self._listed = listed
        self._named = named
        book = read.book
        self.can_be_frozen = book.can_be_frozen and now < book.gas_day.end
        self.is_open = book.closes_at is not None and now <= book.closes_at
        self._choose()

    def __getattr__(self, name: str) -> Any:
        """Return what all pages of the book share."""
        return getattr(self._read, name)

    def _choose(self) -> None:
        # Points without nomination first, whatever their exit point; few, to keep the others near.
        missing, arrived = (
            [pair for pair in pairs if self._fits(*pair)] if self._listed.kept else pairs
            for pairs in (self._read.missing, self._read.arrived)
        )
        self.chosen_count = len(missing) + len(arrived)
        only_missing = STATE_FILTERS.get(self._listed.filters["estado"], ("", frozenset()))[1] == {LineState.MISSING}
        lines, after = missing if only_missing else arrived, self._listed.after_id
        page, self.next = take_page(_follow(lines, after), length=PAGE, place=lambda pair: (pair[0].point_id,))
        is_first = after is None
        if not only_missing:
            # Those that somebody has to ask for come first.
            missing = sorted(missing, key=lambda pair: pair[0].point_id in self._ordered)
        some = page if only_missing else missing[:MOST_MISSING] if is_first else []
        self.missing = [self._row(*pair) for pair in some]
        self.missing_more = 0 if only_missing or not is_first else len(missing) - len(some)
        self.groups = [
            Group(self._read.gate_titles[code], [self._row(*pair) for pair in pairs])
            for code, pairs in groupby([] if only_missing else page, lambda pair: pair[0].exit_code)
        ]

    def _fits(self, line: Line, state: LineState) -> bool:
        asked = self._listed.filters
        if asked["estado"] == BY_RULE:
            if line.channel_word != Channel.POLICY:
                return False
        elif asked["estado"] and state not in STATE_FILTERS[asked["estado"]][1]:
            return False
        if asked["puerta"] and line.exit_code != asked["puerta"]:
            return False
        if asked["modalidad"] and line.modality_word != asked["modalidad"]:
            return False
        return self._named is None or line.point_public_id in self._named

    def _row(self, line: Line, state: LineState) -> Row:
        questioned = self._read.questioned.get(line.point_id)
        doubt = "" if questioned is None else doubt_words(questioned)
        row = row_of(line, state, above=line.contract_number in self._read.above, doubt=doubt)
        ordered = self._ordered.get(line.point_id)
        if ordered is None:
            return row
        return row._replace(tone="info", state=f"Orden permanente: {measure(ordered)}, al cierre")

    @property
    def nominated_words(self) -> str:
        """The number of points that nominated nothing, and what becomes of them."""
        if self._read.missing_count:
            by_order = f"; por orden permanente, al cierre: {self.ordered_count}" if self.ordered_count else ""
            return agree(self._read.missing_count, "falta 1", "faltan {}") + by_order
        if self._read.by_rule_count:
            return f"{self._read.by_rule_count} por la regla al cierre"
        return "no falta nadie"

    @property
    def gate_choices(self) -> list[tuple[str, str]]:
        """Exit points to filter by."""
        return list(self._read.gate_titles.items())

    @property
    def earlier(self) -> GasDay | None:
        """Day before, when it has a book."""
        return _with_book(self._read.day, -1)

    @property
    def later(self) -> GasDay | None:
        """Day after, when it has a book."""
        return _with_book(self._read.day, 1)


def _follow(listed: Sequence[Pair], after: int | None) -> Sequence[Pair]:
    """Return one line more than a page has, after that of a point; from the first one without it."""
    at = next((place for place, pair in enumerate(listed) if pair[0].point_id == after), -1)
    return listed[at + 1 :][: PAGE + 1]


def _with_book(day: GasDay, days: int) -> GasDay | None:
    try:
        found = day.plus(days)
    except OverflowError:
        return None
    return found if has_book(found) else None


def _own(line: Line, gas: Any) -> Quantity | None:
    return None if gas is None else gas.in_unit(line.unit)
