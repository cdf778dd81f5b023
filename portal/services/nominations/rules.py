"""The rules of a nomination, asked at each step and again when it is signed.

Source: docs/rules.md, "Timetable", "What blocks and what warns".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.gas_day import GasDay
from portal.domain.nominations import Channel, Factors, QuantityWarning, mean_of, warnings_for
from portal.domain.profiles import parse_profile
from portal.domain.quantities import Quantity, Unit, convert
from portal.domain.timetable import (
    RequestKind,
    Verdict,
    Window,
    decide,
    effective_from,
    floor_of,
    window_for,
)
from portal.models import DailyBalance, DeliveryPoint, Nomination, NominationDraft, NominationHead
from portal.services import bindings, heating_values, settings, timetable
from portal.services.actors import Actor
from portal.services.refusals import Refusal, Rejected
from portal.services.statements import Statement

MEAN_DAYS = 28


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a request of a kind for a day: its window, what is in force, when it takes effect."""

    window: Window
    head: NominationHead | None
    effective_at: datetime | None
    floor: Quantity | None
    # Nobody nominated by the close: it counts only if the operator accepts it.
    is_late: bool = False

    @property
    def in_force(self) -> Nomination | None:
        """The nomination that this one would replace."""
        return self.head.nomination if self.head else None


@dataclass(frozen=True, slots=True)
class Weighed:
    """The warnings of a quantity, and the mean of the last 28 measured days they rest on."""

    warnings: tuple[QuantityWarning, ...]
    mean: Quantity | None


def may_ask(session: Session, *, actor: Actor, point: DeliveryPoint, now: datetime) -> None:
    """Refuse when the contract or the point is not active, or the account may look but not nominate yet."""
    tomorrow = GasDay.of(now).plus(1)
    ends = [end for end in (point.ends_on, point.contract.ends_on) if end is not None]
    if any(end <= tomorrow for end in ends):
        raise Rejected(Refusal.CONTRACT_INACTIVE, "delivery_point", point=point.name)
    if not bindings.may_nominate(session, user_id=_user(actor), contract_id=point.contract_id):
        raise Rejected(Refusal.NOT_APPROVED, "delivery_point")


def check_day(session: Session, *, draft: NominationDraft, gas_day: GasDay, now: datetime, lock: bool = False) -> Terms:
    """Return the terms of the day; refuse it when it is outside of contract, window or number of renominations.

    With ``lock`` the head of the day stays locked until the caller's transaction ends. A renomination of a day that its
    customer did not nominate is a late nomination, for the operator to accept.
    """
    return terms_of(session, point=draft.delivery_point, kind=_kind(draft), gas_day=gas_day, now=now, lock=lock)


def terms_of(
    session: Session, *, point: DeliveryPoint, kind: RequestKind, gas_day: GasDay, now: datetime, lock: bool = False
) -> Terms:
    """Return what ``check_day`` says, for a request that has no draft."""
    modality, unit = point.contract.modality, point.unit
    if not point.in_force_on(gas_day):
        raise Rejected(Refusal.CONTRACT_INACTIVE, "gas_day", point=point.name)
    window = window_for(timetable.windows(session), modality, kind, gas_day)
    verdict = decide(window, gas_day, now)
    if verdict is Verdict.TOO_EARLY:
        raise Rejected(Refusal.TOO_EARLY, "gas_day", opens_at=window.opens_at(gas_day), kind=kind, gas_day=gas_day)
    if verdict is Verdict.TOO_LATE:
        raise Rejected(Refusal.TOO_LATE, "gas_day", closed_at=window.closes_at(gas_day), kind=kind, gas_day=gas_day)
    head = head_of(session, delivery_point_id=point.id, gas_day=gas_day, lock=lock)
    if kind is RequestKind.NOMINATION:
        return Terms(window, head, None, None)
    is_late = not _was_asked_for(head)
    sent = _late_requests(session, point=point, gas_day=gas_day) if head is None or is_late else head.renominations
    if window.max_per_day is not None and sent >= window.max_per_day:
        raise Rejected(Refusal.TOO_MANY_RENOMINATIONS, "gas_day", most=window.max_per_day, gas_day=gas_day)
    # What is asked for a day begins with it, however early it was asked.
    effective = max(effective_from(now, window.notice_hours), gas_day.start)
    profile = parse_profile(point.hourly_profile or "")
    floor = None if head is None else floor_of(head.nomination.gas.in_unit(unit), gas_day, effective, profile)
    return Terms(window, head, effective, floor, is_late)


def _was_asked_for(head: NominationHead | None) -> bool:
    """Tell whether the customer nominated the day: what a policy wrote at the close was asked for by nobody."""
    return head is not None and head.nomination.channel is not Channel.POLICY


_LATE_REQUESTS = select(func.count()).where(
    Nomination.delivery_point_id == bindparam("point_id"), Nomination.gas_day == bindparam("day"), Nomination.is_late
)


def _late_requests(session: Session, *, point: DeliveryPoint, gas_day: GasDay) -> int:
    return session.connection().execute(_LATE_REQUESTS, {"point_id": point.id, "day": gas_day}).scalar_one()


