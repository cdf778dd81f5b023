"""Packs of statements: those of all points of a company in a month, as one ZIP that a job of the worker makes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import FIRST_GAS_DAY, GasDay, Month
from portal.domain.jobs import JobKind, JobState
from portal.models import Company, Contract, DeliveryPoint, Job, StatementPack
from portal.services.files import jobs
from portal.services.files.jobs import Do, Work
from portal.services.files.jobs.runs import Outcome
from portal.services.points import settings
from portal.services.points.service_days import find_days_after_end, list_served_days
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .opened_points import OpenedPoint

LIFE = timedelta(days=30)
MOST_LISTED = 5


class PackView(NamedTuple):
    """A pack that can be downloaded."""

    job: str
    name: str
    month: Month
    size: int
    made_at: datetime


class PackFile(NamedTuple):
    """A pack with its bytes."""

    name: str
    content: bytes


class PackPoint(NamedTuple):
    """A point of a pack: as its papers need it, with the code that tells namesakes apart."""

    point: OpenedPoint
    carrier_code: str


class PackRequest(NamedTuple):
    """Content of a pack: the company, the month, its points."""

    company_id: int
    nit: str
    month: Month
    points: list[PackPoint]


# Makes the ZIP: the papers are laid out outside of the services. Told (done, total) after each point.
Write = Callable[[Act, PackRequest, Callable[[int, int], None]], bytes]


def request(act: Act, *, company: str, month: Month) -> str:
    """Request the pack of a company's month, and return the public id of its job. Commits.

    Refuses (``Rejected``) ``MONTH_NOT_SERVED`` for a month in which no point of the company received gas, those to come
    among them. ``NotFound`` for an unknown company, ``NotAllowed`` for a person who sees no overview.
    """
    session = act.session
    require(act, Function.SEE_OVERVIEW)
    with transaction(session):
        found = session.scalars(select(Company).where(Company.public_id == company)).one_or_none()
        if found is None:
            raise NotFound
        if month > Month.of(GasDay.of(act.now)) or not _list_points(session, found.id, month, act.now):
            raise Rejected(Refusal.MONTH_NOT_SERVED, "month", month=month)
        job = jobs.add(
            act, kind=JobKind.PACK_STATEMENTS, parameters={"company": found.id, "month": month.first.isoformat()}
        )
        # The company sees who took its figures along.
        audit.record(
            act,
            event=AuditEvent.STATEMENTS_PACKED,
            subject=job,
            company_id=found.id,
            details={"month": month.first.isoformat()[:7]},
        )
        return job


def make_runner(sessions: Callable[[], Session], write: Write) -> Callable[[Work], Do]:
    """Return the runner of these jobs: papers are made without a lock, the pack kept in the job's transaction."""

    def run(work: Work) -> Do:
        month = Month.of(GasDay(date.fromisoformat(str(work.parameters["month"]))))
        with sessions() as session:
            act = Act.at(session, work.actor, work.now)
            require(act, Function.SEE_OVERVIEW)
            company_id = int(work.parameters["company"])
            nit = session.scalars(select(Company.nit).where(Company.id == company_id)).one()
            points = _list_points(session, company_id, month, work.now)
            asked = PackRequest(company_id, nit, month, points)
            content = write(act, asked, work.progress.stage("statements"))

        def keep(session: Session) -> Outcome:
            session.add(
                StatementPack(
                    job_id=work.job_id,
                    company_id=company_id,
                    month=month.first.date,
                    name=f"estados-{nit}-{month}.zip",
                    size=len(content),
                    digest=hashlib.sha256(content).digest(),
                    content=content,
                    made_at=work.now,
                )
            )
            return {"points": len(points)}

        return keep

    return run


def list_ready(act: Act, *, company: str) -> list[PackView]:
    """Return the last packs of a company that can be downloaded, newest first."""
    require(act, Function.SEE_OVERVIEW)
    rows = act.session.execute(
        select(Job.public_id, StatementPack.name, StatementPack.month, StatementPack.size, StatementPack.made_at)
        .join(Job, Job.id == StatementPack.job_id)
        .join(Company, Company.id == StatementPack.company_id)
        .where(Company.public_id == company, Job.state == JobState.DONE)
        .order_by(StatementPack.job_id.desc())
        .limit(MOST_LISTED)
    )
    return [PackView(row.public_id, row.name, Month.of(GasDay(row.month)), row.size, row.made_at) for row in rows]


def load_file(act: Act, *, job: str) -> PackFile:
    """Return a pack; ``NotFound`` for an unknown, unfinished or deleted one."""
    require(act, Function.SEE_OVERVIEW)
    row = act.session.execute(
        select(StatementPack.name, StatementPack.content)
        .join(Job, Job.id == StatementPack.job_id)
        .where(Job.public_id == job)
    ).one_or_none()
    if row is None:
        raise NotFound
    return PackFile(row.name, row.content)


def expire(act: Act) -> int:
    """Delete the packs of more than thirty days; return how many. Commits."""
    session = act.session
    old = StatementPack.made_at <= act.now - LIFE
    if session.scalar(select(StatementPack.job_id).where(old).limit(1)) is None:
        return 0
    with transaction(session):
        ids = list(session.scalars(select(StatementPack.job_id).where(old)))
        session.execute(delete(StatementPack).where(StatementPack.job_id.in_(ids)))
        return len(ids)


def _list_points(session: Session, company_id: int, month: Month, now: datetime) -> list[PackPoint]:
    """Return the points of the company that were served in the month, by code."""
    if month.last < FIRST_GAS_DAY:
        return []
    points = (
        session.scalars(
            select(DeliveryPoint)
            .join(Contract, Contract.id == DeliveryPoint.contract_id)
            .where(Contract.company_id == company_id)
            .order_by(DeliveryPoint.carrier_code, DeliveryPoint.id)
        )
        .unique()
        .all()
    )
    ids = [point.id for point in points]
    beyond = find_days_after_end(session, month=month, point_ids=ids) if ids else {}
    known = settings.read(session)
    return [
        PackPoint(
            OpenedPoint(
                id=point.id,
                public_id=point.public_id,
                name=point.name,
                municipality=point.municipality,
                unit=point.unit,
                starts_on=point.starts_on,
                ends_on=point.ends_on,
                exit_point_id=point.exit_point_id,
                modality=point.contract.modality,
                contract_number=point.contract.number,
                supplier_name=point.contract.supplier_name,
                tolerance_basis_points=point.contract.tolerance_basis_points,
                company_name=point.contract.company.name,
                web_used_at=now,
                used_at=now,
                tolerance_steps=known.tolerance(point.contract).steps,
            ),
            point.carrier_code,
        )
        for point in points
        if list_served_days(point, month, after_end=beyond.get(point.id, {}))
    ]
