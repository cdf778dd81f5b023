"""Review of a batch, day by day: new, changed, equal, or impossible with the reason."""

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

from .days import Given, list_lines


class LineState(StrEnum):
    """Effect of a line on its day."""

    NEW = "new"
    CHANGED = "changed"
    EQUAL = "equal"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A day of the batch beside the nomination in force; ``problem`` tells why the typed text is no quantity."""

    line: NominationBatchLine
    weighed: Weighed
    state: LineState
    problem: QuantityProblem | None = None

    @property
    def gas_day(self) -> GasDay:
        """The gas day of the line."""
        return self.line.gas_day

    @property
    def given(self) -> Given:
        """The line as it was given."""
        return Given(self.gas_day, self.quantity, self.typed, self.cell)

    @property
    def typed(self) -> str | None:
        """The typed text, where it is no quantity."""
        return self.line.typed

    @property
    def cell(self) -> str | None:
        """The place in a file or in pasted text, such as "B7"."""
        return self.line.cell

    @property
    def quantity(self) -> Quantity | None:
        """The asked quantity, in the unit of the point; None where the typed text is no quantity."""
        return self.weighed.request.quantity

    @property
    def head(self) -> NominationHead | None:
        """The head of the day; None when nothing is in force."""
        return self.weighed.head

    @property
    def in_force(self) -> Quantity | None:
        """The quantity in force, in the unit of the point."""
        nomination = self.weighed.in_force
        return None if nomination is None else nomination.gas.in_unit(self.weighed.request.unit)

    @property
    def window(self) -> Window:
        """The window in which its day can be nominated."""
        return self.weighed.window

    @property
    def counts(self) -> bool:
        """True when the signature would put it in force."""
        return self.state in (LineState.NEW, LineState.CHANGED)

    @property
    def warnings(self) -> tuple[QuantityWarning, ...]:
        """Warnings about an unusual quantity that would be put in force."""
        return self.weighed.warnings if self.counts else ()

    @property
    def refusal(self) -> Refusal | None:
        """The reason why it is invalid, other than the typed text."""
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
        """The contract's maximum of the day, shown beside ``warnings``."""
        return self.weighed.maximum if self.counts else None

    @property
    def mean(self) -> Quantity | None:
        """The mean consumption of the last 28 days with a reading, shown beside ``warnings``."""
        return self.weighed.mean if self.counts else None


class WarnedLine(NamedTuple):
    """A day signed in spite of a warning, with the contract's maximum and the usual consumption."""

    gas_day: GasDay
    quantity: Quantity
    warnings: tuple[QuantityWarning, ...]
    maximum: Quantity
    mean: Quantity | None


@dataclass(frozen=True, slots=True)
class BatchReview:
    """The lines of a batch and the content of its signature; ``digest`` is the SHA-256 (hex) of that content."""

    batch: NominationBatch
    lines: tuple[ReviewedLine, ...]
    digest: str

    def count(self, state: LineState) -> int:
        """Return the number of lines in a state."""
        return sum(line.state == state for line in self.lines)

    @property
    def warned(self) -> tuple[ReviewedLine, ...]:
        """The lines that need a tick."""
        return tuple([line for line in self.lines if line.counts and line.warnings])

    @property
    def warned_digest(self) -> str:
        """Digest of the unusual days and quantities; blank without any."""
        said = [
            f"{line.gas_day.isoformat()} {line.quantity.micro}" for line in self.warned if line.quantity is not None
        ]
        return hashlib.sha256("|".join(said).encode()).hexdigest() if said else ""

    @property
    def needs_tick(self) -> bool:
        """True while an unusual quantity is unconfirmed."""
        return bool(self.warned) and not self.batch.confirmed_unusual

    @property
    def may_sign(self) -> bool:
        """True when all lines are possible and at least one changes something."""
        changes = any(line.counts for line in self.lines)
        return changes and not self.needs_tick and not self.count(LineState.INVALID)

    @property
    def usual(self) -> Quantity | None:
        """The usual consumption of the same number of days, None without a reading."""
        days = [line for line in self.lines if line.counts]
        means = [line.mean for line in days if line.mean is not None]
        return sum(means[1:], means[0]) if means and len(means) == len(days) else None

    @property
    def total(self) -> Quantity:
        """The sum of the days that would change."""
        unit = self.batch.delivery_point.unit
        return sum([line.quantity for line in self.lines if line.counts and line.quantity], Quantity.zero(unit))


def review(act: Act, *, batch: NominationBatch, hold: bool = False) -> BatchReview:
    """Return the effect of the batch now, by as many queries as one nomination and two for each day it has.

    With ``hold`` the account and the heads of its days stay locked until the caller's transaction ends.
    """
    point, kept = batch.delivery_point, list_lines(act.session, batch=batch)
    requests = [
        Request(
            point=point,
            kind=RequestKind.NOMINATION,
            gas_day=line.gas_day,
            quantity=None if line.quantity_micro is None else Quantity.from_micro(line.quantity_micro, point.unit),
            confirmed=batch.confirmed_unusual,
            submission_id=f"{batch.submission_id}:{line.gas_day.isoformat()}",
            batch_id=batch.id,
        )
        for line in kept
    ]
    weighed = rules.weigh_all(Act.of_system(act.session, act.now), requests, hold=hold)
    lines = tuple([weigh_line(*each) for each in zip(kept, weighed, strict=True)])
    return BatchReview(batch, lines, rules.digest_of([line.weighed for line in lines if line.counts]))


def weigh_line(line: NominationBatchLine, weighed: Weighed) -> ReviewedLine:
    """Return a line with its effect, by the verdict on its request."""
    refusal = None if weighed.asks_for_tick else weighed.refusal
    if weighed.request.quantity is None:
        return ReviewedLine(line, weighed, LineState.INVALID, _problem(line.typed, weighed.request.point))
    # A day that has its quantity already stays unchanged, also after its close.
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
