"""Plan of a history: what would be written at each point, and the portal's account held against the former sheet's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import FIRST_GAS_DAY
from portal.domain.nominations import Channel
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.models import Adjustment, Authorisation, DeliveryPoint, Nomination, Reading
from portal.services.files.problems import BadFile, Problem, Rule
from portal.services.ledger import ExpectedDay, Recomputer, Sources, closings
from portal.services.ledger.heating_values import History

from .collection import MICRO, Told, list_days
from .parts import Refused
from .shapes import WRITTEN, Figure


class OpeningFrom(StrEnum):
    """Source of the balance before the first day."""

    SAID = "said"
    FIRST_TOTAL = "first-total"


class Opening(NamedTuple):
    """Balance before the first day of a history: in which day's account it is written, and in the sheet's unit."""

    day: date
    quantity: Quantity
    gas: Gas
    source: OpeningFrom


class Kept(NamedTuple):
    """Figures that the portal has already: of how many days, the first, how many of them the file says otherwise."""

    days: int
    first: date
    different: int
    first_different: date | None


class Difference(NamedTuple):
    """The first day on which the portal's account and the sheet's differ, in millionths of ``unit``.

    ``imbalance`` is the portal's of that day, ``said_imbalance`` the sheet's, None if it has none.
    ``is_opposite``: they agree on every day when the sheet's are counted the other way round.
    """

    day: date
    figure: Figure
    unit: Unit
    computed: int
    said: int
    imbalance: int
    said_imbalance: int | None
    is_opposite: bool = False


class Held(NamedTuple):
    """Figure that was held against the sheet's, how many days, and the last of them with the portal's figure.

    ``figure`` is None when the sheet has nothing to hold against. A total that begins anew each month is
    ``MONTH_ACCUMULATED``, whatever its title.
    """

    figure: Figure | None
    unit: Unit
    days: int = 0
    last: date | None = None
    computed: int = 0
    said: int = 0


@dataclass(frozen=True)
class PointPlan:
    """Effect of the files on one point: the rows that are added, in millionths, and how its account compares."""

    point: DeliveryPoint
    told: Told
    added: Mapping[Figure, Mapping[date, int]]
    kept: Mapping[Figure, Kept]
    opening: Opening | None
    held: Held
    difference: Difference | None
    # The portal's account after its last day, millionths of m³ and MBTU.
    closing: tuple[int, int]

    @property
    def is_empty(self) -> bool:
        """True if nothing would be written."""
        return self.opening is None and not any(self.added.values())

    @property
    def is_reconciled(self) -> bool:
        """True if the sheet has a total and the portal's is the same on each of its days."""
        return self.held.figure is not None and self.difference is None


class _Stored(NamedTuple):
    """Figures of a point that the portal has, millionths by day; ``asked`` are days nominated in the portal itself."""

    figures: dict[Figure, dict[date, int]]
    asked: set[date]
    opening_on: date | None
    first: date | None


