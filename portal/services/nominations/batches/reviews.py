"""What a batch would change, day by day: new, changed, equal, or not possible and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import BadQuantity, Quantity, QuantityProblem, parse_quantity
from portal.domain.timetable import RequestKind, Window
from portal.models import DeliveryPoint, NominationBatch, NominationBatchLine, NominationHead
from portal.services.nominations import rules
from portal.services.nominations.requests import Request
from portal.services.nominations.rules import Weighed
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal

from .days import lines_of


class LineState(StrEnum):
    """What a line would do to its day."""

    NEW = "new"
    CHANGED = "changed"
    EQUAL = "equal"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A day of the batch, weighed against what is in force; ``problem`` says why what was typed is no quantity."""

    line: NominationBatchLine
    weighed: Weighed
    state: LineState
    problem: QuantityProblem | None = None

    @property
    def gas_day(self) -> GasDay:
        """Its day."""
        return self.line.gas_day

    @property
    def typed(self) -> str | None:
        """What stood there, where it is no quantity."""
        return self.line.typed

    @property
    def cell(self) -> str | None:
        """Where it stood in a file or in what was pasted, such as "B7"."""
        return self.line.cell

    @property
    def quantity(self) -> Quantity | None:
        """What is asked, in the unit of the point; None where what was typed is no quantity."""
        return self.weighed.request.quantity

    @property
    def head(self) -> NominationHead | None:
        """What is in force for the day."""
        return self.weighed.head

    @property
    def in_force(self) -> Quantity | None:
        """The quantity in force, in the unit of the point."""
        nomination = self.weighed.in_force
        return None if nomination is None else nomination.gas.in_unit(self.weighed.request.unit)

    @property
    def window(self) -> Window:
        """When its day is asked for."""
        return self.weighed.window

    @property
    def counts(self) -> bool:
        """Whether the signature would put it in force."""
        return self.state in (LineState.NEW, LineState.CHANGED)

    @property
    def warnings(self) -> tuple[QuantityWarning, ...]:
        """What is unusual about a quantity that would be put in force."""
        return self.weighed.warnings if self.counts else ()

    @property
    def refusal(self) -> Refusal | None:
        """Why it is invalid, where that is not what was typed."""
        found = self.weighed.refusal if self.state is LineState.INVALID and self.problem is None else None
        return None if found is None else found.refusal

    @property
    def moment(self) -> datetime | None:
        """The opening or the close that it misses."""
        if self.refusal is Refusal.TOO_EARLY:
            return self.window.opens_at(self.gas_day)
        return self.window.closes_at(self.gas_day) if self.refusal is Refusal.TOO_LATE else None

    @property
    def maximum(self) -> Quantity | None:
        """The most that the contract may take that day, beside ``warnings``."""
        return self.weighed.maximum if self.counts else None

    @property
    def mean(self) -> Quantity | None:
        """The consumption of the last 28 days with a reading, beside ``warnings``."""
        return self.weighed.mean if self.counts else None


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


def review(act: Act, *, batch: NominationBatch, hold: bool = False) -> BatchReview:
    """Return what the batch would change now, by as many queries as one nomination and two for each day it has.

    With ``hold`` the account and the heads of its days stay locked until the caller's transaction ends.
    """
    point, kept = batch.delivery_point, lines_of(act.session, batch=batch)
    requests = [
        Request(
            point=point,
            kind=RequestKind.NOMINATION,
            gas_day=line.gas_day,
            quantity=None if line.quantity_micro is None else Quantity.from_micro(line.quantity_micro, point.unit),
            confirmed=batch.confirmed_unusual,
            submission_id=f"{batch.submission_id}:{line.gas_day.isoformat()}",
        )
        for line in kept
    ]
    weighed = rules.weigh_all(Act.of_system(act.session, act.now), requests, hold=hold)
    lines = tuple([_line_of(*each) for each in zip(kept, weighed, strict=True)])
    return BatchReview(batch, lines, rules.digest_of([line.weighed for line in lines if line.counts]))


def _line_of(line: NominationBatchLine, weighed: Weighed) -> ReviewedLine:
    refusal = None if weighed.asks_for_tick else weighed.refusal
    if weighed.request.quantity is None:
        return ReviewedLine(line, weighed, LineState.INVALID, _problem(line.typed, weighed.request.point))
    # A day that has its quantity already is left as it is, also after its close.
    inactive = refusal is not None and refusal.refusal is Refusal.CONTRACT_INACTIVE
    if weighed.changes_nothing and not inactive:
        return ReviewedLine(line, weighed, LineState.EQUAL)
    if refusal is not None:
        return ReviewedLine(line, weighed, LineState.INVALID)
    return ReviewedLine(line, weighed, LineState.NEW if weighed.head is None else LineState.CHANGED)


def _problem(typed: str | None, point: DeliveryPoint) -> QuantityProblem:
    try:
        parse_quantity(typed or "", point.unit)
    except BadQuantity as bad:
        return bad.problem
    return QuantityProblem.NOT_A_NUMBER
