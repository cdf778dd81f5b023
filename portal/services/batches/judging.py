"""What a batch would change, day by day: new, changed, equal, or not possible and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning, warnings_for
from portal.domain.quantities import BadQuantity, Gas, Quantity, QuantityProblem, Unit, parse_quantity
from portal.domain.timetable import RequestKind, Verdict, Window, decide, window_for
from portal.models import DeliveryPoint, Nomination, NominationBatch, NominationBatchLine, NominationHead
from portal.services import heating_values, settings, timetable
from portal.services.heating_values import HeatingValueInForce
from portal.services.nominations import rules
from portal.services.refusals import Refusal

from .drafting import lines_of


class LineState(StrEnum):
    """What a line would do to its day."""

    NEW = "new"
    CHANGED = "changed"
    EQUAL = "equal"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A day of the batch against what is in force.

    ``refusal`` or ``problem`` says why it is invalid, ``moment`` the opening or the close it misses. ``heating_value``
    converts it. ``maximum`` is the contract's for the day, ``mean`` the consumption of the last 28 days; both stand
    beside ``warnings`` only. Quantities in the unit of the point.
    """

    gas_day: GasDay
    state: LineState
    quantity: Quantity | None
    typed: str | None
    cell: str | None
    head: NominationHead | None
    in_force: Quantity | None
    window: Window
    heating_value: HeatingValueInForce
    warnings: tuple[QuantityWarning, ...] = ()
    refusal: Refusal | None = None
    problem: QuantityProblem | None = None
    moment: datetime | None = None
    maximum: Quantity | None = None
    mean: Quantity | None = None

    @property
    def counts(self) -> bool:
        """Whether the signature would put it in force."""
        return self.state in (LineState.NEW, LineState.CHANGED)

    @property
    def gas(self) -> Gas:
        """The quantity in both units; ``ValueError`` without one."""
        if self.quantity is None:
            raise ValueError("an invalid line has no quantity")
        return Gas.of(self.quantity, self.heating_value.value)


class WarnedLine(NamedTuple):
    """A day that was signed though unusual, with the maximum of the contract and the usual consumption."""

    gas_day: GasDay
    quantity: Quantity
    warnings: tuple[QuantityWarning, ...]
    maximum: Quantity
    mean: Quantity | None


@dataclass(frozen=True, slots=True)
class BatchReview:
    """The lines of a batch and what its signature binds; ``digest`` is its SHA-256 (hex)."""

    batch: NominationBatch
    lines: tuple[ReviewedLine, ...]
    digest: str

    def count(self, state: LineState) -> int:
        """Return how many lines are of a state."""
        return sum(line.state == state for line in self.lines)

    @property
    def warned(self) -> tuple[ReviewedLine, ...]:
        """The lines that ask for a tick."""
        return tuple([line for line in self.lines if line.counts and line.warnings])

    @property
    def warned_digest(self) -> str:
        """What tells one set of unusual days and quantities from another; empty without any."""
        said = [
            f"{line.gas_day.isoformat()} {line.quantity.micro}" for line in self.warned if line.quantity is not None
        ]
        return hashlib.sha256("|".join(said).encode()).hexdigest() if said else ""

    @property
    def needs_tick(self) -> bool:
        """Whether something unusual was not confirmed yet."""
        return bool(self.warned) and not self.batch.confirmed_unusual

    @property
    def may_sign(self) -> bool:
        """Whether all lines are possible and there is something to sign."""
        changes = any(line.counts for line in self.lines)
        return changes and not self.needs_tick and not self.count(LineState.INVALID)

    @property
    def usual(self) -> Quantity | None:
        """What as many days usually take, None where nothing was measured."""
        days = [line for line in self.lines if line.counts]
        means = [line.mean for line in days if line.mean is not None]
        return sum(means[1:], means[0]) if means and len(means) == len(days) else None

    @property
    def total(self) -> Quantity:
        """What the days that would change add up to."""
        unit = self.batch.delivery_point.unit
        return sum([line.quantity for line in self.lines if line.counts and line.quantity], Quantity.zero(unit))


def review(session: Session, *, batch: NominationBatch, now: datetime, lock: bool = False) -> BatchReview:
    """Return what the batch would change now, by eight queries and two for each day it has.

    With ``lock`` the heads of its days stay locked until the caller's transaction ends, in the order of the days.
    """
    point, kept = batch.delivery_point, lines_of(session, batch=batch)
    if not kept:
        return BatchReview(batch, (), _digest(batch, ()))
    first, last = kept[0].gas_day, kept[-1].gas_day
    known = _Known(
        session,
        point=point,
        heads=_heads(session, point=point, first=first, last=last, lock=lock),
        others=_others(session, point=point, first=first, last=last),
        windows=timetable.windows(session),
        mean=rules.usual_quantity(session, point=point, unit=point.unit, before=GasDay.of(now)),
        dated=settings.read(session),
        now=now,
    )
    lines = tuple([known.judge(line) for line in kept])
    return BatchReview(batch, lines, _digest(batch, lines))


