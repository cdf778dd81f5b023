"""Certification of a month's provisional readings, as a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, select, text, true, type_coerce
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay, Month
from portal.domain.jobs import JobKind
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import Company, Contract, DailyBalance, DeliveryPoint, ExitPoint, MonthClosing, Reading
from portal.models.ledger import UNCERTIFIED
from portal.services import ledger
from portal.services.files import jobs
from portal.services.files.jobs import Work
from portal.services.ledger import closings, updates
from portal.services.store import keyset, point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import TICKED_PAGE, Page, take_page
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict
from portal.services.store.transactions import transaction
from portal.services.trace import audit, sealed_rows

Shown = TypeVarTuple("Shown")


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


class Sums(NamedTuple):
    """Sums over points with readings to certify; ``micro`` is the volume of the provisional ones, millionths of m³."""

    points: int
    provisional: int
    estimated: int
    micro: int

    @property
    def volume(self) -> Quantity:
        """The volume of the provisional readings."""
        return Quantity.from_micro(self.micro, Unit.M3)


class ToCertify(NamedTuple):
    """Page of points with readings to certify in a month, the sums of all, and of those that fit a search."""

    page: Page[MonthOfPoint]
    every: Sums
    fit: Sums


def load_month_of_points(act: Act, *, month: Month, words: str = "", after: int | None = None) -> ToCertify:
    """Return a page of 40 points with readings to certify in the past days of a month, by name; four queries.

    Those after the point with the row id ``after``; one query more for words that are searched.
    """
    session = act.session
    last = _last(month, act.now)
    every = _sum(session, month, last, words="")
    fit = _sum(session, month, last, words=words) if words.strip() else every
    rows = _filtered(select(DeliveryPoint.id), words).where(DeliveryPoint.id.in_(_select_points(month, last)))
    if after is not None:
        rows = rows.where(keyset.match_later([DeliveryPoint.sort_name], row_id=DeliveryPoint.id, after=after))
    ids = session.scalars(rows.order_by(DeliveryPoint.sort_name, DeliveryPoint.id).limit(TICKED_PAGE + 1)).all()
    found = _load(session, ids, month, last)
    place = {row.public_id: row_id for row_id, row in zip(ids, found, strict=True)}
    return ToCertify(take_page(found, length=TICKED_PAGE, place=lambda row: (place[row.public_id],)), every, fit)


def find_points(act: Act, *, month: Month, words: str) -> list[str]:
    """Return the public ids of all points with provisional readings in the past days of a month that fit a search."""
    own = _select_points(month, _last(month, act.now)).where(DailyBalance.reading_state == ReadingState.PROVISIONAL)
    return list(act.session.scalars(_filtered(select(DeliveryPoint.public_id), words).where(DeliveryPoint.id.in_(own))))


def _select_points(month: Month, last: GasDay) -> Select[int]:
    return (
        select(DailyBalance.delivery_point_id)
        .where(_to_certify(month, last), DailyBalance.delivery_point_id.not_in(_select_closed(month)))
        .distinct()
    )


def _to_certify(month: Month, last: GasDay) -> ColumnElement[bool]:
    # In the words of the index of these days, or SQLite reads all others as well.
    return and_(DailyBalance.gas_day.between(month.first, last), text(f"daily_balances.{UNCERTIFIED}"))


def _select_closed(month: Month) -> Select[int]:
    return select(MonthClosing.delivery_point_id).where(MonthClosing.month >= month.first.date)


def _filtered(rows: Select[*Shown], words: str) -> Select[*Shown]:
    return point_search.select_joined(rows, words) if words.strip() else rows


def _sum(session: Session, month: Month, last: GasDay, *, words: str) -> Sums:
    provisional = DailyBalance.reading_state == ReadingState.PROVISIONAL
    rows = (
        select(
            func.sum(case((provisional, 1), else_=0)).label("provisional"),
            func.count().label("days"),
            func.sum(case((provisional, DailyBalance.__table__.c.consumed_m3), else_=0)).label("micro"),
        )
        .where(_to_certify(month, last), DailyBalance.delivery_point_id.not_in(_select_closed(month)))
        .group_by(DailyBalance.delivery_point_id)
    )
    if words.strip():
        named = point_search.select_joined(select(DeliveryPoint.id), words)
        rows = rows.where(DailyBalance.delivery_point_id.in_(named))
    own = rows.subquery().c
    row = session.execute(
        select(
            func.count().label("points"),
            cast(func.coalesce(func.sum(own.provisional), 0), BigInteger).label("provisional"),
            cast(func.coalesce(func.sum(own.days), 0), BigInteger).label("days"),
            cast(func.coalesce(func.sum(type_coerce(own.micro, BigInteger)), 0), BigInteger).label("micro"),
        )
    ).one()
    return Sums(row.points, row.provisional, row.days - row.provisional, row.micro)


def _load(session: Session, ids: Sequence[int], month: Month, last: GasDay) -> list[MonthOfPoint]:
    """Return these points by name, by two queries."""
    found: dict[int, dict[ReadingState, tuple[int, int]]] = defaultdict(dict)
    for row in session.execute(
        select(
            DailyBalance.delivery_point_id,
            DailyBalance.reading_state,
            func.count().label("days"),
            func.sum(DailyBalance.__table__.c.consumed_m3).label("total"),
        )
        .where(DailyBalance.delivery_point_id.in_(ids), _to_certify(month, last))
        .group_by(DailyBalance.delivery_point_id, DailyBalance.reading_state)
    ):
        if row.reading_state is not None:
            found[row.delivery_point_id][row.reading_state] = (row.days, _micro(row.total))
    points = session.execute(
        select(
            DeliveryPoint.id,
            DeliveryPoint.name,
            DeliveryPoint.public_id,
            Company.name.label("company"),
            DeliveryPoint.carrier_code,
            ExitPoint.code,
        )
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .where(DeliveryPoint.id.in_(ids))
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    none = (0, 0)
    return [
        MonthOfPoint(
            row.name,
            row.public_id,
            row.company,
            row.carrier_code,
            row.code,
            found[row.id].get(ReadingState.PROVISIONAL, none)[0],
            found[row.id].get(ReadingState.ESTIMATED, none)[0],
            Quantity.from_micro(found[row.id].get(ReadingState.PROVISIONAL, none)[1], Unit.M3),
        )
        for row in points
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
