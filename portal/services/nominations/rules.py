"""Rules for a request: facts and verdicts, the same for every channel.

Source: docs/rules.md, "Timetable", "What blocks and what warns".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import FACTORS, MEAN_DAYS, Channel, Factors, QuantityWarning, find_warnings, mean_of
from portal.domain.profiles import parse_profile
from portal.domain.quantities import Gas, Quantity, Unit, convert
from portal.domain.timetable import (
    RequestKind,
    Verdict,
    Window,
    compute_effective_from,
    compute_floor,
    decide,
    find_window,
)
from portal.models import DeliveryPoint, Nomination, NominationHead
from portal.services import ledger, timetable
from portal.services.keys import caller_grants
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.people import bindings
from portal.services.points import settings
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.services.store.statements import day_of

from . import hot
from .requests import Request
from .signing_facts import SigningFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A weighed request: its facts and its verdict; quantities in the unit of the request.

    ``head`` is the head of the day. ``effective_at``, ``floor`` (the gas that has flowed by then) and ``is_late``
    (nothing nominated by the close: it needs the operator's acceptance) are those of a renomination. ``others`` are the
    quantities in force of the contract's other points, ``other_point_ids``; ``mean`` the consumption of the last
    28 days with a reading. ``refusal`` is the reason to refuse it, None for a valid one; unconfirmed warnings come
    last. ``is_held`` is true while its account and its head are locked until the transaction ends. ``read`` are the
    facts that one statement gave, None where each was asked apart.
    """

    request: Request
    window: Window
    head: NominationHead | None
    heating_value: HeatingValueInForce
    is_held: bool
    maximum: Quantity
    others: Quantity
    other_point_ids: frozenset[int] = frozenset()
    mean: Quantity | None = None
    factors: Factors = FACTORS
    effective_at: datetime | None = None
    floor: Quantity | None = None
    is_late: bool = False
    warnings: tuple[QuantityWarning, ...] = ()
    refusal: Rejected | None = None
    read: SigningFacts | None = None

    @property
    def quantity(self) -> Quantity:
        """The asked quantity; ``ValueError`` where only the day was weighed."""
        if self.request.quantity is None:
            raise ValueError("only the day was asked")
        return self.request.quantity

    @property
    def gas(self) -> Gas:
        """The quantity in both units."""
        return Gas.of(self.quantity, self.heating_value.value)

    @property
    def in_force(self) -> Nomination | None:
        """The nomination that the request would replace."""
        return self.head.nomination if self.head else None

    @property
    def replaced_revision(self) -> int:
        """The revision in force, 0 for none."""
        return self.head.revision if self.head else 0

    @property
    def changes_nothing(self) -> bool:
        """True when the day has exactly this quantity already."""
        return self.in_force is not None and self.in_force.gas.in_unit(self.request.unit) == self.request.quantity

    @property
    def closes_at(self) -> datetime:
        """The end of the period in which this request is accepted."""
        return self.window.closes_at(self.request.gas_day)

    @property
    def asks_for_tick(self) -> bool:
        """True when its only fault is an unconfirmed warning."""
        return self.refusal is not None and self.refusal.refusal is Refusal.UNUSUAL_QUANTITY

    @property
    def too_late(self) -> Rejected:
        """The refusal of a request that is written after the close."""
        return _too_late(self.request, self.window)

    def demand(self) -> Weighed:
        """Return it; raise its ``refusal``, or ``Conflict("revision")`` when it names an outdated revision."""
        if self.refusal is not None:
            raise self.refusal
        if self.request.replaces not in (None, self.replaced_revision):
            raise Conflict("revision")
        return self


def weigh(act: Act, request: Request, *, hold: bool = False, read: SigningFacts | None = None) -> Weighed:
    """Return the verdict on a request, without raising it.

    With ``hold`` the account of the point and the head of the day stay locked until the caller's transaction ends.
    ``read`` are the facts of the point and day, from a caller that holds both already.
    """
    if read is None or (read.point_id, read.gas_day) != (request.point.id, request.gas_day):
        return weigh_all(act, [request], hold=hold)[0]
    return PointFacts.of_facts(act, request.point, read).weigh(request)


def weigh_all(act: Act, requests: Sequence[Request], *, hold: bool = False) -> tuple[Weighed, ...]:
    """Return the verdicts on requests for one point; as ``weigh``, by as many queries and two for each day."""
    if not requests:
        return ()
    point, days = requests[0].point, [request.gas_day for request in requests]
    if hold:
        ledger.lock(act.session, point.id)
    gives = any(request.withdraws is None for request in requests)
    known = PointFacts.of(act, point, min(days), max(days), gives=gives, hold=hold)
    return tuple([known.weigh(request) for request in requests])


