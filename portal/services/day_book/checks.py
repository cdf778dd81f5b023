"""Lines of a day's book above a contract's maximum or far from the usual figures of their point.

Source: docs/rules.md, "What blocks and what warns".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.domain.authorisations import LineState
from portal.domain.gas_day import GasDay
from portal.domain.nominations import FACTORS, MEAN_DAYS, QuantityWarning, compare_with_mean
from portal.domain.quantities import Quantity, Unit, half_up
from portal.domain.settings import Place
from portal.services.points import settings

from . import hot
from .blocks import Block, Blocks
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
    session: Session, *, gas_day: GasDay, blocks: Blocks, usual: Usual | None = None
) -> list[Questioned]:
    """Return the lines that wait for a decision or publication and are above a maximum or far off, in order.

    One query and that of the settings, none when nothing waits. A line counts with its recorded or published quantity,
    else as it was asked. ``usual`` is what ``load_usual`` returns, where the caller has it.
    """
    if not any(blocks.counts[state] for state in WEIGHED):
        return []
    together = _together(blocks)
    above = frozenset(contract for contract, (total, maximum) in together.items() if total > maximum)
    usual = load_usual(session, gas_day) if usual is None else usual
    kept = settings.read(session).only_factors()
    found = []
    for block in blocks.each:
        given = (usual, kept, gas_day, above.intersection(block.contracts))
        for line, warnings in block.recall("questioned", given, partial(_question, block, *given)):
            total, maximum = together[line.contract_id]
            found.append(Questioned(line, warnings, total, maximum, usual.get(line.point_id)))
    return found


def _question(
    block: Block, usual: Usual, kept: settings.Known, gas_day: GasDay, above: frozenset[int]
) -> list[tuple[Line, tuple[QuantityWarning, ...]]]:
    """Return the lines of a block that are questioned, each with its reasons; ``above`` are row ids of contracts."""
    found: list[tuple[Line, tuple[QuantityWarning, ...]]] = []
    for line, state in block.pairs:
        if state not in WEIGHED:
            continue
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
        is_above = line.contract_id in above
        if is_above or warning is not None:
            said = (QuantityWarning.ABOVE_MAXIMUM if is_above else None, warning)
            found.append((line, tuple([each for each in said if each is not None])))
    return found


def _together(blocks: Blocks) -> dict[int, tuple[Quantity, Quantity]]:
    """Return each contract's sum and maximum on that day, in its unit: recorded or published, else asked quantities."""
    sums: dict[int, int] = defaultdict(int)
    maxima: dict[int, Quantity] = {}
    for share in blocks.shares:
        line = share.line
        sums[line.contract_id] += share.counted
        maxima.setdefault(line.contract_id, Quantity(line.maximum_micro, Unit(line.contract_unit_word)))
    return {contract: (Quantity(sums[contract], maximum.unit), maximum) for contract, maximum in maxima.items()}


def load_usual(session: Session, gas_day: GasDay) -> Usual:
    """Return the mean of each point with readings, in its unit, millionths, half-up."""
    since = gas_day.plus(-2 * MEAN_DAYS)
    return {
        # PostgreSQL returns a sum of integers as NUMERIC.
        row.delivery_point_id: half_up(int(row.micro), row.days)
        for row in hot.USUAL.rows(session, since=since.date, before=gas_day.date)
        if row.days
    }
