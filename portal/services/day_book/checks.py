"""Lines of a day's book above a contract's maximum or far from the usual figures of their point.

Source: docs/rules.md, "What blocks and what warns".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning, find_warnings
from portal.domain.quantities import Quantity, Unit, half_up
from portal.domain.settings import Place
from portal.services.nominations.rules import MEAN_DAYS
from portal.services.points import settings

from . import hot
from .lines import Line

WEIGHED = (LineState.TO_AUTHORISE, LineState.RECORDED)


class Questioned(NamedTuple):
    """A line that is not confirmed with the others, and the figures it was compared with.

    ``together`` is the sum of the contract on that day and ``maximum`` its upper limit, in the unit of the contract;
    ``mean`` the usual daily consumption of the point, in its own unit, None without readings.
    """

    line: Line
    warnings: tuple[QuantityWarning, ...]
    together: Quantity
    maximum: Quantity
    mean: Quantity | None


def list_questioned(session: Session, *, gas_day: GasDay, lines: Sequence[Line]) -> list[Questioned]:
    """Return the lines that wait for a decision or publication and are above a maximum or far off, in order.

    One query and that of the settings, none when nothing waits. A line counts with its recorded or published quantity,
    else as it was asked.
    """
    weighed = [(line, state) for line in lines if (state := line.state) in WEIGHED]
    if not weighed:
        return []
    together = _together(lines)
    means = _means(session, gas_day)
    kept = settings.read(session)
    found = []
    for line, state in weighed:
        gas = line.recorded if state is LineState.RECORDED else line.asked
        if gas is None:
            continue
        factors = kept.factors(Place(line.modality, line.contract_id, line.point_id), gas_day)
        mean = means.get((line.point_id, line.unit))
        maximum = Quantity(line.maximum_micro, Unit(line.contract_unit_word))
        sum_ = together[line.contract_id]
        warnings = find_warnings(gas.in_unit(line.unit), None, None, mean, factors)
        if sum_ > maximum:
            warnings = (QuantityWarning.ABOVE_MAXIMUM, *warnings)
        if warnings:
            found.append(Questioned(line, warnings, sum_, maximum, mean))
    return found


def _together(lines: Sequence[Line]) -> dict[int, Quantity]:
    """Return the sum of each contract on that day, in its unit: recorded or published quantities, else the asked."""
    sums: dict[int, int] = defaultdict(int)
    units: dict[int, Unit] = {}
    for line in lines:
        unit = units.setdefault(line.contract_id, Unit(line.contract_unit_word))
        gas = line.asked if line.state is LineState.OUTDATED else line.allowed or line.asked
        if gas is not None:
            sums[line.contract_id] += gas.in_unit(unit).micro
    return {contract: Quantity(sums[contract], unit) for contract, unit in units.items()}


def _means(session: Session, gas_day: GasDay) -> dict[tuple[int, Unit], Quantity]:
    found: dict[tuple[int, Unit], Quantity] = {}
    since = gas_day.plus(-2 * MEAN_DAYS)
    for row in hot.USUAL.rows(session, since=since.date, before=gas_day.date):
        # PostgreSQL returns a sum of integers as NUMERIC.
        found[row.delivery_point_id, Unit.M3] = Quantity(half_up(int(row.m3), row.days), Unit.M3)
        found[row.delivery_point_id, Unit.MBTU] = Quantity(half_up(int(row.mbtu), row.days), Unit.MBTU)
    return found