def find_refusal(act: Act, *, point: DeliveryPoint, may_nominate: bool | None = None) -> Rejected | None:
    """Return the reason to refuse every request for the point: contract or point ended, view-only account; or None.

    ``may_nominate`` saves that question, from callers that have just asked it.
    """
    if act.actor.user_id is None:
        raise ValueError("a nomination is asked by a person")
    tomorrow = GasDay.of(act.now).plus(1)
    if any(end is not None and end <= tomorrow for end in (point.ends_on, point.contract.ends_on)):
        return Rejected(Refusal.CONTRACT_INACTIVE, "delivery_point", point=point.name)
    if caller_grants.is_by_agent(act):
        # The call says for whom: held, and locked with the signature.
        return None
    if may_nominate is None:
        may_nominate = bindings.may_nominate(act.session, user_id=act.actor.user_id, contract_id=point.contract_id)
    if not may_nominate:
        return Rejected(Refusal.NOT_APPROVED, "delivery_point")
    return None


def may_ask(act: Act, *, point: DeliveryPoint) -> None:
    """Raise the refusal of ``find_refusal``."""
    refusal = find_refusal(act, point=point)
    if refusal is not None:
        raise refusal


def digest_of(weighed: Iterable[Weighed]) -> str:
    """Hash (SHA-256, hex) the content of a signature: points, days, quantities, and the replaced revisions."""
    content = [
        {
            "submission": each.request.submission_id,
            "point": each.request.point.public_id,
            "kind": each.request.kind,
            "gas_day": each.request.gas_day.isoformat(),
            "quantity_micro": each.quantity.micro,
            "unit": each.request.unit,
            "replaces": each.replaced_revision,
            "late": each.is_late,
            "withdraws": each.request.withdraws.public_id if each.request.withdraws else None,
        }
        for each in weighed
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PointFacts:
    """Facts that the days of a point share, read once.

    ``heating`` are the values of its days and ``sums`` the quantities of the contract's other points, where a table of
    many points was read whole (``table_rules``); None where each day is asked, or ``others`` say it point by point.
    """

    act: Act
    point: DeliveryPoint
    windows: Sequence[Window]
    heads: Mapping[GasDay, NominationHead]
    others: Mapping[GasDay, Mapping[int, Gas]]
    mean: Quantity | None
    standing: Rejected | None
    is_held: bool
    read: SigningFacts | None = None
    heating: Mapping[GasDay, HeatingValueInForce] | None = None
    sums: Mapping[GasDay, Gas] | None = None

    @classmethod
    def of_facts(cls, act: Act, point: DeliveryPoint, read: SigningFacts) -> PointFacts:
        """Return what one statement gave, inside the transaction that holds account and head."""
        return cls(
            act,
            point,
            timetable.list_windows(act.session),
            {} if read.head is None else {read.gas_day: read.head},
            {read.gas_day: read.others},
            read.mean,
            find_refusal(Act.at(act.session, act.actor, act.now), point=point, may_nominate=read.may_nominate),
            True,
            read,
        )

    @classmethod
    def of(cls, act: Act, point: DeliveryPoint, first: GasDay, last: GasDay, *, gives: bool, hold: bool) -> PointFacts:
        """Read the facts; others' quantities and usual figures only for a request that ``gives`` a quantity."""
        session, today = act.session, GasDay.of(act.now)
        heads = find_heads(session, delivery_point_id=point.id, first=first, last=last, lock=hold)
        return cls(
            act,
            point,
            timetable.list_windows(session),
            heads,
            _others(session, point=point, first=first, last=last) if gives else {},
            find_usual_quantity(session, point=point, unit=point.unit, before=min(first, today)) if gives else None,
            None if act.actor.user_id is None else find_refusal(Act.at(session, act.actor, act.now), point=point),
            hold,
        )

    def weigh(self, request: Request) -> Weighed:
        """Return the verdict on a request for a day of the point."""
        if request.withdraws is not None:
            return self._weigh_withdrawal(request, request.withdraws)
        day, session = request.gas_day, self.act.session
        window = find_window(self.windows, self.point.contract.modality, request.kind, day)
        others = self.others.get(day, {})
        weighed = Weighed(
            request=request,
            window=window,
            head=self.heads.get(day),
            heating_value=self._find_heating_value(day),
            is_held=self.is_held,
            maximum=self._find_daily_maximum(request.unit, day),
            others=self._sum_others(request.unit, day),
            other_point_ids=frozenset(others),
            mean=self.mean,
            factors=find_factors(session, point=self.point, gas_day=day),
            refusal=self.standing or self._refuse_day(request, window),
            read=self.read,
        )
        if weighed.refusal is None and request.kind is RequestKind.RENOMINATION:
            weighed = self._weigh_renomination(weighed)
        if weighed.refusal is not None or request.quantity is None:
            return weighed
        return _weigh_quantity(weighed, request.quantity)

    def _sum_others(self, unit: Unit, day: GasDay) -> Quantity:
        if self.sums is not None:
            return self.sums.get(day, Gas.zero()).in_unit(unit)
        return sum([gas.in_unit(unit) for gas in self.others.get(day, {}).values()], Quantity.zero(unit))

    def _find_daily_maximum(self, unit: Unit, day: GasDay) -> Quantity:
        if self.heating is None:
            return find_daily_maximum(self.act.session, point=self.point, unit=unit, gas_day=day)
        maximum = find_maximum_of_contract(self.act.session, point=self.point, gas_day=day)
        return maximum if maximum.unit is unit else convert(maximum, unit, self.heating[day].value)

    def _find_heating_value(self, day: GasDay) -> HeatingValueInForce:
        if self.heating is not None:
            return self.heating[day]
        if self.read is not None:
            return self.read.heating_value
        return heating_values.find_in_force(self.act.session, exit_point_id=self.point.exit_point_id, gas_day=day)

    def _count_late_requests(self, day: GasDay) -> int:
        if self.read is not None:
            return self.read.late_requests
        return _late_requests(self.act.session, self.point, day)

    def _refuse_day(self, request: Request, window: Window) -> Rejected | None:
        day, kind = request.gas_day, request.kind
        if not self.point.in_force_on(day):
            return Rejected(Refusal.CONTRACT_INACTIVE, "gas_day", point=self.point.name)
        verdict = decide(window, day, self.act.now)
        if verdict is Verdict.TOO_EARLY:
            return Rejected(Refusal.TOO_EARLY, "gas_day", opens_at=window.opens_at(day), kind=kind, gas_day=day)
        return _too_late(request, window) if verdict is Verdict.TOO_LATE else None

    def _weigh_renomination(self, weighed: Weighed) -> Weighed:
        day, window, head = weighed.request.gas_day, weighed.window, weighed.head
        is_late = head is None or head.nomination.channel is Channel.POLICY
        sent = self._count_late_requests(day) if head is None or is_late else head.renominations
        if window.max_per_day is not None and sent >= window.max_per_day:
            most = window.max_per_day
            return replace(
                weighed,
                is_late=is_late,
                refusal=Rejected(Refusal.TOO_MANY_RENOMINATIONS, "gas_day", most=most, gas_day=day),
            )
        # A request sent before the day takes effect with it.
        effective = max(compute_effective_from(self.act.now, window.notice_hours), day.start)
        profile = parse_profile(self.point.hourly_profile or "")
        asked = None if head is None else head.nomination.gas.in_unit(weighed.request.unit)
        floor = None if asked is None else compute_floor(asked, day, effective, profile)
        return replace(weighed, is_late=is_late, effective_at=effective, floor=floor)

    def _weigh_withdrawal(self, request: Request, nomination: Nomination) -> Weighed:
        """Weigh a withdrawal: until the close, and only of the nomination in force."""
        day, unit = request.gas_day, request.unit
        window = find_window(self.windows, self.point.contract.modality, RequestKind.NOMINATION, day)
        head = self.heads.get(day)
        refusal = self.standing
        if refusal is None and decide(window, day, self.act.now) is not Verdict.OPEN:
            refusal = _too_late(request, window)
        if refusal is None and (head is None or head.nomination_id != nomination.id):
            refusal = Rejected(Refusal.NOT_IN_FORCE, gas_day=day)
        return Weighed(
            request=request,
            window=window,
            head=head,
            heating_value=HeatingValueInForce(nomination.heating_value, nomination.heating_value_on, provisional=False),
            is_held=self.is_held,
            maximum=find_daily_maximum(self.act.session, point=self.point, unit=unit, gas_day=day),
            others=Quantity.zero(unit),
            refusal=refusal,
        )


def _weigh_quantity(weighed: Weighed, quantity: Quantity) -> Weighed:
    """Return the verdict on a quantity: below the floor, above a blocking maximum, or in need of a tick."""
    if weighed.floor is not None and quantity < weighed.floor:
        floor, effective = weighed.floor, weighed.effective_at
        return replace(weighed, refusal=Rejected(Refusal.BELOW_FLOOR, "quantity", floor=floor, effective_at=effective))
    maximum, mean = weighed.maximum, weighed.mean
    warnings = find_warnings(quantity, maximum, weighed.others, mean, weighed.factors)
    refusal = None
    if QuantityWarning.ABOVE_MAXIMUM in warnings and weighed.request.point.contract.maximum_blocks:
        # Quantities of other points are confidential: with the web key alone, only the maximum may be shown.
        refusal = Rejected(Refusal.ABOVE_MAXIMUM, "quantity", maximum=maximum)
    elif warnings and not weighed.request.confirmed:
        far = weighed.factors.far
        facts = {"warnings": warnings, "quantity": quantity, "maximum": maximum, "mean": mean, "far": far}
        refusal = Rejected(Refusal.UNUSUAL_QUANTITY, "confirm_unusual", **facts)
    return replace(weighed, warnings=warnings, refusal=refusal)


def _too_late(request: Request, window: Window) -> Rejected:
    day, closed_at = request.gas_day, window.closes_at(request.gas_day)
    if request.withdraws is not None:
        return Rejected(Refusal.CANCEL_TOO_LATE, closed_at=closed_at, gas_day=day)
    return Rejected(Refusal.TOO_LATE, "gas_day", closed_at=closed_at, kind=request.kind, gas_day=day)


def _late_requests(session: Session, point: DeliveryPoint, gas_day: GasDay) -> int:
    return session.connection().execute(hot.LATE_REQUESTS, {"point_id": point.id, "day": gas_day}).scalar_one()


_HEADS = select(NominationHead).where(*hot.THESE)


def find_heads(
    session: Session, *, delivery_point_id: int, first: GasDay, last: GasDay, lock: bool = False
) -> dict[GasDay, NominationHead]:
    """Return the heads of a point by day, from ``first`` to ``last``; without the days that have none."""
    # Lock first, read after: a statement that waited for the lock would join the old nomination. SQLite needs no lock.
    if lock and session.get_bind().dialect.name != "sqlite":
        hot.HEADS_LOCK.rows(session, point_id=delivery_point_id, first=first.date, last=last.date)
    found = session.scalars(
        _HEADS,
        {"point_id": delivery_point_id, "first": first, "last": last},
        execution_options={"populate_existing": lock},
    )
    return {head.gas_day: head for head in found.unique()}


def find_head(
    session: Session, *, delivery_point_id: int, gas_day: GasDay, lock: bool = False
) -> NominationHead | None:
    """Return the head of a point and day, None without one."""
    found = find_heads(session, delivery_point_id=delivery_point_id, first=gas_day, last=gas_day, lock=lock)
    return found.get(gas_day)


def find_last_revision(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> int:
    """Return the number of the day's last revision, in force or not; 0 when there is none."""
    found = hot.LAST_REVISION.first(session, point_id=delivery_point_id, day=gas_day.date)
    return (found.last if found else None) or 0


def find_daily_maximum(session: Session, *, point: DeliveryPoint, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return the contract's maximum for the gas day of a point, in ``unit``.

    A contract kept in the other unit is converted with the heating value of the day, or the last one known.
    """
    maximum = find_maximum_of_contract(session, point=point, gas_day=gas_day)
    if maximum.unit is unit:
        return maximum
    found = heating_values.find_in_force(session, exit_point_id=point.exit_point_id, gas_day=gas_day)
    return convert(maximum, unit, found.value)


def find_maximum_of_contract(session: Session, *, point: DeliveryPoint, gas_day: GasDay) -> Quantity:
    """Return the contract's maximum for the gas day of a point, in the unit of the contract."""
    return settings.read(session).maximum(point.contract).on(gas_day)


def find_factors(session: Session, *, point: DeliveryPoint, gas_day: GasDay) -> Factors:
    """Return the thresholds from which a quantity of the point is unusual for the gas day."""
    return settings.read(session).factors(settings.place_of(point), gas_day)


def find_usual_quantity(session: Session, *, point: DeliveryPoint, unit: Unit, before: GasDay) -> Quantity | None:
    """Return the mean consumption of the last 28 days with a reading, in ``unit``; None without any."""
    found = hot.CONSUMPTION[unit].rows(
        session, point_id=point.id, before=before.date, since=before.plus(-2 * MEAN_DAYS).date, most=MEAN_DAYS
    )
    return mean_of([Quantity.from_micro(row.micro, unit) for row in found])


def _others(session: Session, *, point: DeliveryPoint, first: GasDay, last: GasDay) -> dict[GasDay, dict[int, Gas]]:
    """Return the quantities in force of the contract's other points, by day and point, as signed."""
    rows = hot.OTHERS.rows(session, contract_id=point.contract_id, point_id=point.id, first=first.date, last=last.date)
    found: dict[GasDay, dict[int, Gas]] = {}
    for row in rows:
        gas = Gas.from_micro(row.quantity_m3, row.quantity_mbtu)
        found.setdefault(GasDay(day_of(row.gas_day)), {})[row.delivery_point_id] = gas
    return found


def sum_others_of_contract(session: Session, *, point: DeliveryPoint, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return the sum in force of the contract's other points for the day, in ``unit``, as signed."""
    others = _others(session, point=point, first=gas_day, last=gas_day).get(gas_day, {})
    return sum([gas.in_unit(unit) for gas in others.values()], Quantity.zero(unit))
