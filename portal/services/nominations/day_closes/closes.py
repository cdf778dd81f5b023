"""Rule of each point applied at the close, once per gas day and modality in one transaction; quantity and mails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nominations import FORECAST_DAYS, ClosePolicy, rounded_mean
from portal.domain.quantities import Quantity, Unit, in_digits_and_words
from portal.domain.standing_orders import LAPSE_WORDS, Lapse
from portal.domain.timetable import COMMIT_GRACE, NoWindow, RequestKind, Window, find_window
from portal.models import Contract, DayClose, DeliveryPoint, Nomination, NominationHead, StandingOrder
from portal.services import ledger, mail, timetable
from portal.services.ledger import heating_values
from portal.services.ledger.heating_values import HeatingValueInForce
from portal.services.mail import Letter, Topic
from portal.services.nominations import rules, standing_orders
from portal.services.nominations.entry import put_in_force
from portal.services.nominations.requests import KeptOrder, Request, Rule
from portal.services.nominations.rules import Weighed
from portal.services.nominations.standing_orders import mails as order_mails
from portal.services.points.close_policies import find_policies
from portal.services.store.acts import Act, Actor
from portal.services.store.constraints import name_of
from portal.services.store.statements import day_of
from portal.services.store.transactions import transaction
from portal.services.timetable import holidays
from portal.services.trace import audit

from . import hot

log = structlog.get_logger(__name__)
Progress = Callable[[int, int], None]
WEEKS_BACK = 8
RULE_WORDS = {
    ClosePolicy.FORECAST: "el pronóstico",
    ClosePolicy.LAST: "se repitió la última nominación",
    ClosePolicy.ZERO: "cero",
}


def list_due(act: Act) -> list[tuple[GasDay, Modality]]:
    """Return the gas days and modalities whose close passed and was not applied, of days that are not over.

    They are due ten seconds after the close: a nomination that came in time may take so long to write.
    """
    rows = timetable.list_windows(act.session)
    today = GasDay.of(act.now)
    farthest = max([-row.closes_day for row in rows if row.kind is RequestKind.NOMINATION], default=0)
    applied = {
        (row.gas_day, row.modality): row.closed_at
        for row in act.session.scalars(select(DayClose).where(DayClose.gas_day >= today))
    }
    return [
        (day, modality)
        for day in [today.plus(days) for days in range(farthest + 1)]
        for modality in Modality
        if _is_due(rows, modality, day, act.now, applied.get((day, modality)))
    ]


def apply_due(act: Act) -> dict[tuple[GasDay, Modality], int]:
    """Apply every close that is due; return the number of points that each filled. Commits each on its own.

    An error in one does not stop the others; it is raised after them.
    """
    filled: dict[tuple[GasDay, Modality], int] = {}
    first: Exception | None = None
    for day, modality in list_due(act):
        try:
            filled[day, modality] = apply(act, gas_day=day, modality=modality)
        except Exception as error:
            log.error("close not applied", gas_day=day.isoformat(), modality=modality.value, exc_info=error)
            first = first or error
    if first is not None:
        raise first
    return filled


def apply(act: Act, *, gas_day: GasDay, modality: Modality, progress: Progress | None = None) -> int:
    """Nominate by rule for every point of ``modality`` without a nomination for ``gas_day``; return how many; commits.

    Once for each close: a second worker, or a second call, changes nothing. The nominations have the moment of the
    close, channel ``policy``, no radicado. Mails the contacts of each company.
    """
    session, now = act.session, act.now
    try:
        with transaction(session):
            # Under the lock: the close may have been moved since it was found due, or be moved right now.
            timetable.lock(session)
            rows = timetable.list_windows(session)
            window = find_window(rows, modality, RequestKind.NOMINATION, gas_day)
            closes_at = window.closes_at(gas_day)
            close = session.get(DayClose, (gas_day, modality), with_for_update={"key_share": True})
            if not _is_due(rows, modality, gas_day, now, None if close is None else close.closed_at):
                return 0
            # Wait for signatures in progress at these points, and see what they wrote.
            ledger.lock_points(session, [point.id for point in _missing(session, gas_day=gas_day, modality=modality)])
            missing = _missing(session, gas_day=gas_day, modality=modality)
            if close is None:
                close = DayClose(gas_day=gas_day, modality=modality, closed_at=closes_at, applied_at=now, filled=0)
                session.add(close)
            close.closed_at, close.applied_at, close.filled = closes_at, now, close.filled + len(missing)
            session.flush()
            # First, while no event is written: a signature takes its number before the audit.
            ordered = _use_orders(session, points=missing, gas_day=gas_day, closes_at=closes_at)
            rest = [point for point in missing if point.id not in ordered.used]
            filled = _fill(session, points=rest, gas_day=gas_day, window=window, progress=progress)
            system = act.by(Actor.system("worker"))
            for left in ordered.left:
                _record_left(system, left, gas_day=gas_day)
            audit.record(
                system,
                event=AuditEvent.DAY_CLOSED,
                subject=gas_day.isoformat(),
                details={"modality": modality.value, "filled": len(filled), "ordered": len(ordered.used)},
            )
            tell(act, gas_day=gas_day, filled=filled)
            _tell_of_orders(act, ordered, gas_day=gas_day)
            return len(missing)
    except IntegrityError as error:
        # Another worker was faster.
        if name_of(error) == "pk_day_closes":
            return 0
        raise


def _is_due(rows: Sequence[Window], modality: Modality, day: GasDay, now: datetime, applied: datetime | None) -> bool:
    """Tell whether the close passed and was not applied: one moved to a later time since is due again."""
    try:
        closes_at = find_window(rows, modality, RequestKind.NOMINATION, day).closes_at(day)
    except NoWindow:
        return False
    return closes_at + COMMIT_GRACE < now and (applied is None or applied < closes_at)


def _missing(session: Session, *, gas_day: GasDay, modality: Modality) -> list[DeliveryPoint]:
    """Return the points that needed a nomination and have none, in the order in which accounts are locked."""
    nominated = exists().where(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == gas_day)
    points = session.scalars(
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(Contract.modality == modality, ~nominated)
        .order_by(DeliveryPoint.id)
    ).unique()
    return [point for point in points if point.in_force_on(gas_day)]


class Ordered(NamedTuple):
    """Nominations that standing orders made at a close, by row id of their point, and the orders that made none."""

    used: dict[int, tuple[Nomination, StandingOrder]]
    left: list[order_mails.Left]


def _use_orders(session: Session, *, points: Sequence[DeliveryPoint], gas_day: GasDay, closes_at: datetime) -> Ordered:
    """Nominate by the standing orders of these points, one after the other: each counts for the maximum of the next."""
    ordered = Ordered({}, [])
    known = holidays.load_known(session)
    active = standing_orders.find_active(session, points=points, gas_day=gas_day, as_of=closes_at)
    act = Act.at(session, Actor.system("worker"), closes_at)
    for point in points:
        if (kept := active.get(point.id)) is None:
            continue
        order, quantity = kept.order, kept.pattern.quantity_on(gas_day, known)
        if kept.lapse is Lapse.OVER or quantity is None:
            # As its customer asked: not a failure.
            continue
        if kept.lapse is not None:
            ordered.left.append(order_mails.Left(point, order, LAPSE_WORDS[kept.lapse]))
            continue
        request = Request(
            point=point,
            kind=RequestKind.NOMINATION,
            gas_day=gas_day,
            quantity=quantity,
            # An unusual quantity was ticked at the signature.
            confirmed=True,
            submission_id=f"order:{order.public_id}:{gas_day.isoformat()}:{closes_at:%dT%H%M}",
        )
        weighed = rules.weigh(act, request, hold=True)
        if weighed.refusal is not None:
            ordered.left.append(order_mails.Left(point, order, order_mails.above_words(quantity, weighed.maximum)))
            continue
        digest = None if order.content_hash is None else order.content_hash.hex()
        (nomination,) = put_in_force(act, [weighed], proof=KeptOrder(order), digest=digest)
        ordered.used[point.id] = (nomination, order)
    return ordered


def _record_left(act: Act, left: order_mails.Left, *, gas_day: GasDay) -> None:
    audit.record(
        act,
        event=AuditEvent.STANDING_ORDER_NOT_USED,
        subject=left.order.public_id,
        company_id=left.point.contract.company_id,
        details={"point": left.point.public_id, "gas_day": gas_day.isoformat(), "reason": left.reason},
    )


def _tell_of_orders(act: Act, ordered: Ordered, *, gas_day: GasDay) -> None:
    """Mail each company what its orders did, and the operators which of them did nothing."""
    used: dict[int, list[tuple[Nomination, StandingOrder]]] = defaultdict(list)
    for nomination, order in ordered.used.values():
        used[nomination.delivery_point.contract.company_id].append((nomination, order))
    left: dict[int, list[order_mails.Left]] = defaultdict(list)
    for each in ordered.left:
        left[each.point.contract.company_id].append(each)
    for of_company in used.values():
        order_mails.post_used(act, gas_day=gas_day, used=of_company)
    for lacking in left.values():
        order_mails.post_left(act, gas_day=gas_day, left=lacking)
    if ordered.left:
        order_mails.post_left_to_staff(act, gas_day=gas_day, left=ordered.left)


def _fill(
    session: Session,
    *,
    points: Sequence[DeliveryPoint],
    gas_day: GasDay,
    window: Window,
    progress: Progress | None,
) -> list[Filled]:
    if not points:
        return []
    closes_at = window.closes_at(gas_day)
    policies = find_policies(session, points=points, gas_day=gas_day)
    values = {
        exit_point: heating_values.find_in_force(session, exit_point_id=exit_point, gas_day=gas_day)
        for exit_point in {point.exit_point_id for point in points}
    }
    act = Act.at(session, Actor.system("worker"), closes_at)
    filled: list[Filled] = []
    for done, point in enumerate(points, start=1):
        quantity = compute_quantity(
            session, policy=policies[point.id], point_id=point.id, unit=point.unit, gas_day=gas_day
        )
        request = Request(
            point=point,
            kind=RequestKind.NOMINATION,
            gas_day=gas_day,
            quantity=quantity,
            submission_id=f"policy:{point.public_id}:{gas_day.isoformat()}:{closes_at:%dT%H%M}",
        )
        weighed = weigh_by_rule(request, window=window, heating_value=values[point.exit_point_id])
        put_in_force(act, [weighed], proof=Rule(closes_at))
        filled.append(Filled(point, policies[point.id], quantity))
        if progress is not None:
            progress(done, len(points))
    return filled


def compute_quantity(session: Session, *, policy: ClosePolicy, point_id: int, unit: Unit, gas_day: GasDay) -> Quantity:
    """Return the rule's quantity for ``gas_day``, in ``unit``, rounded as nominated (m³ whole, MBTU two decimals).

    A forecast is the mean of the last four measured days of the same weekday within eight weeks; of fewer when there
    are no four. Without any it is the last nomination, without that zero. Days of earlier rows with the point's code in
    the same company count as its own.
    """
    if policy is ClosePolicy.FORECAST:
        days = _same_weekday(session, point_id=point_id, unit=unit, gas_day=gas_day)
        if days:
            return rounded_mean(days)
    if policy is not ClosePolicy.ZERO:
        last = hot.LAST_NOMINATION.first(session, point=point_id, last=gas_day.date)
        if last is not None:
            return rounded_mean(
                [Quantity.from_micro(last.quantity_m3 if unit is Unit.M3 else last.quantity_mbtu, unit)]
            )
    return Quantity.zero(unit)


def _same_weekday(session: Session, *, point_id: int, unit: Unit, gas_day: GasDay) -> Sequence[Quantity]:
    rows = hot.MEASURED[unit].rows(
        session, point=point_id, first=gas_day.plus(-7 * WEEKS_BACK).date, last=gas_day.plus(-1).date
    )
    weekday = gas_day.date.weekday()
    same: dict[date, Quantity] = {}
    for row in rows:
        day = day_of(row.gas_day)
        # Of a day that two rows measured, the later row counts.
        if day.weekday() == weekday:
            same.setdefault(day, Quantity.from_micro(row.micro, unit))
    return list(same.values())[:FORECAST_DAYS]


class Filled(NamedTuple):
    """A point without a nomination, its rule, and the rule's quantity, in the unit of the point."""

    point: DeliveryPoint
    policy: ClosePolicy
    quantity: Quantity


