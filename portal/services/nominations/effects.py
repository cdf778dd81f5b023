"""What a quantity would mean before it is signed: limit, usual figures, the other unit, the end of the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.month_end import DayAhead, MonthEnd, project
from portal.domain.nominations import FACTORS, Factors, QuantityWarning, warnings_for
from portal.domain.quantities import Gas, Quantity, Unit, convert, entered
from portal.domain.suggestions import HISTORY_DAYS, usual
from portal.models import DeliveryPoint, Nomination, NominationDraft, NominationHead
from portal.services import grants, heating_values, settings, usage
from portal.services.actors import Actor
from portal.services.heating_values import HeatingValueInForce

from . import rules
from .rules import Terms


@dataclass(frozen=True, slots=True)
class Effects:
    """What a quantity would mean for the day of a draft; in its unit, shares in percent.

    ``left`` of the daily maximum is negative when it is exceeded; ``is_blocked`` when the contract takes no more then.
    ``meant`` is the figure in the unit of the point if it was typed in the other one, as the guard then suspects.
    ``percent_of_mean`` and ``month_end`` only where ``DayFacts`` has what they rest on.
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
        """It exceeds the daily maximum, alone or with the other points of the contract."""
        return QuantityWarning.ABOVE_MAXIMUM in self.warnings

    @property
    def is_unit_suspected(self) -> bool:
        """It looks as if the other unit had been meant."""
        return QuantityWarning.UNIT_SUSPECTED in self.warnings


@dataclass(frozen=True, slots=True)
class Outlook:
    """The month of a gas day, day by day, to see where it ends with one quantity or another."""

    gas_day: GasDay
    today: GasDay
    tolerance_basis_points: int
    days: tuple[DayAhead, ...]

    def with_quantity(self, quantity: Quantity) -> MonthEnd:
        """Return where the month would end if ``quantity`` were authorised for the gas day."""
        asked = [replace(day, due=quantity) if day.gas_day == self.gas_day else day for day in self.days]
        return project(quantity.unit, asked, self.today, self.tolerance_basis_points)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is said beside the quantity of a draft, in its unit.

    ``mean``, ``in_force`` (in the unit it was signed in) and ``outlook`` only once the point's key was proved;
    ``others``, what the other points of the contract have in force, only once the key of each of those was (ADR 5).
    ``is_late`` when the operator will have to accept it; ``was_withdrawn`` when the day's nomination was cancelled.
    """

    maximum: Quantity
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
    was_withdrawn: bool = False
    factors: Factors = FACTORS

    @property
    def left(self) -> Quantity:
        """What the maximum leaves to this point, as far as the others may be told; negative when they exceed it."""
        return self.maximum if self.others is None else self.maximum - self.others

    def of(self, quantity: Quantity, weighed: tuple[QuantityWarning, ...] | None = None) -> Effects:
        """Return what this quantity would mean; nothing is refused here.

        ``weighed`` are the warnings that a step gave, which counts other points than those that may be told.
        """
        unit = quantity.unit
        other = Unit.MBTU if unit is Unit.M3 else Unit.M3
        warnings = weighed
        if warnings is None:
            warnings = warnings_for(quantity, self.maximum, self.others, self.mean, self.factors)
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
        """Return the figure as typed in the other unit, if that is the nearer to what is usual."""
        typed = Quantity.from_micro(quantity.micro, other)
        meant = entered(convert(typed, quantity.unit, self.heating_value.value))
        return meant if self.mean is not None and abs(meant - self.mean) < abs(quantity - self.mean) else None


def day_facts(
    session: Session, *, actor: Actor, draft: NominationDraft, now: datetime, terms: Terms | None = None
) -> DayFacts:
    """Return limits, usual figures and outlook for the day of the draft, by eleven questions at most.

    Refuses as ``check_day`` when the day closed meanwhile; ``terms`` saves that question when it was just asked.
    """
    if draft.gas_day is None:
        raise ValueError("the facts of a quantity belong to a gas day")
    point, unit, gas_day = draft.delivery_point, draft.unit, draft.gas_day
    terms = terms or rules.check_day(session, draft=draft, gas_day=gas_day, now=now)
    proved = grants.proved_point_ids(session, actor=actor, now=now)
    is_proved, known = point.id in proved, settings.read(session)
    tolerance = known.tolerance(point.contract).on(gas_day)
    return DayFacts(
        maximum=rules.daily_maximum(session, point=point, unit=unit, gas_day=gas_day),
        maximum_blocks=point.contract.maximum_blocks,
        others=_others(session, point=point, unit=unit, gas_day=gas_day, proved=proved),
        floor=terms.floor,
        effective_at=terms.effective_at,
        mean=rules.usual_quantity(session, point=point, unit=unit, before=gas_day) if is_proved else None,
        in_force=terms.in_force.quantity if is_proved and terms.in_force else None,
        heating_value=heating_values.in_force(session, exit_point_id=point.exit_point_id, gas_day=gas_day),
        outlook=_outlook(session, point=point, gas_day=gas_day, today=GasDay.of(now), tolerance=tolerance)
        if is_proved
        else None,
        is_proved=is_proved,
        is_late=terms.is_late,
        was_withdrawn=terms.head is None
        and rules.last_revision(session, delivery_point_id=point.id, gas_day=gas_day) > 0,
        factors=known.factors(settings.place_of(point), gas_day),
    )


_OTHERS = (
    select(NominationHead.delivery_point_id, Nomination.quantity_m3, Nomination.quantity_mbtu)
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
    .where(
        DeliveryPoint.contract_id == bindparam("contract_id"),
        DeliveryPoint.id != bindparam("point_id"),
        NominationHead.gas_day == bindparam("day"),
    )
)


def _others(
    session: Session, *, point: DeliveryPoint, unit: Unit, gas_day: GasDay, proved: set[int]
) -> Quantity | None:
    """Return what the other points of the contract have in force; None when one of them was not proved."""
    rows = session.connection().execute(
        _OTHERS, {"contract_id": point.contract_id, "point_id": point.id, "day": gas_day}
    )
    found = rows.all()
    if not proved.issuperset(row[0] for row in found):
        return None
    return sum((Gas(m3, mbtu).in_unit(unit) for _, m3, mbtu in found), Quantity.zero(unit))


def _outlook(
    session: Session, *, point: DeliveryPoint, gas_day: GasDay, today: GasDay, tolerance: int
) -> Outlook | None:
    """Return the days of the month of ``gas_day`` on which gas is delivered, with what each usually takes.

    None while nobody can say what ``gas_day`` itself takes.
    """
    month = Month.of(gas_day)
    first = min(month.first, today).plus(-HISTORY_DAYS)
    days = usage.of_points(session, points=[point], first=first, last=month.last)[point.id]
    measured = usage.measured(session, days=days)
    known = today.plus(-1)
    if usual(measured, gas_day, known) is None:
        return None

    def ahead(day: GasDay) -> DayAhead:
        consumed = days.quantity(days.consumed, day)
        return DayAhead(
            day, days.quantity(days.due, day), consumed, usual(measured, day, known) if consumed is None else None
        )

    served: Sequence[GasDay] = [day for day in month.days() if point.in_force_on(day)]
    return Outlook(gas_day, today, tolerance, tuple([ahead(day) for day in served]))
