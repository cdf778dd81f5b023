"""Pack of a company's month: every point of it, nobody else's, made by a job, downloaded by those who may."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.blueprints.balances.files.packs import write_pack
from portal.domain.accounts import Role
from portal.domain.gas_day import Month
from portal.domain.jobs import JobKind, JobState
from portal.models import AuditEvent, Company, DeliveryPoint, Job, StatementPack
from portal.services import ledger
from portal.services.account import statement_packs
from portal.services.files import jobs
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, act_of
from tests.services.ledger_rows import day

OCTOBER = Month(2026, 10)


@pytest.fixture
def company(session: Session) -> Company:
    """Two points of one name in October, one that begins in November, and a point of another company."""
    with transaction(session):
        found = factories.company(session, name="Gas de la Sabana S.A.S.")
        owner = factories.contract(session, company_id=found.id, starts_on=day("2026-10-01"))
        other = factories.contract(session, company_id=found.id, starts_on=day("2026-10-01"))
        for code, contract, first in (("T-1", owner, None), ("T-2", other, None), ("T-3", owner, day("2026-11-01"))):
            given = {} if first is None else {"starts_on": first}
            name = "EDS La Ñapa" if first is None else "EDS Nueva"
            point = factories.delivery_point(session, contract=contract, carrier_code=code, name=name, **given)
            write(session, point)
        write(session, factories.delivery_point(session, carrier_code="T-9", name="EDS Ajena"))
        return found


def write(session: Session, point: DeliveryPoint) -> None:
    gas_day = max(point.starts_on, day("2026-10-15"))
    factories.nomination(session, point, gas_day, "1000")
    factories.reading(session, point, gas_day, "777")
    ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


def run(session: Session, sessions: sessionmaker[Session]) -> jobs.Ran | None:
    runner = statement_packs.make_runner(sessions, write_pack)
    return jobs.run_next(session, runners={JobKind.PACK_STATEMENTS: runner}, clock=lambda: NOW)


def test_the_pack_holds_statement_and_workbook_of_each_point_and_nobody_elses(
    session: Session, sessions: sessionmaker[Session], company: Company
) -> None:
    act = act_of(session)
    nit, public_id = company.nit, company.public_id
    job = statement_packs.request(act, company=public_id, month=OCTOBER)
    assert statement_packs.list_ready(act, company=public_id) == []
    with pytest.raises(NotFound):
        statement_packs.load_file(act, job=job)
    session.rollback()
    ran = run(session, sessions)
    assert ran is not None
    assert ran.state is JobState.DONE
    (ready,) = statement_packs.list_ready(act, company=public_id)
    found = statement_packs.load_file(act, job=job)
    assert (ready.job, ready.name, ready.size) == (job, f"estados-{nit}-2026-10.zip", len(found.content))
    assert found.name == ready.name
    with zipfile.ZipFile(io.BytesIO(found.content)) as pack:
        assert pack.namelist() == [
            "estado-t-1-eds-la-napa-2026-10.pdf",
            "balance-t-1-eds-la-napa-2026-10.xlsx",
            "estado-t-2-eds-la-napa-2026-10.pdf",
            "balance-t-2-eds-la-napa-2026-10.xlsx",
        ]
        assert pack.read("estado-t-1-eds-la-napa-2026-10.pdf").startswith(b"%PDF-")
        book = openpyxl.load_workbook(io.BytesIO(pack.read("balance-t-2-eds-la-napa-2026-10.xlsx")))
        cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
        assert 777 in cells
        assert not any("Ajena" in str(cell) for cell in cells)
        assert pack.testzip() is None
    assert jobs.load(act, public_id=job).outcome == {"points": 2}
    told = session.scalars(select(AuditEvent).where(AuditEvent.event == "statements:packed")).one()
    assert (told.subject, told.company_id) == (job, company.id)


def test_the_same_figures_at_the_same_moment_give_the_same_names_and_papers(
    session: Session, sessions: sessionmaker[Session], company: Company
) -> None:
    act = act_of(session)
    made = []
    for _ in range(2):
        job = statement_packs.request(act, company=company.public_id, month=OCTOBER)
        session.rollback()
        run(session, sessions)
        with zipfile.ZipFile(io.BytesIO(statement_packs.load_file(act, job=job).content)) as pack:
            made.append([(entry.filename, entry.date_time) for entry in pack.infolist()])
            made.append([pack.read(name) for name in pack.namelist() if name.endswith(".pdf")])
        session.rollback()
    assert made[:2] == made[2:]


@pytest.mark.parametrize("month", [Month(2026, 12), Month(2026, 9), Month(2014, 11)])
def test_a_month_without_gas_is_refused_and_no_job_waits(session: Session, company: Company, month: Month) -> None:
    with pytest.raises(Rejected) as refused:
        statement_packs.request(act_of(session), company=company.public_id, month=month)
    assert refused.value.refusal is Refusal.MONTH_NOT_SERVED
    assert session.scalar(select(func.count()).select_from(Job)) == 0


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN, Role.CUSTOMER])
def test_who_sees_no_overview_asks_for_no_pack_and_gets_none(session: Session, company: Company, role: Role) -> None:
    act = act_of(session, role)
    with pytest.raises(NotAllowed):
        statement_packs.request(act, company=company.public_id, month=OCTOBER)
    with pytest.raises(NotAllowed):
        statement_packs.load_file(act, job="nada")


def test_an_unknown_company_is_not_found(session: Session, company: Company) -> None:
    with pytest.raises(NotFound):
        statement_packs.request(act_of(session), company="nadie", month=OCTOBER)


def test_a_pack_is_deleted_after_thirty_days(
    session: Session, sessions: sessionmaker[Session], company: Company
) -> None:
    act = act_of(session)
    job = statement_packs.request(act, company=company.public_id, month=OCTOBER)
    session.rollback()
    run(session, sessions)
    assert statement_packs.expire(act.moved(NOW + timedelta(days=29))) == 0
    assert statement_packs.expire(act.moved(NOW + timedelta(days=30))) == 1
    assert session.scalar(select(func.count()).select_from(StatementPack)) == 0
    with pytest.raises(NotFound):
        statement_packs.load_file(act, job=job)
