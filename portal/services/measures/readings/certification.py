"""Certification of a month's provisional readings, as a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.jobs import JobKind
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Company, Contract, DailyBalance, DeliveryPoint, ExitPoint, Reading
from portal.services import ledger
from portal.services.files import jobs
from portal.services.files.jobs import Work
from portal.services.ledger import closings, updates
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows


class MonthOfPoint(NamedTuple):
    """Days of a point's open month by the state of their reading; ``volume`` is that of the provisional ones."""

    point: str
    public_id: str
    company: str
    carrier_code: str
    exit_point: str
    provisional: int
    estimated: int
    volume: Quantity


def load_month_of_points(act: Act, *, month: Month) -> list[MonthOfPoint]:
    """Return the points with readings to certify in the past days of a month, by three queries."""
    session = act.session
    rows = session.execute(
        select(
            DailyBalance.delivery_point_id,
            DailyBalance.reading_state,
            func.count(),
            func.sum(DailyBalance.__table__.c.consumed_m3),
        )
        .where(
            DailyBalance.gas_day.between(month.first, _last(month, act.now)),
            DailyBalance.reading_state.in_([ReadingState.PROVISIONAL, ReadingState.ESTIMATED]),
        )
        .group_by(DailyBalance.delivery_point_id, DailyBalance.reading_state)
    ).all()
    found: dict[int, dict[ReadingState, tuple[int, int]]] = defaultdict(dict)
    for point_id, state, count, total in rows:
        found[point_id][state] = (count, _micro(total))
    closed = closings.find_closed_months(session, delivery_point_ids=list(found))
    points = session.execute(
        select(
            DeliveryPoint.id,
            DeliveryPoint.name,
            DeliveryPoint.public_id,
            Company.name,
            DeliveryPoint.carrier_code,
            ExitPoint.code,
        )
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .where(DeliveryPoint.id.in_([each for each in found if each not in closed or closed[each] < month]))
        .order_by(ExitPoint.code, DeliveryPoint.sort_name)
    )
    none = (0, 0)
    return [
        MonthOfPoint(
            name,
            public_id,
            company,
            carrier_code,
            code,
            found[point_id].get(ReadingState.PROVISIONAL, none)[0],
            found[point_id].get(ReadingState.ESTIMATED, none)[0],
            Quantity.from_micro(found[point_id].get(ReadingState.PROVISIONAL, none)[1], Unit.M3),
        )
        for point_id, name, public_id, company, carrier_code, code in points
    ]


def ask(act: Act, *, month: Month, readings: int, points: Collection[str] | None = None) -> str:
    """Request a job that certifies the provisional readings of a month, and return its public id. Commits.

    ``points`` are the public ids of the chosen points; None is every point. ``readings`` is the number that the page
    showed: the job gives up when the number has changed. Estimates stay estimates, and closed months stay as they are.
    """
    require(act, Function.LOAD_READINGS)
    with transaction(act.session):
        parameters: dict[str, str | int] = {"month": month.first.isoformat()[:7], "readings": readings}
        if points is not None:
            parameters["points"] = " ".join(sorted(set(points)))
        return jobs.add(act, kind=JobKind.CERTIFY_READINGS, parameters=parameters)


def certify(session: Session, *, work: Work) -> dict[str, int | str | None]:
    """Certify the readings that ``ask`` requested, values unchanged, inside the caller's transaction."""
    year, number = map(int, str(work.parameters["month"]).split("-"))
    month = Month(year, number)
    ledger.lock_all(session)
    chosen = work.parameters.get("points")
    rows = _provisional(Act.of_system(session, work.now), month, None if chosen is None else str(chosen).split())
    if len(rows) != work.parameters["readings"]:
        raise Conflict("readings-changed")
    changed = updates.ChangedDays()
    points = {
        point.id: point
        for point in session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.id.in_({point_id for point_id, _ in rows}))
        ).unique()
    }
    by_point: dict[int, list[date]] = defaultdict(list)
    certified: list[Reading] = []
    for (point_id, day), (version, volume) in rows.items():
        certified.append(
            Reading(
                delivery_point_id=point_id,
                gas_day=GasDay(day),
                version=version + 1,
                state=ReadingState.CERTIFIED,
                volume_m3=volume,
                recorded_at=work.now,
                recorded_by_id=work.actor.user_id,
            )
        )
        by_point[point_id].append(day)
    session.add_all(certified)
    session.flush()
    written: dict[int, list[int]] = defaultdict(list)
    for reading in certified:
        written[reading.delivery_point_id].append(reading.id)
    for point_id, days in by_point.items():
        changed.add(points[point_id], days)
    updates.rewrite_days(session, changed=changed, progress=work.progress.stage("days"))
    for point_id, days in sorted(by_point.items()):
        audit.record(
            Act.at(session, work.actor, work.now),
            event=AuditEvent.READINGS_CERTIFIED,
            subject=points[point_id].public_id,
            company_id=points[point_id].contract.company_id,
            details={
                "month": str(work.parameters["month"]),
                "days": len(days),
                sealed_rows.DETAIL: sealed_rows.of_ids(session, table="readings", ids=written[point_id]),
            },
        )
    return {"month": str(work.parameters["month"]), "points": len(by_point), "changed": len(rows)}


def _provisional(
    act: Act, month: Month, points: Collection[str] | None
) -> Mapping[tuple[int, date], tuple[int, Quantity]]:
    """Return version and figure of each provisional day of the month, for points whose month is open.

    ``points`` are the public ids of the chosen points; None for all.
    """
    chosen = true() if points is None else DeliveryPoint.public_id.in_(points)
    rows = act.session.execute(
        select(Reading.delivery_point_id, Reading.gas_day, Reading.version, Reading.volume_m3)
        .join(
            DailyBalance,
            (DailyBalance.delivery_point_id == Reading.delivery_point_id) & (DailyBalance.gas_day == Reading.gas_day),
        )
        .join(DeliveryPoint, DeliveryPoint.id == Reading.delivery_point_id)
        .where(
            chosen,
            DailyBalance.gas_day.between(month.first, _last(month, act.now)),
            DailyBalance.reading_state == ReadingState.PROVISIONAL,
        )
        .order_by(Reading.delivery_point_id, Reading.gas_day, Reading.version)
    ).all()
    closed = closings.find_closed_months(act.session, delivery_point_ids={row.delivery_point_id for row in rows})
    # Versions come in ascending order: the newest stays.
    return {
        (row.delivery_point_id, row.gas_day.date): (row.version, row.volume_m3)
        for row in rows
        if row.delivery_point_id not in closed or closed[row.delivery_point_id] < month
    }


def _last(month: Month, now: datetime) -> GasDay:
    return min(month.last, GasDay.of(now).plus(-1))


def _micro(total: Any) -> int:
    # A sum is read with the type of its column.
    return int(total.micro) if isinstance(total, Quantity) else int(total or 0)
