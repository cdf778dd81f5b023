"""Marks beside the figures of a month: its statements, the claims about its days, its adjustments; one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from portal.domain.cases import PENDING, CaseState, Outcome
from portal.domain.gas_day import GasDay, Month
from portal.domain.nominations import Channel
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.services.store.statements import day_of, moment_of

from . import hot

_Value = TypeVar("_Value")
_OUTCOMES = frozenset(Outcome)


class ClosingMark(NamedTuple):
    """A statement of a closed month: version 1, or a later one for a ``reason``; two of its figures."""

    month: Month
    number: str
    version: int
    closed_at: datetime
    reason: str | None
    imbalance: Quantity
    closing: Quantity


class ClaimMark(NamedTuple):
    """A claim about a day: how it stands, its outcome once it has one, and the ``answer`` that gave it."""

    gas_day: GasDay
    public_id: str
    filing_number: str
    standing: CaseState | Outcome
    answer: str | None

    @property
    def is_open(self) -> bool:
        """True while an answer is owed."""
        return self.standing in PENDING


class AdjustmentMark(NamedTuple):
    """A dated movement of the account: its reason and its note."""

    gas_day: GasDay
    reason: AdjustmentReason
    note: str
    quantity: Quantity


class Marks(NamedTuple):
    """All marks beside some days, each kind in order of arrival; equal when nothing changed."""

    closings: tuple[ClosingMark, ...] = ()
    claims: tuple[ClaimMark, ...] = ()
    adjustments: tuple[AdjustmentMark, ...] = ()
    # Days that nobody nominated: the quantity in force comes from the rule of the point at the close, "P".
    by_rule: frozenset[GasDay] = frozenset()
    # Days that a standing order nominated.
    by_order: frozenset[GasDay] = frozenset()


def load_month_marks(session: Session, *, delivery_point_id: int, unit: Unit, month: Month) -> Marks:
    """Return the marks beside a month's figures."""
    rows = hot.MONTH_MARKS[unit].named(
        session, hot.MarkColumns, point=delivery_point_id, first=month.first.date, last=month.last.date
    )
    ordered = sorted(rows, key=_order)
    return Marks(
        tuple([_closing(row, unit) for row in ordered if row.kind == hot.CLOSING]),
        tuple([_claim(row) for row in ordered if row.kind == hot.CLAIM]),
        tuple([_adjustment(row, unit) for row in ordered if row.kind == hot.ADJUSTMENT]),
        _days_of(ordered, Channel.POLICY),
        _days_of(ordered, Channel.STANDING_ORDER),
    )


def _days_of(rows: Sequence[hot.MarkColumns], channel: Channel) -> frozenset[GasDay]:
    return frozenset([GasDay(day_of(row.day)) for row in rows if row.kind == hot.BY_RULE and row.word == channel])


def list_closings(
    session: Session, *, delivery_point_id: int, unit: Unit, first: Month, last: Month
) -> tuple[ClosingMark, ...]:
    """Return the statements of the months from ``first`` to ``last``, both included, by month and version."""
    rows = hot.YEAR_MARKS[unit].named(
        session, hot.MarkColumns, point=delivery_point_id, first=first.first.date, last=last.last.date
    )
    return tuple([_closing(row, unit) for row in sorted(rows, key=_order)])


def _order(row: hot.MarkColumns) -> tuple[date, int]:
    return day_of(row.day), row.place


def _closing(row: hot.MarkColumns, unit: Unit) -> ClosingMark:
    return ClosingMark(
        month=Month.of(GasDay(day_of(row.day))),
        number=_there(row.number),
        version=row.place,
        closed_at=moment_of(row.moment),
        reason=row.said,
        imbalance=Quantity(_there(row.imbalance), unit),
        closing=Quantity(_there(row.closing), unit),
    )


def _claim(row: hot.MarkColumns) -> ClaimMark:
    return ClaimMark(
        gas_day=GasDay(day_of(row.day)),
        public_id=_there(row.public_id),
        filing_number=_there(row.number),
        standing=_standing(_there(row.word)),
        answer=row.said,
    )


def _standing(word: str) -> CaseState | Outcome:
    return Outcome(word) if word in _OUTCOMES else CaseState(word)


def _adjustment(row: hot.MarkColumns, unit: Unit) -> AdjustmentMark:
    return AdjustmentMark(
        gas_day=GasDay(day_of(row.day)),
        reason=AdjustmentReason(_there(row.word)),
        note=_there(row.said),
        quantity=Quantity(_there(row.imbalance), unit),
    )


def _there(value: _Value | None) -> _Value:
    if value is None:
        raise LookupError("a mark lacks a column of its kind")
    return value
