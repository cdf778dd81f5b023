"""Table of a group: each point and day beside what is in force, judged as if all were put in force together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Gas, Quantity, convert
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, NominationBatch, NominationBatchLine, NominationGroup
from portal.services.nominations import rules, table_rules
from portal.services.nominations.batches import LineState, ReviewedLine, WarnedLine, weigh_line
from portal.services.nominations.requests import Request
from portal.services.nominations.rules import Weighed
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal

from .lists import Cells, list_batches, list_lines


@dataclass(frozen=True, slots=True)
class TableCell:
    """A day of a point; ``line`` is what the group says for it, None where it says nothing."""

    weighed: Weighed
    line: ReviewedLine | None

    @property
    def gas_day(self) -> GasDay:
        """The gas day."""
        return self.weighed.request.gas_day

    @property
    def point(self) -> DeliveryPoint:
        """The delivery point."""
        return self.weighed.request.point

    @property
    def in_force(self) -> Quantity | None:
        """The quantity in force, in the unit of the point."""
        nomination = self.weighed.in_force
        return None if nomination is None else nomination.gas.in_unit(self.point.unit)

    @property
    def is_served(self) -> bool:
        """False on a day on which the point has no service."""
        return self.point.in_force_on(self.gas_day)

    @property
    def closed_at(self) -> datetime | None:
        """The close of a day that cannot be nominated any more."""
        refused = self.weighed.refusal
        late = refused is not None and refused.refusal is Refusal.TOO_LATE
        return self.weighed.closes_at if late else None

    @property
    def is_unsaid(self) -> bool:
        """True where the day can be nominated, has nothing in force, and the group says nothing for it."""
        return self.line is None and self.weighed.in_force is None and self.is_served and self.closed_at is None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A point of the group with its days; ``usual`` is its mean consumption of the last 28 days with a reading."""

    batch: NominationBatch
    cells: tuple[TableCell, ...]

    @property
    def point(self) -> DeliveryPoint:
        """The delivery point."""
        return self.batch.delivery_point

    @property
    def usual(self) -> Quantity | None:
        """The mean consumption of the last 28 days with a reading, in the unit of the point."""
        return self.cells[0].weighed.mean

    @property
    def counted(self) -> tuple[ReviewedLine, ...]:
        """The days that the signature would put in force."""
        return tuple([cell.line for cell in self.cells if cell.line is not None and cell.line.counts])


@dataclass(frozen=True, slots=True)
class GroupReview:
    """The table of a group and the content of its signature; ``digest`` is the SHA-256 (hex) of that content."""

    group: NominationGroup
    days: tuple[GasDay, ...]
    rows: tuple[TableRow, ...]
    digest: str

    @property
    def cells(self) -> Iterator[TableCell]:
        """All days of all points, point by point."""
        for row in self.rows:
            yield from row.cells

    @property
    def lines(self) -> tuple[ReviewedLine, ...]:
        """The quantities of the group, possible or not, point by point."""
        return tuple([cell.line for cell in self.cells if cell.line is not None])

    @property
    def counted(self) -> tuple[ReviewedLine, ...]:
        """The quantities that the signature would put in force, point by point."""
        return tuple([line for line in self.lines if line.counts])

    @property
    def signing(self) -> tuple[TableRow, ...]:
        """The points for which the signature would put something in force."""
        return tuple([row for row in self.rows if row.counted])

    def count(self, state: LineState) -> int:
        """Return the number of lines in a state."""
        return sum(line.state == state for line in self.lines)

    @property
    def warned(self) -> tuple[ReviewedLine, ...]:
        """The quantities that need a tick of their own."""
        return tuple([line for line in self.counted if find_own_warnings(line)])

    @property
    def days_above(self) -> tuple[GasDay, ...]:
        """The days on which the points are above the contract's maximum only together: a tick for the day."""
        return tuple([day for day in self.days if any(_is_above_together(line) for line in self._of(day))])

    def is_refused_together(self, day: GasDay) -> bool:
        """Tell whether the contract refuses what its points would have in force on the day together."""
        return any(is_refused_together(line) for line in self._of(day))

    def _of(self, day: GasDay) -> Iterator[ReviewedLine]:
        return (line for line in self.lines if line.gas_day == day)

    @property
    def needs_tick(self) -> bool:
        """True while an unusual quantity, or a day above the maximum, is unconfirmed."""
        return bool(self.warned or self.days_above) and not self.group.confirmed_unusual

    @property
    def may_sign(self) -> bool:
        """True when all lines are possible and at least one changes something."""
        return bool(self.counted) and not self.needs_tick and not self.count(LineState.INVALID)

    def count_points(self, day: GasDay) -> int:
        """Return for how many points a day would be put in force."""
        return sum(line.gas_day == day for line in self.counted)

    def sum_of(self, day: GasDay) -> Quantity:
        """Return the sum of the day's quantities, in the unit of the contract.

        Those that the contract refuses together count, those that cannot be sent for another reason do not.
        """
        unit = self.group.contract.unit
        summed = [line for line in self._of(day) if line.counts or is_refused_together(line)]
        gas = sum([line.weighed.gas for line in summed], Gas.zero())
        return gas.in_unit(unit)

    def maximum_of(self, day: GasDay) -> Quantity:
        """Return the contract's maximum of a day for all its points together, in the unit of the contract."""
        cell = next(cell for cell in self.cells if cell.gas_day == day)
        maximum, unit = cell.weighed.maximum, self.group.contract.unit
        return maximum if maximum.unit is unit else convert(maximum, unit, cell.weighed.heating_value.value)

    @property
    def total(self) -> Quantity:
        """The sum of all days, in the unit of the contract."""
        return sum([self.sum_of(day) for day in self.days], Quantity.zero(self.group.contract.unit))


