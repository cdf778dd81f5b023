"""Day book for its page: every figure and word of a line ready, a page of lines at a time."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from flask import url_for

from portal.domain.authorisations import CUT_WORDS, LineState
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity
from portal.domain.typed_text import as_typed
from portal.services.day_book import Book, Line, count_by_state, digest_of, digest_of_book
from portal.web.filters import MODALITY_WORDS, measure

from .days import has_book
from .rows import Group, Row, SumRow, changes_of, doubt_of, row_of, sum_row
from .words import BY_RULE, STATE_FILTERS, doubt_words

PAGE_LENGTH = 100
# Points without nomination listed first, at most; a filter shows all.
MOST_MISSING = 10
# Doubtful lines that can be ticked together; the others from their rows.
MOST_APART = 100
MODALITIES = frozenset(modality.value for modality in Modality)


class Filters(NamedTuple):
    """Filters of the address; empty shows everything."""

    state: str = ""
    gate: str = ""
    modality: str = ""
    text: str = ""
    number: int = 1

    @property
    def kept(self) -> dict[str, str]:
        """Filters in use, for addresses, without the page number."""
        given = {"estado": self.state, "puerta": self.gate, "modalidad": self.modality, "q": self.text}
        return {name: value for name, value in given.items() if value}


def asked_filters(given: Mapping[str, str]) -> Filters:
    """Return the filters of an address; an unknown value filters nothing."""
    state, modality = given.get("estado", ""), given.get("modalidad", "")
    number = given.get("pagina", "1")
    return Filters(
        state if state in STATE_FILTERS or state == BY_RULE else "",
        given.get("puerta", "")[:20],
        modality if modality in MODALITIES else "",
        as_typed(given.get("q", ""))[:60],
        int(number) if re.fullmatch("[1-9][0-9]{0,3}", number, re.ASCII) else 1,
    )


class BookPage:
    """Page of a book."""

    def __init__(self, book: Book, filters: Filters, *, named: Container[str] | None, now: datetime) -> None:
        """``named`` are the public ids of the points that the filter's text finds; None for no text."""
        self.day = book.gas_day
        self.filters = filters
        self._named = named
        self.late = book.late
        self.notes = book.notes
        self.versions = list(reversed(book.versions))
        # The download is then the frozen version, byte by byte.
        self.frozen_as_is = bool(book.versions) and not book.changed
        self.can_be_frozen = book.can_be_frozen and now < book.gas_day.end
        self.closes_at = book.closes_at
        self.is_open = book.closes_at is not None and now <= book.closes_at
        self.seen = digest_of_book(book)
        self.totals = book.totals
        self.total = sum_row("Todo el libro", "", book.totals.all)
        self._states = [line.state for line in book.lines]
        self._lines = book.lines
        self._above = book.totals.contracts_above
        self._questioned = {each.line.point_id: each for each in book.questioned}
        self._choose()
        self._say_changes(book)
        waiting = book.publishable
        recorded = {line.point_id for line in waiting}
        apart = [each for each in book.questioned if each.line.point_id not in recorded]
        self.apart_count = len(apart)
        self.apart = [doubt_of(each) for each in apart[:MOST_APART]]
        self.apart_more = len(apart) - len(self.apart)
        self.sure_count = self.to_confirm - self.apart_count
        self.doubtful = [doubt_of(self._questioned[point]) for point in recorded if point in self._questioned]
        self.publishable = len(waiting)
        self.cuts = [
            (line.point, measure(_own(line, line.allowed)), measure(_own(line, line.asked)), CUT_WORDS[line.cut_reason])
            for line in waiting
            if line.cut_reason is not None
        ]
        self.digest = digest_of(waiting)

    def _choose(self) -> None:
        counts = count_by_state(self._states)
        self.counts = counts
        self.to_confirm = counts[LineState.TO_AUTHORISE]
        # Recorded for a replaced revision: must be reviewed before it is published.
        self.to_review = counts[LineState.OUTDATED]
        self.point_count = len(self._lines)
        self.missing_count = self.totals.all.missing
        self.by_rule_count = sum(line.channel_word == Channel.POLICY for line in self._lines)
        self.nominated_count = len(self._lines) - self.missing_count - self.by_rule_count
        self.state_links = [("", "Todos", len(self._lines))]
        self.state_links += [
            (name, words, sum(counts[state] for state in states)) for name, (words, states) in STATE_FILTERS.items()
        ]
        self.state_links.insert(2, (BY_RULE, "Por la regla al cierre", self.by_rule_count))
        chosen = [pair for pair in zip(self._lines, self._states, strict=True) if self._fits(*pair)]
        self.chosen_count = len(chosen)
        # Points without nomination first, whatever their exit point; few, to keep the others near.
        missing = [pair for pair in chosen if pair[0].nomination_id is None]
        arrived = [pair for pair in chosen if pair[0].nomination_id is not None]
        first = (self.filters.number - 1) * PAGE_LENGTH
        only_missing = STATE_FILTERS.get(self.filters.state, ("", frozenset()))[1] == {LineState.MISSING}
        listed = missing if only_missing else arrived
        page = listed[first : first + PAGE_LENGTH]
        self.has_more = len(listed) > first + PAGE_LENGTH
        some = page if only_missing else missing[:MOST_MISSING] if first == 0 else []
        self.missing = [self._row(*pair) for pair in some]
        self.missing_more = 0 if only_missing or first else len(missing) - len(some)
        gates = {gate.code: gate for gate in self.totals.gates}
        self.groups = []
        for code, pairs in groupby([] if only_missing else page, lambda pair: pair[0].exit_code):
            gate = gates[code]
            self.groups.append(Group(f"{code} {gate.name}", [self._row(*pair) for pair in pairs]))

    def _fits(self, line: Line, state: LineState) -> bool:
        filters = self.filters
        if filters.state == BY_RULE:
            if line.channel_word != Channel.POLICY:
                return False
        elif filters.state and state not in STATE_FILTERS[filters.state][1]:
            return False
        if filters.gate and line.exit_code != filters.gate:
            return False
        if filters.modality and line.modality_word != filters.modality:
            return False
        return self._named is None or line.point_public_id in self._named

    def _row(self, line: Line, state: LineState) -> Row:
        questioned = self._questioned.get(line.point_id)
        doubt = "" if questioned is None else doubt_words(questioned)
        return row_of(line, state, above=line.contract_number in self._above, doubt=doubt)

    def _say_changes(self, book: Book) -> None:
        self.changed_count = len(book.changed)
        self.changes = changes_of(book.changed)

    @property
    def gates(self) -> list[SumRow]:
        """Sums by exit point."""
        return [sum_row(f"{gate.code} {gate.name}", "", gate.total) for gate in self.totals.gates]

    @property
    def modalities(self) -> list[SumRow]:
        """Sums by modality."""
        return [sum_row(MODALITY_WORDS[each.modality], "", each.total) for each in self.totals.modalities]

    @property
    def contracts(self) -> list[SumRow]:
        """Sums by contract, each beside its maximum."""
        return [
            sum_row(each.number, each.company, each.total)._replace(cap=measure(each.maximum), above=each.is_above)
            for each in self.totals.contracts
        ]

    @property
    def gate_choices(self) -> list[tuple[str, str]]:
        """Exit points to filter by."""
        return [(gate.code, f"{gate.code} {gate.name}") for gate in self.totals.gates]

    @property
    def modality_choices(self) -> list[tuple[str, str]]:
        """Modalities to filter by."""
        return [(each.modality.value, MODALITY_WORDS[each.modality]) for each in self.totals.modalities]

    def url(self, **changed: Any) -> str:
        """Return the address of this page with other filters; an empty one is left out."""
        given = {**self.filters.kept, **changed}
        kept = {name: value for name, value in given.items() if value}
        return url_for("staff.day_book", day=self.day.isoformat(), **kept)

    @property
    def earlier(self) -> GasDay | None:
        """Day before, when it has a book."""
        return _with_book(self.day, -1)

    @property
    def later(self) -> GasDay | None:
        """Day after, when it has a book."""
        return _with_book(self.day, 1)


def _with_book(day: GasDay, days: int) -> GasDay | None:
    try:
        found = day.plus(days)
    except OverflowError:
        return None
    return found if has_book(found) else None


def _own(line: Line, gas: Any) -> Quantity | None:
    return None if gas is None else gas.in_unit(line.unit)
