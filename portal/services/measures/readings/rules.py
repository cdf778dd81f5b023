"""Rules for one reading, given its point, the time and the reading in force (docs/rules.md, "Readings")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from portal.domain.accounts import Function, Role, may
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState, is_old
from portal.models import DeliveryPoint
from portal.services.files.problems import Problem, Rule
from portal.services.files.sheet_tables import Table

from .shapes import DAY, QUANTITY, STATE, ParsedRow

# From these states a reading changes only by a correction with a reason.
CLOSED_STATES = (ReadingState.CERTIFIED, ReadingState.CORRECTED)


class InForce(NamedTuple):
    """Newest version of a point and day; ``micro`` is millionths of m³."""

    version: int
    state: ReadingState
    micro: int

    @property
    def volume(self) -> Quantity:
        """The volume in standard m³."""
        return Quantity.from_micro(self.micro, Unit.M3)


def find_row_problems(
    table: Table, row: ParsedRow, point: DeliveryPoint, before: InForce | None, *, now: datetime
) -> Iterator[Problem]:
    """Yield the rules that this row breaks on its own."""
    day = row.gas_day
    if day is None:
        return
    broken = find_day_rule(day, row.state, point, now)
    if broken is not None:
        yield table.problem(broken[0], row.row, DAY, fact=broken[1])
    if row.micro is not None and row.state is not None and is_new(row.micro, row.state, before):
        rule = find_state_rule(row.state, before)
        if rule is not None:
            column = STATE if table.has(STATE) else QUANTITY
            yield table.problem(rule, row.row, column, fact=before.state.value if before else None)


def find_age_rule(
    day: GasDay, micro: int | None, state: ReadingState | None, before: InForce | None, role: Role | None, now: datetime
) -> Rule | None:
    """Return the rule that a correction after more than five months breaks, else None (contract, cl. 51 and 68).

    Nobody, the system (None) included, may charge more consumption by then; of people, only a supervisor may correct.
    A row that repeats the reading in force breaks none: a file may repeat what was imported long ago.
    """
    if state is not ReadingState.CORRECTED or not is_old(day, GasDay.of(now)):
        return None
    if not is_new(micro, state, before):
        return None
    if role is not None and not may(role, Function.CORRECT_OLD_DAYS):
        return Rule.FOR_SUPERVISORS
    return Rule.TOO_OLD_TO_CHARGE if before is not None and micro is not None and micro > before.micro else None


def is_new(micro: int | None, state: ReadingState | None, before: InForce | None) -> bool:
    """Tell whether the reading, millionths of m³ and state, differs from the one in force and needs a new version."""
    if before is None or micro != before.micro:
        return True
    # Telemetry repeats values that were certified since: the same value is no contradiction.
    weaker = state is ReadingState.PROVISIONAL or before.state is ReadingState.CORRECTED
    return not (state is before.state or (before.state in CLOSED_STATES and weaker))


def find_day_rule(
    day: GasDay, state: ReadingState | None, point: DeliveryPoint, now: datetime
) -> tuple[Rule, str | None] | None:
    """Return the rule that a reading of this day breaks, with the value it compares with; None when it breaks none."""
    today = GasDay.of(now)
    if day > today:
        return Rule.FUTURE_DAY, today.isoformat()
    if day == today and state is not None and state is not ReadingState.PROVISIONAL:
        return Rule.DAY_NOT_OVER, today.isoformat()
    if day < point.starts_on:
        return Rule.BEFORE_START, point.starts_on.isoformat()
    if point.ends_on is not None and day >= point.ends_on:
        return Rule.AFTER_END, point.ends_on.plus(-1).isoformat()
    return None


def find_state_rule(state: ReadingState, before: InForce | None) -> Rule | None:
    """Return the rule that this state breaks against the reading in force; None when it breaks none."""
    if state is ReadingState.CORRECTED:
        closed = before is not None and before.state in CLOSED_STATES
        return None if closed else Rule.NOTHING_TO_CORRECT
    if before is None:
        return None
    if before.state in CLOSED_STATES:
        return Rule.CLOSED
    if state is ReadingState.ESTIMATED and before.state is ReadingState.PROVISIONAL:
        return Rule.ALREADY_MEASURED
    return None