class Planner:
    """Plan one point after the other; reads the heating values of a gate once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._recomputer = Recomputer(session)

    def plan(self, told: Sequence[Told]) -> list[PointPlan]:
        """Return the plan of every point; ``Refused`` for a day of a closed month and an account that began later."""
        closed = closings.find_closed_months(self._session, delivery_point_ids={each.point.id for each in told})
        plans, refused = list[PointPlan](), list[tuple[str, BadFile]]()
        for each in told:
            month = closed.get(each.point.id)
            frozen = None if month is None else month.last.date
            try:
                plans.append(self._plan(each, frozen))
            except BadFile as bad:
                refused.append((f"{each.point.carrier_code} {each.point.name}", bad))
        if refused:
            raise Refused(refused)
        return plans

    def history_of(self, point: DeliveryPoint) -> History:
        """Return the heating values of a point's gate."""
        return self._recomputer.history_of(point)

    def _plan(self, told: Told, frozen: date | None) -> PointPlan:
        point = told.point
        stored = _load(self._session, point)
        added, kept = _divide(told, stored)
        new = sorted({day for days in added.values() for day in days})
        if frozen is not None and new and new[0] <= frozen:
            count = sum(day <= frozen for day in new)
            where = f"{new[0].isoformat()} (+{count - 1})" if count > 1 else new[0].isoformat()
            raise BadFile([Problem(Rule.MONTH_CLOSED, None, None, where, frozen.isoformat()[:7])])
        candidates = [
            self._hold(told, added, opening, said, accumulated)
            for opening, said, accumulated in self._readings(told, stored, added)
        ]
        best = next((each for each in candidates if each.difference is None), candidates[0])
        if best.opening is not None and frozen is not None and best.opening.day <= frozen:
            day = best.opening.day.isoformat()
            raise BadFile([Problem(Rule.MONTH_CLOSED, None, Figure.OPENING.value, day, frozen.isoformat()[:7])])
        return PointPlan(point, told, added, kept, *best)

    def _readings(
        self, told: Told, stored: _Stored, added: Mapping[Figure, Mapping[date, int]]
    ) -> list[tuple[Opening | None, dict[date, int], Figure | None]]:
        """Return how the sheet's totals may be meant: the opening that follows, the totals, and what they are.

        A total without a word of its own may begin anew each month.
        """
        total, month = dict(told.days[Figure.ACCUMULATED]), told.days[Figure.MONTH_ACCUMULATED]
        opening = self._find_opening(told, stored, total, added)
        found: list[tuple[Opening | None, dict[date, int], Figure | None]] = []
        if total:
            found.append((opening, total, Figure.ACCUMULATED))
            if not month and told.before is None and told.opening is None:
                found.append((None, total, Figure.MONTH_ACCUMULATED))
        elif month:
            found.append((opening, dict(month), Figure.MONTH_ACCUMULATED))
        elif told.days[Figure.IMBALANCE]:
            found.append((opening, dict(told.days[Figure.IMBALANCE]), Figure.IMBALANCE))
        else:
            found.append((opening, {}, None))
        return found

    def _find_opening(
        self,
        told: Told,
        stored: _Stored,
        total: Mapping[date, int],
        added: Mapping[Figure, Mapping[date, int]],
    ) -> Opening | None:
        """Return the opening balance to be written; None if it is zero, or the account has begun before."""
        point = told.point
        openings = told.days[Figure.OPENING]
        days = list_days(told) or sorted(openings) or sorted(total)
        first = days[0] if days else max(point.starts_on.date, FIRST_GAS_DAY.date)
        if stored.opening_on is not None:
            if stored.opening_on > first and any(day < stored.opening_on for days in added.values() for day in days):
                on = stored.opening_on.isoformat()
                raise BadFile([Problem(Rule.BEFORE_START, None, Figure.OPENING.value, first.isoformat(), on)])
            return None
        if stored.first is not None and stored.first < first:
            return None
        said, unit, source = told.opening, told.units.get(Figure.OPENING, point.unit), OpeningFrom.SAID
        if said is None and openings and min(openings) <= first:
            said = openings[min(openings)]
        before = [day for day in total if day < first]
        if said is None and before:
            said, unit = total[max(before)], told.units[Figure.ACCUMULATED]
        elif said is None and told.before is not None:
            said, unit = told.before[1], told.units[Figure.ACCUMULATED]
        elif said is None and first in total:
            unit, source = told.units[Figure.ACCUMULATED], OpeningFrom.FIRST_TOTAL
            expected = next(self._recomputer.forecast(point, added=_as_sources(point, added, None, only=first)), None)
            own = expected is not None and expected.day == first
            said = total[first] - (_in(unit, expected.imbalance_m3, expected.imbalance_mbtu) if own and expected else 0)
        if not said:
            return None
        value = HeatingValue(self.history_of(point).at(first, delivery_point_id=point.id)[0])
        quantity = Quantity.from_micro(said, unit)
        return Opening(first, quantity, Gas.of(quantity, value), source)

    def _hold(
        self,
        told: Told,
        added: Mapping[Figure, Mapping[date, int]],
        opening: Opening | None,
        said: Mapping[date, int],
        figure: Figure | None,
    ) -> _Candidate:
        point = told.point
        unit = point.unit if figure is None else told.units.get(figure) or told.units[Figure.ACCUMULATED]
        sources = _as_sources(point, added, opening)
        expected = list(self._recomputer.forecast(point, added=sources))
        closing = (expected[-1].total_m3, expected[-1].total_mbtu) if expected else (0, 0)
        if figure is None:
            return _Candidate(opening, Held(None, unit), None, closing)
        same = _compare(expected, said, figure, unit)
        difference = same.difference
        if difference is not None:
            said_imbalance = told.days[Figure.IMBALANCE].get(difference.day)
            other = _compare(expected, {day: -micro for day, micro in said.items()}, figure, unit)
            difference = difference._replace(said_imbalance=said_imbalance, is_opposite=other.difference is None)
        return _Candidate(
            opening, Held(figure, unit, same.days, same.last, same.computed, same.said), difference, closing
        )


class _Candidate(NamedTuple):
    """A way to read the sheet's totals, and what comes of it."""

    opening: Opening | None
    held: Held
    difference: Difference | None
    closing: tuple[int, int]


class _Compared(NamedTuple):
    days: int
    last: date | None
    computed: int
    said: int
    difference: Difference | None


def _compare(expected: Sequence[ExpectedDay], said: Mapping[date, int], figure: Figure, unit: Unit) -> _Compared:
    """Compare the sheet's figures with the account that is expected, up to the rounding of the sheet's last decimal.

    Beyond it a millionth a day is let pass, which converting each day's consumption may leave.
    """
    rounding = _find_step(said.values()) // 2
    found = _Compared(0, None, 0, 0, None)
    place, before = 0, None
    for count, day in enumerate(sorted(said), start=1):
        while place < len(expected) and expected[place].day <= day:
            before = expected[place]
            place += 1
        computed = _computed(before, day, figure, unit)
        imbalance = 0 if before is None or before.day != day else _in(unit, before.imbalance_m3, before.imbalance_mbtu)
        found = _Compared(count, day, computed, said[day], None)
        if abs(computed - said[day]) > rounding + place:
            return found._replace(difference=Difference(day, figure, unit, computed, said[day], imbalance, None))
    return found


