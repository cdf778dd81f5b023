"""Figures of a month of cases: what came in it by kind and channel, and how its terms were kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select

from portal.domain.accounts import Function
from portal.domain.cases import CaseChannel, CaseKind, CaseStanding, EntryKind, standing
from portal.domain.gas_day import GasDay, Month
from portal.models import Case, CaseEntry
from portal.services.store.acts import Act
from portal.services.store.permissions import require

Group = TypeVar("Group")
_COUNTED = (EntryKind.ANSWERED, EntryKind.EXTENDED, EntryKind.REOPENED)


class Counts(NamedTuple):
    """Cases of a group: how many came, each of them under one standing; apart, how many were extended or reopened."""

    filed: int
    standings: Mapping[CaseStanding, int]
    extended: int
    reopened: int


class MonthFigures(NamedTuple):
    """Cases that came in a month as they stand at the moment ``at``; every kind and every channel has its counts."""

    month: Month
    at: datetime
    kinds: Mapping[CaseKind, Counts]
    channels: Mapping[CaseChannel, Counts]
    total: Counts

    @property
    def is_over(self) -> bool:
        """True once no more cases can come in the month."""
        return GasDay.of(self.at) > self.month.last

    @property
    def answered(self) -> int:
        """Number of answered cases."""
        return self.total.standings[CaseStanding.ON_TIME] + self.total.standings[CaseStanding.LATE]


class _Counted(NamedTuple):
    kind: CaseKind
    channel: CaseChannel
    standing: CaseStanding
    was_extended: bool
    was_reopened: bool


def load_month_figures(act: Act, *, month: Month) -> MonthFigures:
    """Return the figures of the cases that came in ``month`` (Colombian time), as they stand now.

    A case counts by its present term: one that was opened again counts by its new answer.
    """
    require(act, Function.READ_CASES)
    cases = _read(act, month)
    return MonthFigures(
        month=month,
        at=act.now,
        kinds=_by(cases, CaseKind, lambda case: case.kind),
        channels=_by(cases, CaseChannel, lambda case: case.channel),
        total=_count(cases),
    )


def _read(act: Act, month: Month) -> list[_Counted]:
    came = (Case.filed_at >= month.first.start) & (Case.filed_at < month.last.end)
    entries = (
        select(CaseEntry.case_id, CaseEntry.kind, func.max(CaseEntry.written_at).label("last_at"))
        .join(Case, Case.id == CaseEntry.case_id)
        .where(came, CaseEntry.kind.in_(_COUNTED))
        .group_by(CaseEntry.case_id, CaseEntry.kind)
    )
    last = {(row.case_id, row.kind): row.last_at for row in act.session.execute(entries)}
    rows = act.session.execute(select(Case.id, Case.kind, Case.channel, Case.state, Case.due_on).where(came))
    found = []
    for row in rows:
        answered_at = last.get((row.id, EntryKind.ANSWERED))
        reopened_at = last.get((row.id, EntryKind.REOPENED))
        if answered_at is not None and reopened_at is not None and answered_at < reopened_at:
            answered_at = None
        found.append(
            _Counted(
                row.kind,
                row.channel,
                standing(row.state, row.due_on, answered_at, act.now),
                (row.id, EntryKind.EXTENDED) in last,
                reopened_at is not None,
            )
        )
    return found


def _by(cases: Sequence[_Counted], groups: Iterable[Group], of: Callable[[_Counted], Group]) -> dict[Group, Counts]:
    return {group: _count([case for case in cases if of(case) == group]) for group in groups}


def _count(cases: Sequence[_Counted]) -> Counts:
    return Counts(
        filed=len(cases),
        standings={each: sum(case.standing is each for case in cases) for each in CaseStanding},
        extended=sum(case.was_extended for case in cases),
        reopened=sum(case.was_reopened for case in cases),
    )
