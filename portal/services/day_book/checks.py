"""Lines of a day's book above a contract's maximum or far from the usual figures of their point.

Source: docs/rules.md, "What blocks and what warns".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.domain.nominations import FACTORS, MEAN_DAYS, QuantityWarning, compare_with_mean
from portal.domain.quantities import Quantity, Unit, half_up
from portal.domain.settings import Place
from portal.services.points import settings

from . import hot
from .lines import Line

# Usual daily consumption by row id of the point, in its unit, millionths.
Usual = Mapping[int, int]
WEIGHED = (LineState.TO_AUTHORISE, LineState.RECORDED)


class Questioned(NamedTuple):
    """A line that is not confirmed with the others, and the figures it was compared with.

    ``together`` is the sum of the contract on that day and ``maximum`` its upper limit, in the unit of the contract;
    ``usual`` the usual daily consumption of the point, in its own unit, millionths, None without readings.
    """

    line: Line
    warnings: tuple[QuantityWarning, ...]
    together: Quantity
    maximum: Quantity
    usual: int | None

    @property
    def mean(self) -> Quantity | None:
        """The usual daily consumption of the point, in its own unit, None without readings."""
        return None if self.usual is None else Quantity(self.usual, self.line.unit)


def list_questioned(
    session: Session,
    *,
    gas_day: GasDay,
    lines: Sequence[Line],
    states: Sequence[LineState] | None = None,
    usual: Usual | None = None,
) -> list[Questioned]:
    """Return the lines that wait for a decision or publication and are above a maximum or far off, in order.

    One query and that of the settings, none when nothing waits. A line counts with its recorded or published quantity,
    else as it was asked. ``states`` and ``usual`` are those of the lines where the caller has them.
    """
    known = [line.state for line in lines] if states is None else states
    weighed = [(line, state) for line, state in zip(lines, known, strict=True) if state in WEIGHED]
    if not weighed:
        return []
    together = _together(lines)
    above = {contract for contract, (total, maximum) in together.items() if total > maximum}
    usual = load_usual(session, gas_day) if usual is None else usual
    kept = settings.read(session).only_factors()
    found = []
    for line, state in weighed:
        # In millionths: a book has a thousand lines, and few are questioned.
        micro = line.recorded_micro if state is LineState.RECORDED else line.asked_micro
        if micro is None:
            continue
        mean, warning = usual.get(line.point_id), None
        if mean:
            # Mostly none are set: a place for each of ten thousand lines is then for nothing.
            factors = FACTORS
            if kept.rows:
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
                mean,
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
        if line.recorded_m3 is None and line.published_m3 is None:
            # Most lines have no authorisation yet.
            counted = line.asked_m3 if line.contract_unit_word == Unit.M3 else line.asked_mbtu
        else:
            counted = _counted(line)
        sums[line.contract_id] += counted or 0
    return {contract: (Quantity(sums[contract], maximum.unit), maximum) for contract, maximum in maxima.items()}


def _counted(line: Line) -> int | None:
    """Return the quantity that a line counts with, in the unit of its contract, millionths."""
    gas = line.asked if line.state is LineState.OUTDATED else line.allowed or line.asked
    return None if gas is None else (gas.m3 if line.contract_unit_word == Unit.M3 else gas.mbtu).micro


def load_usual(session: Session, gas_day: GasDay) -> Usual:
    """Return the mean of each point with readings, in its unit, millionths, half-up."""
    since = gas_day.plus(-2 * MEAN_DAYS)
    return {
        # PostgreSQL returns a sum of integers as NUMERIC.
        row.delivery_point_id: half_up(int(row.micro), row.days)
        for row in hot.USUAL.rows(session, since=since.date, before=gas_day.date)
        if row.days
    }
