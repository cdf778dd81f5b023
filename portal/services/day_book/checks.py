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
from portal.domain.nominations import QuantityWarning, compare_with_mean
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
    above = {contract for contract, (total, maximum) in together.items() if total > maximum}
    usual = _usual(session, gas_day)
    kept = settings.read(session).only_factors()
    found = []
    for line, state in weighed:
        # In millionths: a book has a thousand lines, and few are questioned.
        micro = line.recorded_micro if state is LineState.RECORDED else line.asked_micro
        if micro is None:
            continue
        mean, warning = usual.get(line.point_id), None
        if mean:
            factors = kept.factors(Place(line.modality, line.contract_id, line.point_id), gas_day)
            warning = compare_with_mean(micro, mean, factors)
        if warning is None and line.contract_id not in above:
            continue
        warnings = (QuantityWarning.ABOVE_MAXIMUM,) if line.contract_id in above else ()
        total, maximum = together[line.contract_id]
        found.append(
            Questioned(
                line,
                warnings if warning is None else (*warnings, warning),
                total,
                maximum,
                None if mean is None else Quantity(mean, line.unit),
            )
        )
    return found


def _together(lines: Sequence[Line]) -> dict[int, tuple[Quantity, Quantity]]:
    """Return each contract's sum and maximum on that day, in its unit: recorded or published, else asked quantities."""
    sums: dict[int, int] = defaultdict(int)
    maxima: dict[int, Quantity] = {}
    for line in lines:
        if line.contract_id not in maxima:
            maxima[line.contract_id] = Quantity(line.maximum_micro, Unit(line.contract_unit_word))
        sums[line.contract_id] += _counted(line) or 0
    return {contract: (Quantity(sums[contract], maximum.unit), maximum) for contract, maximum in maxima.items()}


def _counted(line: Line) -> int | None:
    """Return the quantity that a line counts with, in the unit of its contract, millionths."""
    in_m3 = line.contract_unit_word == Unit.M3
    if line.recorded_m3 is None and line.published_m3 is None:
        # Most lines have no authorisation yet.
        return line.asked_m3 if in_m3 else line.asked_mbtu
    gas = line.asked if line.state is LineState.OUTDATED else line.allowed or line.asked
    return None if gas is None else (gas.m3 if in_m3 else gas.mbtu).micro


def _usual(session: Session, gas_day: GasDay) -> dict[int, int]:
    """Return the mean of each point with readings, in its unit, millionths, half-up."""
    since = gas_day.plus(-2 * MEAN_DAYS)
    return {
        # PostgreSQL returns a sum of integers as NUMERIC.
        row.delivery_point_id: half_up(int(row.micro), row.days)
        for row in hot.USUAL.rows(session, since=since.date, before=gas_day.date)
        if row.days
    }
