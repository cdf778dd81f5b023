"""Limits and usual figures shown next to the quantity of a draft: the other unit, the month's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.month_end import DayAhead, MonthEnd, project
from portal.domain.nominations import FACTORS, Factors, QuantityWarning, find_warnings
from portal.domain.quantities import Gas, Quantity, Unit, convert, round_typed
from portal.domain.suggestions import HISTORY_DAYS, compute_usual
from portal.models import DeliveryPoint, NominationDraft
from portal.services.keys import grants
from portal.services.ledger import usage
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.points import settings
from portal.services.store.acts import Act

from . import rules
from .requests import request_of
from .rules import Weighed


@dataclass(frozen=True, slots=True)
class Effects:
    """Effect of a quantity on the day of a draft; in its unit, shares in percent.

    ``left`` of the daily maximum is negative when it is exceeded; ``is_blocked`` when the contract allows no more.
    ``meant`` is the figure in the unit of the point if it was typed in the other one, as the check then suspects.
    ``percent_of_mean`` and ``month_end`` only where ``DayFacts`` has their basis.
    """

    quantity: Quantity
    other_unit: Quantity
    left: Quantity
    percent_of_maximum: Decimal
    percent_of_mean: Decimal | None
    warnings: tuple[QuantityWarning, ...]
    meant: Quantity | None
    is_below_floor: bool
    is_blocked: bool
    month_end: MonthEnd | None

    @property
    def is_above_maximum(self) -> bool:
        """True when it exceeds the daily maximum, alone or with the other points of the contract."""
        return QuantityWarning.ABOVE_MAXIMUM in self.warnings

    @property
    def is_unit_suspected(self) -> bool:
        """True when the quantity looks like a figure in the other unit."""
        return QuantityWarning.UNIT_SUSPECTED in self.warnings


@dataclass(frozen=True, slots=True)
class Outlook:
    """Month of a gas day, day by day, to compute its end for a quantity."""

    gas_day: GasDay
    today: GasDay
    tolerance_basis_points: int
    days: tuple[DayAhead, ...]

    def with_quantity(self, quantity: Quantity) -> MonthEnd:
        """Return the end of the month if ``quantity`` were authorised for the gas day."""
        asked = [replace(day, due=quantity) if day.gas_day == self.gas_day else day for day in self.days]
        return project(quantity.unit, asked, self.today, self.tolerance_basis_points)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Limits and usual figures shown next to the quantity of a draft, in its unit.

    ``mean``, ``in_force`` (in the unit it was signed in), ``outlook`` and ``floor``, a share of what is in force, only
    once the point's key was proved; ``has_floor`` tells whether there is one;
    ``others``, the sum in force of the contract's other points, only once the key of each of those was (ADR 5).
    ``contract_maximum`` is the maximum in the unit of the contract.
    ``closes_at`` is the last moment at which the request is taken.
    ``is_late`` when the operator will have to accept it; ``was_withdrawn`` when the day's nomination was cancelled.
    """

    maximum: Quantity
    contract_maximum: Quantity
    maximum_blocks: bool
    others: Quantity | None
    floor: Quantity | None
    effective_at: datetime | None
    mean: Quantity | None
    in_force: Quantity | None
    heating_value: HeatingValueInForce
    outlook: Outlook | None
    is_proved: bool
    is_late: bool
    closes_at: datetime
    was_withdrawn: bool = False
    has_floor: bool = False
    factors: Factors = FACTORS

    @property
    def left(self) -> Quantity:
        """The rest of the maximum for this point, less the others where they may be shown; negative when exceeded."""
        return self.maximum if self.others is None else self.maximum - self.others

    def of(self, quantity: Quantity, weighed: tuple[QuantityWarning, ...] | None = None) -> Effects:
        """Return the effect of this quantity, refusing nothing.

        ``weighed`` are the warnings of a step, which counts also points that may not be shown.
        """
        unit = quantity.unit
        other = Unit.MBTU if unit is Unit.M3 else Unit.M3
        warnings = weighed
        if warnings is None:
            warnings = find_warnings(quantity, self.maximum, self.others, self.mean, self.factors)
        return Effects(
            quantity=quantity,
            other_unit=Gas.of(quantity, self.heating_value.value).in_unit(other),
            left=self.left - quantity,
            percent_of_maximum=100 * quantity.amount / self.maximum.amount,
            percent_of_mean=100 * quantity.amount / self.mean.amount if self.mean and self.mean.micro else None,
            warnings=warnings,
            meant=self._meant(quantity, other) if QuantityWarning.UNIT_SUSPECTED in warnings else None,
            is_below_floor=self.floor is not None and quantity < self.floor,
            is_blocked=QuantityWarning.ABOVE_MAXIMUM in warnings and self.maximum_blocks,
            month_end=self.outlook.with_quantity(quantity) if self.outlook else None,
        )

    def _meant(self, quantity: Quantity, other: Unit) -> Quantity | None:
        """Return the figure as typed in the other unit, if that is nearer to the usual consumption."""
        typed = Quantity.from_micro(quantity.micro, other)
        meant = round_typed(convert(typed, quantity.unit, self.heating_value.value))
        return meant if self.mean is not None and abs(meant - self.mean) < abs(quantity - self.mean) else None


