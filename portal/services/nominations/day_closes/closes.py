"""The rule of each point applied at the close, in one transaction for a gas day and modality, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import COMMIT_GRACE, NoWindow, RequestKind, Window, window_for
from portal.models import Contract, DayClose, DeliveryPoint, NominationHead
from portal.services import ledger, timetable
from portal.services.ledger import heating_values
from portal.services.nominations import Request, rules
from portal.services.nominations.entry import put_in_force
from portal.services.nominations.proofs import Rule
from portal.services.points.close_policies import policies_of
from portal.services.store.actors import Actor
from portal.services.store.acts import Act
from portal.services.store.constraints import name_of
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .estimates import quantity_of
from .mails import Filled, tell

log = structlog.get_logger(__name__)
Progress = Callable[[int, int], None]


def due(act: Act) -> list[tuple[GasDay, Modality]]:
    """Return the gas days and modalities whose close passed and was not applied, of days that are not over.

    The ten seconds that a nomination that came in time has to be written pass first.
    """
    rows = timetable.windows(act.session)
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
    """Apply every close that is due; return how many points each of them filled. Commits each by itself.

    One that fails keeps no other from being applied; its error is raised after them.
    """
    filled: dict[tuple[GasDay, Modality], int] = {}
    first: Exception | None = None
    for day, modality in due(act):
        try:
            filled[day, modality] = apply(act, gas_day=day, modality=modality)
        except Exception as error:
            log.error("close not applied", gas_day=day.isoformat(), modality=modality.value, exc_info=error)
            first = first or error
    if first is not None:
        raise first
    return filled


def apply(act: Act, *, gas_day: GasDay, modality: Modality, progress: Progress | None = None) -> int:
    """Nominate by rule for every point of ``modality`` that has nothing for ``gas_day``; return how many; commits.

    Once for each close: a second worker, or a second call, finds it applied and changes nothing. The nominations bear
    the moment of the close, channel ``policy``, no radicado. The contacts of each company are told.
    """
    session, now = act.session, act.now
    try:
        with transaction(session):
            # Under the lock: the close may have been moved since it was found due, or be moved right now.
            timetable.lock(session)
            rows = timetable.windows(session)
            window = window_for(rows, modality, RequestKind.NOMINATION, gas_day)
            closes_at = window.closes_at(gas_day)
            close = session.get(DayClose, (gas_day, modality), with_for_update={"key_share": True})
            if not _is_due(rows, modality, gas_day, now, None if close is None else close.closed_at):
                return 0
            # Who signs for one of these points meanwhile is waited for, and what they signed is seen.
            ledger.lock_points(session, [point.id for point in _missing(session, gas_day=gas_day, modality=modality)])
            missing = _missing(session, gas_day=gas_day, modality=modality)
            if close is None:
                close = DayClose(gas_day=gas_day, modality=modality, closed_at=closes_at, applied_at=now, filled=0)
                session.add(close)
            close.closed_at, close.applied_at, close.filled = closes_at, now, close.filled + len(missing)
            session.flush()
            filled = _fill(session, points=missing, gas_day=gas_day, window=window, progress=progress)
            audit.record(
                act.by(Actor.system("worker")),
                event=AuditEvent.DAY_CLOSED,
                subject=gas_day.isoformat(),
                details={"modality": modality.value, "filled": len(filled)},
            )
            tell(act, gas_day=gas_day, filled=filled)
            return len(filled)
    except IntegrityError as error:
        # Another worker was faster.
        if name_of(error) == "pk_day_closes":
            return 0
        raise


def _is_due(rows: Sequence[Window], modality: Modality, day: GasDay, now: datetime, applied: datetime | None) -> bool:
    """Tell whether the close passed and was not applied: one that was moved to later since is due once more."""
    try:
        closes_at = window_for(rows, modality, RequestKind.NOMINATION, day).closes_at(day)
    except NoWindow:
        return False
    return closes_at + COMMIT_GRACE < now and (applied is None or applied < closes_at)


def _missing(session: Session, *, gas_day: GasDay, modality: Modality) -> list[DeliveryPoint]:
    """Return the points that should have nominated and did not, in the order in which accounts are locked."""
    nominated = exists().where(NominationHead.delivery_point_id == DeliveryPoint.id, NominationHead.gas_day == gas_day)
    points = session.scalars(
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .where(Contract.modality == modality, ~nominated)
        .order_by(DeliveryPoint.id)
    ).unique()
    return [point for point in points if point.in_force_on(gas_day)]


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
    policies = policies_of(session, points=points, gas_day=gas_day)
    values = {
        exit_point: heating_values.in_force(session, exit_point_id=exit_point, gas_day=gas_day)
        for exit_point in {point.exit_point_id for point in points}
    }
    act = Act.at(session, Actor.system("worker"), closes_at)
    filled: list[Filled] = []
    for done, point in enumerate(points, start=1):
        quantity = quantity_of(session, policy=policies[point.id], point_id=point.id, unit=point.unit, gas_day=gas_day)
        request = Request(
            point=point,
            kind=RequestKind.NOMINATION,
            gas_day=gas_day,
            quantity=quantity,
            submission_id=f"policy:{point.public_id}:{gas_day.isoformat()}:{closes_at:%dT%H%M}",
        )
        weighed = rules.weigh_by_rule(request, window=window, heating_value=values[point.exit_point_id])
        put_in_force(act, [weighed], proof=Rule(closes_at))
        filled.append(Filled(point, policies[point.id], quantity))
        if progress is not None:
            progress(done, len(points))
    return filled