def check_quantity(
    session: Session,
    *,
    draft: NominationDraft,
    quantity: Quantity,
    confirmed: bool,
    now: datetime,
    terms: Terms | None = None,
) -> Weighed:
    """Return what a quantity, in the unit of the draft, was weighed against.

    Refuses one below the floor, above a maximum that blocks, or unusual and unconfirmed.
    """
    if draft.gas_day is None:
        raise ValueError("a quantity is checked for a gas day")
    terms = terms or check_day(session, draft=draft, gas_day=draft.gas_day, now=now)
    if terms.floor is not None and quantity < terms.floor:
        raise Rejected(Refusal.BELOW_FLOOR, "quantity", floor=terms.floor, effective_at=terms.effective_at)
    point, day, unit = draft.delivery_point, draft.gas_day, draft.unit
    maximum = daily_maximum(session, point=point, unit=unit, gas_day=day)
    mean = usual_quantity(session, point=point, unit=unit, before=day)
    others = others_of_contract(session, point=point, unit=unit, gas_day=day)
    factors = factors_of(session, point=point, gas_day=day)
    warnings = warnings_for(quantity, maximum, others, mean, factors)
    if QuantityWarning.ABOVE_MAXIMUM in warnings and point.contract.maximum_blocks:
        # What the others asked for is theirs to tell: whoever has the web key alone may be told the maximum only.
        raise Rejected(Refusal.ABOVE_MAXIMUM, "quantity", maximum=maximum)
    if warnings and not confirmed:
        facts = {"warnings": warnings, "quantity": quantity, "maximum": maximum, "mean": mean, "far": factors.far}
        raise Rejected(Refusal.UNUSUAL_QUANTITY, "confirm_unusual", **facts)
    return Weighed(warnings, mean)


# Built once: these are asked at each step and again under the lock of the signature.
_THIS = (
    NominationHead.delivery_point_id == bindparam("point_id"),
    NominationHead.gas_day == bindparam("day"),
)
_HEAD = select(NominationHead).where(*_THIS)
_HEAD_LOCK = Statement(select(NominationHead.revision).where(*_THIS).with_for_update(key_share=True))


def head_of(session: Session, *, delivery_point_id: int, gas_day: GasDay, lock: bool = False) -> NominationHead | None:
    """Return the head of a point and day, None when nothing was nominated."""
    this = {"point_id": delivery_point_id, "day": gas_day}
    # Taken alone: a statement that waited for the lock would join the nomination of before. SQLite's write lock does.
    if lock and session.get_bind().dialect.name != "sqlite":
        _HEAD_LOCK.run(session, point_id=delivery_point_id, day=gas_day.date)
    return session.scalars(_HEAD, this, execution_options={"populate_existing": lock}).one_or_none()


_LAST_REVISION = Statement(
    select(func.max(Nomination.revision).label("last")).where(
        Nomination.delivery_point_id == bindparam("point_id"), Nomination.gas_day == bindparam("day")
    )
)


def last_revision(session: Session, *, delivery_point_id: int, gas_day: GasDay) -> int:
    """Return the number of the day's last revision, in force or not; 0 when there is none."""
    found = _LAST_REVISION.first(session, point_id=delivery_point_id, day=gas_day.date)
    return (found.last if found else None) or 0


def _consumption(column: InstrumentedAttribute[Quantity | None]) -> Statement:
    return Statement(
        select(column)
        .where(
            DailyBalance.delivery_point_id == bindparam("point_id"),
            DailyBalance.gas_day < bindparam("before"),
            DailyBalance.gas_day >= bindparam("since"),
            column.is_not(None),
        )
        .order_by(DailyBalance.gas_day.desc())
        .limit(MEAN_DAYS)
    )


_CONSUMPTION = {
    Unit.M3: _consumption(DailyBalance.consumed_m3),
    Unit.MBTU: _consumption(DailyBalance.consumed_mbtu),
}


def daily_maximum(session: Session, *, point: DeliveryPoint, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return the most that the contract of the point may take in the gas day, in ``unit``.

    A contract kept in the other unit is converted with the heating value of the day, or the last one known.
    """
    maximum = point.contract.maximum
    if maximum.unit is unit:
        return maximum
    found = heating_values.in_force(session, exit_point_id=point.exit_point_id, gas_day=gas_day)
    return convert(maximum, unit, found.value)


def factors_of(session: Session, *, point: DeliveryPoint, gas_day: GasDay) -> Factors:
    """Return from when on a quantity of the point is unusual for the gas day."""
    return settings.read(session).factors(settings.place_of(point), gas_day)


def usual_quantity(session: Session, *, point: DeliveryPoint, unit: Unit, before: GasDay) -> Quantity | None:
    """Return the mean consumption of the last 28 days with a reading, in ``unit``; None without any."""
    found = _CONSUMPTION[unit].tuples(
        session, point_id=point.id, before=before.date, since=before.plus(-2 * MEAN_DAYS).date
    )
    return mean_of([Quantity.from_micro(micro, unit) for (micro,) in found])


_OTHERS = Statement(
    select(
        func.sum(Nomination.quantity_m3.expression),
        func.sum(Nomination.quantity_mbtu.expression),
    )
    .select_from(NominationHead)
    .join(Nomination, Nomination.id == NominationHead.nomination_id)
    .join(DeliveryPoint, DeliveryPoint.id == NominationHead.delivery_point_id)
    .where(
        DeliveryPoint.contract_id == bindparam("contract_id"),
        DeliveryPoint.id != bindparam("point_id"),
        NominationHead.gas_day == bindparam("day"),
    )
)


def others_of_contract(session: Session, *, point: DeliveryPoint, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return what the other points of the contract have in force for the day, in ``unit``, as each was signed."""
    (sums,) = _OTHERS.tuples(session, contract_id=point.contract_id, point_id=point.id, day=gas_day.date)
    # Nothing is no row at all; PostgreSQL gives a sum of whole numbers as a NUMERIC.
    return Quantity.from_micro(int(sums[0 if unit is Unit.M3 else 1] or 0), unit)


def _kind(draft: NominationDraft) -> RequestKind:
    if draft.kind is None:
        raise ValueError("the rules of a day need the kind of request")
    return draft.kind


def _user(actor: Actor) -> int:
    if actor.user_id is None:
        raise ValueError("a nomination is asked by a person")
    return actor.user_id