def review(act: Act, *, group: NominationGroup, cells: Cells | None = None, hold: bool = False) -> GroupReview:
    """Return the effect of the group now; the number of queries does not grow with its points.

    ``cells`` are what the table would say instead, for a count that stores nothing. With ``hold`` the accounts of the
    points and the heads of their days stay locked until the caller's transaction ends.
    """
    session = act.session
    batches = list_batches(session, group=group)
    kept = list_lines(session, batch_ids=[batch.id for batch in batches])
    if cells is not None:
        kept = {batch.id: _lines_of(batch, cells) for batch in batches}
    days = tuple([group.first_day.plus(place) for place in range(_count_days(group))])
    requests: list[Request] = []
    said: list[NominationBatchLine | None] = []
    for batch in batches:
        by_day = {line.gas_day: line for line in kept.get(batch.id, ())}
        for day in days:
            line = by_day.get(day)
            said.append(line)
            requests.append(_request_of(group, batch, day, line))
    weighed = table_rules.weigh_table(Act.of_system(session, act.now), requests, hold=hold)
    found = [
        TableCell(each, None if line is None else weigh_line(line, each))
        for line, each in zip(said, weighed, strict=True)
    ]
    rows = tuple(
        [
            TableRow(batch, tuple(found[place * len(days) : (place + 1) * len(days)]))
            for place, batch in enumerate(batches)
        ]
    )
    counted = [cell.line.weighed for cell in found if cell.line is not None and cell.line.counts]
    return GroupReview(group, days, rows, rules.digest_of(counted))


def find_own_warnings(line: ReviewedLine) -> tuple[QuantityWarning, ...]:
    """Return the warnings about a quantity that it would have without the contract's other points."""
    together = _is_above_together(line)
    return tuple([each for each in line.warnings if not (together and each is QuantityWarning.ABOVE_MAXIMUM)])


def warned_line_of(line: ReviewedLine) -> WarnedLine:
    """Return a quantity with its own warnings; ``ValueError`` without a quantity."""
    return WarnedLine(line.gas_day, line.weighed.quantity, find_own_warnings(line), line.weighed.maximum, line.mean)


def is_refused_together(line: ReviewedLine) -> bool:
    """Tell whether a quantity is refused only because of the contract's other points."""
    return line.refusal is Refusal.ABOVE_MAXIMUM and line.weighed.quantity <= line.weighed.maximum


def _is_above_together(line: ReviewedLine) -> bool:
    return QuantityWarning.ABOVE_MAXIMUM in line.warnings and line.weighed.quantity <= line.weighed.maximum


def _count_days(group: NominationGroup) -> int:
    return (group.last_day.date - group.first_day.date).days + 1


def _lines_of(batch: NominationBatch, cells: Cells) -> list[NominationBatchLine]:
    return [
        NominationBatchLine(
            batch_id=batch.id,
            gas_day=given.gas_day,
            quantity_micro=None if given.quantity is None else given.quantity.micro,
            typed=given.typed,
            cell=given.cell,
        )
        for given in cells.get(batch.delivery_point_id, ())
    ]


def _request_of(
    group: NominationGroup, batch: NominationBatch, day: GasDay, line: NominationBatchLine | None
) -> Request:
    micro = None if line is None else line.quantity_micro
    return Request(
        point=batch.delivery_point,
        kind=RequestKind.NOMINATION,
        gas_day=day,
        quantity=None if micro is None else Quantity.from_micro(micro, batch.delivery_point.unit),
        confirmed=group.confirmed_unusual,
        submission_id=f"{batch.submission_id}:{day.isoformat()}",
        batch_id=batch.id,
    )
