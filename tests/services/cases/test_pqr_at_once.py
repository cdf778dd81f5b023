"""Two hundred cases filed at once from two processes: no number is missing, none is given twice."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from sqlalchemy import select

from portal.models import Case
from portal.models.engine import make_engine
from portal.services.cases import pqr
from portal.services.store.acts import Act
from portal.services.store.identity import make_stranger
from portal.services.store.vault import Vault
from portal.services.trace import audit
from portal.web.database import session_factory
from tests.application import PEPPER
from tests.factories import NOW
from tests.services.case_stage import petition

EACH, THREADS = 100, 4


def file_many(url: str, process: int) -> list[str]:
    """File a hundred cases from four threads of this process; return their numbers."""
    engine = make_engine(url)
    sessions = session_factory(engine, Vault(PEPPER))

    def file(n: int) -> str:
        # Every tenth form is sent twice, as by an impatient finger.
        given = {"text": f"Petición {process}-{n}", "email": f"p{process}n{n}@vecinos.example"}
        asked = petition(submission_id=f"{process:016d}{n:016d}", **given)
        with sessions() as session:
            act = Act.at(session, make_stranger(address="203.0.113.7"), NOW)
            numbers = {pqr.file_case(act, petition=asked).filing_number for _ in range(2 if n % 10 == 0 else 1)}
        assert len(numbers) == 1
        return numbers.pop()

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(file, range(EACH)))
    engine.dispose()
    return found


def test_two_processes_file_two_hundred_cases_without_gap_or_double(database_url: str):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        given = [number for numbers in processes.map(file_many, [database_url] * 2, range(2)) for number in numbers]
    assert sorted(given) == [f"PQR-2026-{n:06d}" for n in range(1, 2 * EACH + 1)]
    engine = make_engine(database_url)
    with session_factory(engine, Vault(PEPPER))() as session:
        assert sorted(session.scalars(select(Case.filing_number))) == sorted(given)
        assert audit.verify(session) is None
    engine.dispose()
