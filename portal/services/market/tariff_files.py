"""Files of a month's tariffs: one figure a row with its source, proposed whole or not at all (adr/0120, adr/0121)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from portal.domain.accounts import Function
from portal.domain.gas_day import Month
from portal.domain.jobs import UploadKind
from portal.domain.searched import bare, comparable
from portal.domain.tariffs import (
    BadTariffs,
    Concept,
    Difference,
    Figure,
    Flaw,
    TariffSheet,
    build_sheet,
    compare_figures,
)
from portal.domain.tariffs import Problem as Fault
from portal.services.files.intake import Form, Kind, Taking
from portal.services.files.problems import BadFile, Problem
from portal.services.files.questions import Answers, Unanswered
from portal.services.files.sheet_tables import Seen, Table
from portal.services.store.acts import Act
from portal.services.store.identity import check_reason
from portal.services.store.permissions import require
from portal.services.store.refusals import Refusal, Rejected

from .publications import (
    MOST_REASON,
    Proposal,
    Publication,
    add_proposal,
    compute_next_version,
    figures_of,
    find_base,
    fingerprint_of,
    is_pending,
)
from .tariff_rows import COLUMNS, MONTH, Parsed, Said, parse_month, parse_rows
from .tariffs import digest_figures

_ANY_MONTH = Month(2000, 1)


class Flawed(NamedTuple):
    """A flaw of the sheet with the row of its figure; None for what stands in no row."""

    line: int | None
    fault: Fault


class BadTariffFile(BadFile):
    """The file makes no tariffs; nothing was written.

    ``problems`` are cells that cannot be read, ``flawed`` what contradicts the rules; ``rows`` are the figures by row,
    so that each names its market and concept.
    """

    def __init__(self, problems: Sequence[Problem], flawed: Sequence[Flawed], rows: Mapping[int, Figure]) -> None:
        super().__init__(problems)
        self.flawed = tuple(sorted(flawed, key=lambda each: (each.line is None, each.line or 0)))
        self.rows = rows


class Review(NamedTuple):
    """Look of the proposer at the large changes: one by one by their keys, or all at once with a reason."""

    ticked: frozenset[str] = frozenset()
    all_at_once: bool = False
    note: str = ""

    def check(self, large: Sequence[Difference]) -> str | None:
        """Return the reason that is kept, None where each was ticked.

        Refuses (``Rejected``) ``TARIFFS_NOT_REVIEWED``, and ``REASON_MISSING`` and ``REASON_TOO_LONG`` of all at once.
        """
        if not large:
            return None
        if self.all_at_once:
            return check_reason(self.note, most=MOST_REASON)
        missing = [each for each in large if each.key not in self.ticked]
        if missing:
            raise Rejected(Refusal.TARIFFS_NOT_REVIEWED, "reviewed", count=len(missing))
        return None


NOTHING_REVIEWED = Review()


@dataclass(frozen=True, slots=True)
class Plan:
    """Effect of a file: the version of its month to come, what it replaces, and how it differs from that."""

    month: Month
    version: int
    sheet: TariffSheet
    figures: tuple[Figure, ...]
    base: Publication | None
    differences: tuple[Difference, ...]
    digest: bytes
    # Somebody has to decide about another version of the month first.
    is_pending: bool
    seen: Seen

    @property
    def large(self) -> list[Difference]:
        """The changes that somebody has to look at."""
        return [each for each in self.differences if each.is_large]

    @property
    def is_empty(self) -> bool:
        """True when the month has these figures already; a month like the one before is new all the same."""
        return self.base is not None and self.base.month == self.month and not self.differences

    @property
    def fingerprint(self) -> str:
        """SHA-256 of month, version, figures, and of what they are compared with."""
        return fingerprint_of(self.digest, self.base, self.month.isoformat(), self.version)


class TariffFiles(Kind[Parsed, Plan, str]):
    """Files of the tariffs of ``month``; taken in, a version waits for another person.

    The decimal sign is decided once for the file. Names of markets are those of the publication that it replaces where
    they are the same but for case, accents and blanks.
    """

    form = Form(COLUMNS)
    upload = UploadKind.TARIFFS
    nothing_new = Refusal.TARIFFS_UNCHANGED

    def __init__(self, month: Month, review: Review = NOTHING_REVIEWED) -> None:
        self.month, self.review = month, review
        self.gas_day = month.first

    def parse(self, table: Table) -> Parsed:
        """Parse the rows, each value on its own."""
        return parse_rows(table)

    def plan(self, act: Act, parsed: Parsed) -> Plan:
        """Return the effect of the file; ``BadFile`` and ``BadTariffFile`` list everything that is wrong with it."""
        require(act, Function.PROPOSE_TARIFFS)
        base = find_base(act, month=self.month)
        before = [] if base is None else figures_of(act, base)
        nit = act.distributor.nit
        said = _as_published(parsed, before, nit)
        flaws = _find_flaws(said, nit=nit, month=self.month)
        figures = [each.figure for each in said]
        sheet = None
        try:
            sheet = build_sheet(self.month, figures)
        except BadTariffs as bad:
            flaws += bad.problems
        _refuse(parsed, said, flaws)
        if sheet is None:
            raise AssertionError("figures without a flaw make a sheet")
        return Plan(
            month=self.month,
            version=compute_next_version(act, month=self.month),
            sheet=sheet,
            figures=tuple(figures),
            base=base,
            differences=tuple(compare_figures(before, figures)) if base is not None else (),
            digest=digest_figures(figures),
            is_pending=is_pending(act, month=self.month),
            seen=parsed.table.seen,
        )

    def take_in(self, act: Act, parsed: Parsed, taking: Taking) -> str:
        """Add the version that waits; return its public id.

        Refuses as ``plan`` and as ``Review.check``, and (``Rejected``) ``TARIFFS_PENDING`` while another one of the
        month waits.
        """
        plan = self.plan(act, parsed)
        if plan.is_pending:
            raise Rejected(Refusal.TARIFFS_PENDING)
        taking.agree(plan.fingerprint, changed="tariffs-changed")
        note = self.review.check(plan.large)
        return add_proposal(
            act, Proposal(plan.sheet, plan.figures, plan.version, plan.base, plan.differences, taking.name, note)
        )


def find_month(content: bytes, *, name: str, answers: Answers) -> Month | None:
    """Return the month that a file says in its column, else in its name; None where neither says one."""
    with suppress(BadFile):
        table = TariffFiles(_ANY_MONTH).recognise(content, answers)
        for row in table.rows if table.has(MONTH) else ():
            if (found := parse_month(row.text(MONTH))) is not None:
                return found
    return parse_month(name)


def _as_published(parsed: Parsed, before: Sequence[Figure], nit: str) -> list[Said]:
    """Return the figures with each market as it was published before, else as its first row spells it; so the NIT."""
    spelled: dict[str, str] = {}
    for market in (*(figure.market for figure in before), *(each.figure.market for each in parsed.said)):
        spelled.setdefault(comparable(market), market)
    seen, said = parsed.table.seen, []
    for each in parsed.said:
        market = spelled[comparable(each.figure.market)]
        if market != each.figure.market:
            seen.resembled[each.figure.market] = market
        figure = each.figure._replace(market=market)
        if figure.concept is Concept.NIT and bare(figure.text) == bare(nit):
            figure = figure._replace(text=nit)
        said.append(each._replace(figure=figure))
    return said


def _find_flaws(said: Sequence[Said], *, nit: str, month: Month) -> list[Fault]:
    """Hold NIT and month of the file against those of this portal and of the page."""
    flaws = []
    for each in said:
        if each.figure.concept is Concept.NIT and each.figure.text != nit:
            flaws.append(Fault(Flaw.OTHER_DISTRIBUTOR, each.figure, nit, each.figure.text))
        if each.month and parse_month(each.month) != month:
            flaws.append(Fault(Flaw.OTHER_MONTH, each.figure, month.isoformat(), each.month))
    return flaws


def _refuse(parsed: Parsed, said: Sequence[Said], flaws: Sequence[Fault]) -> None:
    """Raise everything that is wrong; a figure whose row cannot be read is not called missing too."""
    lines: dict[object, int] = {id(each.figure): each.row.line for each in said}
    for each in said:
        lines.setdefault(each.figure.place, each.row.line)
    if parsed.problems:
        flaws = [fault for fault in flaws if fault.flaw not in (Flaw.MISSING, Flaw.NO_RANGE)]
        try:
            parsed.table.refuse(parsed.problems)
        except Unanswered:
            # One answer may make all of it readable.
            raise
        except BadFile as bad:
            parsed.problems = list(bad.problems)
    if parsed.problems or flaws:
        rows = parsed.partly | {each.row.line: each.figure for each in said}
        flawed = [Flawed(lines.get(id(fault.figure)) or lines.get(fault.figure.place), fault) for fault in flaws]
        raise BadTariffFile(parsed.problems, flawed, rows)