def load_day_facts(act: Act, *, draft: NominationDraft, weighed: Weighed | None = None) -> DayFacts:
    """Return limits, usual figures and outlook for the day of the draft, by eleven queries at most.

    Refuses when the day is closed for requests; ``weighed`` saves that query when it was just made.
    """
    session = act.session
    if draft.gas_day is None:
        raise ValueError("the facts of a quantity belong to a gas day")
    point, gas_day = draft.delivery_point, draft.gas_day
    if weighed is None:
        weighed = rules.weigh(Act.of_system(session, act.now), request_of(draft, gas_day=gas_day)).demand()
    proved = grants.list_proved_point_ids(act)
    is_proved = point.id in proved
    tolerance = settings.read(session).tolerance(point.contract).on(gas_day)
    return DayFacts(
        maximum=weighed.maximum,
        contract_maximum=rules.find_maximum_of_contract(session, point=point, gas_day=gas_day),
        maximum_blocks=point.contract.maximum_blocks,
        others=weighed.others if proved.issuperset(weighed.other_point_ids) else None,
        floor=weighed.floor if is_proved else None,
        effective_at=weighed.effective_at,
        mean=weighed.mean if is_proved else None,
        in_force=weighed.in_force.quantity if is_proved and weighed.in_force else None,
        heating_value=weighed.heating_value,
        outlook=_outlook(session, point=point, gas_day=gas_day, today=GasDay.of(act.now), tolerance=tolerance)
        if is_proved
        else None,
        is_proved=is_proved,
        is_late=weighed.is_late,
        closes_at=weighed.closes_at,
        was_withdrawn=weighed.head is None
        and rules.find_last_revision(session, delivery_point_id=point.id, gas_day=gas_day) > 0,
        has_floor=weighed.floor is not None and weighed.floor.micro > 0,
        factors=weighed.factors,
    )


def _outlook(
    session: Session, *, point: DeliveryPoint, gas_day: GasDay, today: GasDay, tolerance: int
) -> Outlook | None:
    """Return the days of the month of ``gas_day`` with delivery, each with its usual consumption.

    None when the usual consumption of ``gas_day`` itself is unknown.
    """
    month = Month.of(gas_day)
    first = min(month.first, today).plus(-HISTORY_DAYS)
    days = usage.load_days_of_points(session, points=[point], first=first, last=month.last)[point.id]
    measured = usage.load_measured(session, days=days)
    known = today.plus(-1)
    if compute_usual(measured, gas_day, known) is None:
        return None

    def ahead(day: GasDay) -> DayAhead:
        consumed = days.quantity(days.consumed, day)
        return DayAhead(
            day,
            days.quantity(days.due, day),
            consumed,
            compute_usual(measured, day, known) if consumed is None else None,
        )

    served: Sequence[GasDay] = [day for day in month.days() if point.in_force_on(day)]
    return Outlook(gas_day, today, tolerance, tuple([ahead(day) for day in served]))