def _computed(before: ExpectedDay | None, day: date, figure: Figure, unit: Unit) -> int:
    if before is None:
        return 0
    if figure is Figure.ACCUMULATED:
        return _in(unit, before.total_m3, before.total_mbtu)
    if figure is Figure.MONTH_ACCUMULATED:
        same = (before.day.year, before.day.month) == (day.year, day.month)
        return _in(unit, before.month_m3, before.month_mbtu) if same else 0
    return _in(unit, before.imbalance_m3, before.imbalance_mbtu) if before.day == day else 0


def _find_step(values: Iterable[int]) -> int:
    """Return the last decimal that any of the figures has, in millionths; one for six decimals."""
    step = MICRO
    for value in values:
        while step > 1 and value % step:
            step //= 10
    return step


def _in(unit: Unit, m3: int, mbtu: int) -> int:
    return m3 if unit is Unit.M3 else mbtu


def _as_sources(
    point: DeliveryPoint,
    added: Mapping[Figure, Mapping[date, int]],
    opening: Opening | None,
    *,
    only: date | None = None,
) -> dict[date, Sources]:
    """Return the added rows as sources of the ledger, by day."""
    nominated, authorised, consumed = (added.get(figure, {}) for figure in WRITTEN)
    days = {*nominated, *authorised, *consumed} if only is None else {only}
    found: dict[date, Sources] = {}
    for day in days:
        asked, allowed, taken = nominated.get(day), authorised.get(day), consumed.get(day)
        found[day] = Sources(
            None if asked is None else (point.unit.value, asked, 1),
            None if allowed is None else (allowed, None),
            None if taken is None else (taken, ReadingState.CERTIFIED.value),
        )
    if opening is not None:
        moved = (opening.gas.m3.micro, opening.gas.mbtu.micro)
        found[opening.day] = found.get(opening.day, Sources())._replace(moved=moved)
    return found


def _divide(told: Told, stored: _Stored) -> tuple[dict[Figure, dict[date, int]], dict[Figure, Kept]]:
    """Return the figures that are new, and those of days that the portal has already: its own are never replaced."""
    added: dict[Figure, dict[date, int]] = {}
    kept: dict[Figure, Kept] = {}
    for figure in WRITTEN:
        known = stored.figures[figure]
        days = told.days[figure]
        there = sorted(day for day in days if day in known or (figure is not Figure.CONSUMED and day in stored.asked))
        different = [day for day in there if known.get(day) != days[day]]
        if there:
            kept[figure] = Kept(len(there), there[0], len(different), different[0] if different else None)
        skipped = set(there)
        added[figure] = {day: days[day] for day in sorted(days) if day not in skipped}
    return added, kept


def _load(session: Session, point: DeliveryPoint) -> _Stored:
    """Return the figures that the portal has of a point; of several versions the newest."""
    asked: set[date] = set()
    figures: dict[Figure, dict[date, int]] = {figure: {} for figure in WRITTEN}
    for row in session.execute(
        select(
            Nomination.gas_day, Nomination.channel, Nomination.quantity_m3, Nomination.quantity_mbtu, Nomination.cancels
        )
        .where(Nomination.delivery_point_id == point.id)
        .order_by(Nomination.gas_day, Nomination.revision)
    ):
        figures[Figure.NOMINATED][row.gas_day.date] = (
            row.quantity_m3 if point.unit is Unit.M3 else row.quantity_mbtu
        ).micro
        if row.channel is not Channel.CARRIED_OVER:
            asked.add(row.gas_day.date)
    for given in session.execute(
        select(Authorisation.gas_day, Authorisation.quantity_m3, Authorisation.quantity_mbtu)
        .where(Authorisation.delivery_point_id == point.id)
        .order_by(Authorisation.gas_day, Authorisation.version)
    ):
        figures[Figure.AUTHORISED][given.gas_day.date] = (
            given.quantity_m3 if point.unit is Unit.M3 else given.quantity_mbtu
        ).micro
    for read in session.execute(
        select(Reading.gas_day, Reading.volume_m3)
        .where(Reading.delivery_point_id == point.id)
        .order_by(Reading.gas_day, Reading.version)
    ):
        figures[Figure.CONSUMED][read.gas_day.date] = read.volume_m3.micro
    moved = session.execute(
        select(Adjustment.gas_day, Adjustment.reason).where(Adjustment.delivery_point_id == point.id)
    ).all()
    opening = next((row.gas_day.date for row in moved if row.reason is AdjustmentReason.OPENING), None)
    days = [*asked, *[day for of_figure in figures.values() for day in of_figure], *[row.gas_day.date for row in moved]]
    return _Stored(figures, asked, opening, min(days, default=None))