def tell(act: Act, *, gas_day: GasDay, filled: Sequence[Filled]) -> None:
    """Mail the contacts of each company whose points were filled, inside the caller's transaction."""
    by_company: dict[int, list[Filled]] = defaultdict(list)
    for each in filled:
        by_company[each.point.contract.company_id].append(each)
    for company_id, points in by_company.items():
        recipients = mail.list_addresses(act.session, company_id=company_id, topic=Topic.REMINDERS)
        if recipients:
            letter = _letter(act, points, gas_day=gas_day)
            mail.post(act, letter=letter, kind="close", recipients=recipients)
    told = f"Cerró la nominación del {day_words(gas_day.date)} sin la suya: vea qué se nominó por usted."
    mail.short_messages.post(
        act,
        topic=Topic.REMINDERS,
        kind="close",
        companies=dict.fromkeys(by_company, ()),
        short=mail.Short("Sin nominación", told, until=gas_day.end, about=(gas_day.isoformat(),)),
    )


def _letter(act: Act, points: Sequence[Filled], *, gas_day: GasDay) -> Letter:
    day = day_words(gas_day.date)
    what = points[0].point.name if len(points) == 1 else counted(len(points), "punto", "puntos")
    return Letter(
        subject=f"Sin nominación para el {day}: {what}",
        says=(f"El plazo cerró y no recibimos nominación para el {day}. Se nominó por usted:",),
        facts=[(each.point.name, _quantity(each)) for each in points],
        then=(
            "Si necesita otra cantidad, envíe una re-nominación: llega como tardía y el operador decide si la acepta.",
        ),
        link=("Ver sus puntos", act.link("/inicio")),
    )


def _quantity(filled: Filled) -> str:
    return f"{in_digits_and_words(filled.quantity)}: {RULE_WORDS[filled.policy]}"


def weigh_by_rule(request: Request, *, window: Window, heating_value: HeatingValueInForce) -> Weighed:
    """Return the request of a point's rule at the close, for a day without nomination; the caller holds the account.

    No query: the rules for customers do not bind it, and nobody asks for its maximum.
    """
    return Weighed(
        request=request,
        window=window,
        head=None,
        heating_value=heating_value,
        is_held=True,
        maximum=request.point.contract.signed_maximum,
        others=Quantity.zero(request.unit),
    )
