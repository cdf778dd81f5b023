"""Marks beside the figures of a month: its statements, the claims about its days, its adjustments; one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    DateTime,
    Select,
    String,
    bindparam,
    cast,
    literal_column,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from portal.domain.claims import ClaimState
from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import AdjustmentReason
from portal.models import Adjustment, Claim, MonthClosing, Nomination, NominationHead
from portal.services.store.statements import Statement, day_of, moment_of


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
    """A claim about a day, and its outcome."""

    gas_day: GasDay
    public_id: str
    filing_number: str
    state: ClaimState
    outcome: str | None

    @property
    def is_open(self) -> bool:
        """True while it is undecided."""
        return self.state in (ClaimState.OPEN, ClaimState.IN_REVIEW)


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


_CLOSING, _CLAIM, _ADJUSTMENT, _BY_RULE = 1, 2, 3, 4
_POINT: BindParameter[int] = bindparam("point")
_FIRST: BindParameter[date] = bindparam("first")
_LAST: BindParameter[date] = bindparam("last")

# PostgreSQL needs the type of a NULL column.
_NO_WORDS = cast(null(), String)
_NO_MICRO, _NO_MOMENT = cast(null(), BigInteger), cast(null(), DateTime(timezone=True))


def _closings(unit: Unit) -> Select[Any]:
    return select(
        literal_column(str(_CLOSING)).label("kind"),
        MonthClosing.month.label("day"),
        MonthClosing.version.label("place"),
        MonthClosing.statement_number.label("number"),
        _NO_WORDS.label("word"),
        MonthClosing.reason.label("said"),
        _NO_WORDS.label("public_id"),
        MonthClosing.closed_at.label("moment"),
        *[getattr(MonthClosing, f"{name}_{unit.name.lower()}").label(name) for name in ("imbalance", "closing")],
    ).where(MonthClosing.delivery_point_id == _POINT, MonthClosing.month.between(_FIRST, _LAST))


def _claims() -> Select[Any]:
    columns: list[Any] = [Claim.gas_day, Claim.id, Claim.filing_number, Claim.state, Claim.outcome, Claim.public_id]
    return select(literal_column(str(_CLAIM)), *columns, _NO_MOMENT, _NO_MICRO, _NO_MICRO).where(
        Claim.delivery_point_id == _POINT, Claim.gas_day.between(_FIRST, _LAST)
    )


def _adjustments(unit: Unit) -> Select[Any]:
    return select(
        literal_column(str(_ADJUSTMENT)),
        Adjustment.gas_day,
        Adjustment.id,
        _NO_WORDS,
        Adjustment.reason,
        Adjustment.note,
        _NO_WORDS,
        _NO_MOMENT,
        getattr(Adjustment, f"quantity_{unit.name.lower()}"),
        _NO_MICRO,
    ).where(Adjustment.delivery_point_id == _POINT, Adjustment.gas_day.between(_FIRST, _LAST))


def _by_rule() -> Select[Any]:
    columns: list[Any] = [Nomination.gas_day, Nomination.revision, *[_NO_WORDS] * 4, _NO_MOMENT, _NO_MICRO, _NO_MICRO]
    return (
        select(literal_column(str(_BY_RULE)), *columns)
        .join(NominationHead, NominationHead.nomination_id == Nomination.id)
        # Same predicate as the partial index, which has few rows.
        .where(
            text("nominations.channel = 'policy'"),
            Nomination.delivery_point_id == _POINT,
            Nomination.gas_day.between(_FIRST, _LAST),
        )
    )


_MONTHS = {unit: Statement(union_all(_closings(unit), _claims(), _adjustments(unit), _by_rule())) for unit in Unit}
_YEARS = {unit: Statement(_closings(unit)) for unit in Unit}


def month_marks(session: Session, *, delivery_point_id: int, unit: Unit, month: Month) -> Marks:
    """Return the marks beside a month's figures."""
    rows = _MONTHS[unit].rows(session, point=delivery_point_id, first=month.first.date, last=month.last.date)
    ordered = sorted([(day_of(row[1]), *row[2:], row[0]) for row in rows], key=_order) if rows else []
    return Marks(
        tuple([_closing(row, unit) for row in ordered if row[-1] == _CLOSING]),
        tuple([_claim(row) for row in ordered if row[-1] == _CLAIM]),
        tuple([_adjustment(row, unit) for row in ordered if row[-1] == _ADJUSTMENT]),
        frozenset([GasDay(row[0]) for row in ordered if row[-1] == _BY_RULE]),
    )


def closings_between(
    session: Session, *, delivery_point_id: int, unit: Unit, first: Month, last: Month
) -> tuple[ClosingMark, ...]:
    """Return the statements of the months from ``first`` to ``last``, both included, by month and version."""
    rows = _YEARS[unit].rows(session, point=delivery_point_id, first=first.first.date, last=last.last.date)
    return tuple([_closing(row, unit) for row in sorted([(day_of(row[1]), *row[2:]) for row in rows], key=_order)])


def _order(row: Sequence[Any]) -> tuple[date, int]:
    return row[0], row[1]


def _closing(row: Sequence[Any], unit: Unit) -> ClosingMark:
    day, version, number, _, reason, _, moment, imbalance, closing, *_ = row
    figures = Quantity(imbalance, unit), Quantity(closing, unit)
    return ClosingMark(Month.of(GasDay(day)), number, version, moment_of(moment), reason, *figures)


def _claim(row: Sequence[Any]) -> ClaimMark:
    day, _, number, state, outcome, public_id, *_ = row
    return ClaimMark(GasDay(day), public_id, number, ClaimState(state), outcome)


def _adjustment(row: Sequence[Any], unit: Unit) -> AdjustmentMark:
    day, _, _, reason, note, _, _, quantity, *_ = row
    return AdjustmentMark(GasDay(day), AdjustmentReason(reason), note, Quantity(quantity, unit))
