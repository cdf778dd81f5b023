"""Writers that wait for SQLite's one write lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.models.engine import make_engine
from portal.services.store.transactions import transaction

HELD_SECONDS = 0.24


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    made = make_engine(sqlite_url, busy_timeout_ms=2000)
    yield made
    made.dispose()


def test_a_writer_has_the_lock_within_milliseconds_of_its_release(engine: Engine):
    begun: list[float] = []
    delays = []

    def write() -> None:
        with Session(engine) as session, transaction(session):
            begun.append(time.monotonic())

    for _ in range(5):
        with Session(engine) as holder:
            waiting = threading.Thread(target=write)
            with transaction(holder):
                waiting.start()
                time.sleep(HELD_SECONDS)
            released = time.monotonic()
        waiting.join()
        delays.append(begun.pop() - released)
    # SQLite's own waiting would sleep for up to a tenth of a second more.
    assert sorted(delays)[2] < 0.05


def test_a_writer_that_waits_in_vain_says_so_when_its_patience_is_over(sqlite_url: str, engine: Engine):
    impatient = make_engine(sqlite_url, busy_timeout_ms=100)
    with Session(engine) as holder, transaction(holder):
        began = time.monotonic()
        with Session(impatient) as session, pytest.raises(OperationalError, match="locked"), transaction(session):
            pass
        assert 0.1 <= time.monotonic() - began < 2
    # Nothing is left of it: the next one gets its turn.
    with Session(impatient) as session, transaction(session):
        pass
    impatient.dispose()