@dataclass(frozen=True, slots=True)
class _Known:
    session: Session
    point: DeliveryPoint
    heads: Mapping[GasDay, NominationHead]
    others: Mapping[GasDay, Quantity]
    windows: Sequence[Window]
    mean: Quantity | None
    dated: settings.Known
    now: datetime

    def judge(self, line: NominationBatchLine) -> ReviewedLine:
        day, unit = line.gas_day, self.point.unit
        head = self.heads.get(day)
        window = window_for(self.windows, self.point.contract.modality, RequestKind.NOMINATION, day)
        quantity = None if line.quantity_micro is None else Quantity.from_micro(line.quantity_micro, unit)
        value = heating_values.in_force(self.session, exit_point_id=self.point.exit_point_id, gas_day=day)
        in_force = None if head is None else head.nomination.gas.in_unit(unit)

        def line_of(state: LineState, **why: object) -> ReviewedLine:
            facts = (day, state, quantity, line.typed, line.cell, head, in_force, window, value)
            return ReviewedLine(*facts, **why)  # type: ignore[arg-type]

        if quantity is None:
            return line_of(LineState.INVALID, problem=_problem(line.typed, self.point))
        if not self.point.in_force_on(day):
            return line_of(LineState.INVALID, refusal=Refusal.CONTRACT_INACTIVE)
        if in_force == quantity:
            return line_of(LineState.EQUAL)
        verdict = decide(window, day, self.now)
        if verdict is Verdict.TOO_EARLY:
            return line_of(LineState.INVALID, refusal=Refusal.TOO_EARLY, moment=window.opens_at(day))
        if verdict is Verdict.TOO_LATE:
            return line_of(LineState.INVALID, refusal=Refusal.TOO_LATE, moment=window.closes_at(day))
        maximum = rules.daily_maximum(self.session, point=self.point, unit=unit, gas_day=day)
        factors = self.dated.factors(settings.place_of(self.point), day)
        warnings = warnings_for(quantity, maximum, self.others.get(day), self.mean, factors)
        if QuantityWarning.ABOVE_MAXIMUM in warnings and self.point.contract.maximum_blocks:
            return line_of(LineState.INVALID, refusal=Refusal.ABOVE_MAXIMUM)
        state = LineState.NEW if head is None else LineState.CHANGED
        return line_of(state, warnings=warnings, maximum=maximum, mean=self.mean)


def _problem(typed: str | None, point: DeliveryPoint) -> QuantityProblem:
    try:
        parse_quantity(typed or "", point.unit)
    except BadQuantity as bad:
        return bad.problem
    return QuantityProblem.NOT_A_NUMBER


def _heads(
    session: Session, *, point: DeliveryPoint, first: GasDay, last: GasDay, lock: bool
) -> dict[GasDay, NominationHead]:
    of_days = (NominationHead.delivery_point_id == point.id, NominationHead.gas_day.between(first, last))
    if lock and session.get_bind().dialect.name != "sqlite":
        session.execute(
            select(NominationHead.revision)
            .where(*of_days)
            .order_by(NominationHead.gas_day)
            .with_for_update(key_share=True)
        ).all()
    rows = session.scalars(select(NominationHead).where(*of_days), execution_options={"populate_existing": lock})
    return {head.gas_day: head for head in rows.unique()}


def _others(session: Session, *, point: DeliveryPoint, first: GasDay, last: GasDay) -> dict[GasDay, Quantity]:
    """Return what the other points of the contract have in force, day by day, in the unit of the point."""
    column = Nomination.quantity_m3 if point.unit is Unit.M3 else Nomination.quantity_mbtu
    rows = session.execute(
        select(NominationHead.gas_day, func.sum(column.expression))
        .join(Nomination, Nomination.id == NominationHead.nomination_id)
        .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
        .where(
            DeliveryPoint.contract_id == point.contract_id,
            DeliveryPoint.id != point.id,
            NominationHead.gas_day.between(first, last),
        )
        .group_by(NominationHead.gas_day)
    )
    return {row[0]: row[1] for row in rows}


def _digest(batch: NominationBatch, lines: Sequence[ReviewedLine]) -> str:
    """Hash what the signature binds: which days, how much, and which revision each of them replaces."""
    content = {
        "submission": batch.submission_id,
        "point": batch.delivery_point.public_id,
        "unit": batch.delivery_point.unit,
        "days": [
            [line.gas_day.isoformat(), line.quantity.micro, line.head.revision if line.head else 0]
            for line in lines
            if line.counts and line.quantity is not None
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
