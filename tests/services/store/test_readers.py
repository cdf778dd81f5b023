"""Read connection of a thread: committed data at once, nothing written, and the session where it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import bindparam, event, func, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from portal.models import User
from portal.services.store.readers import Reader, ReadingSession
from portal.services.store.statements import Statement
from portal.services.store.transactions import transaction
from tests import factories

NAME = Statement(select(User.name).where(User.id == bindparam("of")))
COUNT = Statement(select(func.count()).select_from(User))


@pytest.fixture
def person(sessions: sessionmaker[Session]) -> int:
    with sessions() as session, transaction(session):
        return factories.user(session, name="Ana").id


@pytest.fixture
def reading(sessions: sessionmaker[Session]) -> Iterator[ReadingSession]:
    """A session as that of a GET: it reads by the read connection of this thread."""
    with sessions() as session:
        assert isinstance(session, ReadingSession)
        session.reader = Reader(session.get_bind().engine)
        reader = session.reader
        yield session
    reader.close()


def rename(sessions: sessionmaker[Session], person: int, name: str) -> None:
    with sessions() as session, transaction(session):
        session.execute(update(User).where(User.id == person).values(name=name))


def name_of(session: Session, person: int) -> str:
    found = NAME.first(session, of=person)
    assert found is not None
    return str(found.name)


def test_a_request_sees_what_others_committed_before_it_began(
    sessions: sessionmaker[Session], reading: ReadingSession, person: int
):
    reader = reading.reader
    assert reader is not None
    for name in ("Berta", "Carla", "Dora"):
        with ThreadPoolExecutor(1) as other:
            other.submit(rename, sessions, person, name).result()
        assert name_of(reading, person) == name
        # Rows of several statements of one request are of one moment on SQLite.
        assert [row.name for row in NAME.rows(reading, of=person)] == [name]
        assert not reading.in_transaction(), "the session was asked instead"
        reader.end()


def test_a_session_that_writes_is_asked_from_then_on(reading: ReadingSession, person: int):
    assert name_of(reading, person) == "Ana"
    with transaction(reading):
        reading.execute(update(User).where(User.id == person).values(name="Berta"))
        assert name_of(reading, person) == "Berta", "its own write, before it is committed"
    assert reading.reader is None
    assert name_of(reading, person) == "Berta"


def test_a_session_that_loads_an_object_is_asked_from_then_on(
    sessions: sessionmaker[Session], reading: ReadingSession, person: int
):
    assert name_of(reading, person) == "Ana"
    rename(sessions, person, "Berta")
    assert reading.get_one(User, person).name == "Berta"
    assert name_of(reading, person) == "Berta", "never older than what the object said"


def test_a_statement_that_locks_or_writes_never_goes_to_the_read_connection(reading: ReadingSession, person: int):
    locked = Statement(select(User.name).where(User.id == bindparam("of")).with_for_update())
    assert locked.first(reading, of=person) is not None
    assert reading.reader is None


def test_the_read_connection_of_sqlite_refuses_to_write(sqlite_url: str, person: int, reading: ReadingSession):
    if reading.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL: the statements that go there are selects")
    assert reading.reader is not None
    with pytest.raises(DBAPIError, match="readonly"):
        reading.reader.execute("UPDATE users SET name = 'x'", ())


@pytest.mark.postgres
def test_a_read_connection_that_the_server_ended_costs_nothing(postgres_url: str, vault):
    from portal.models.engine import make_engine
    from portal.web.database import session_factory

    engine = make_engine(postgres_url)
    maker = session_factory(engine, vault)
    with maker() as session:
        assert isinstance(session, ReadingSession)
        reader = session.reader = Reader(engine)
        assert COUNT.tuples(session) == [(0,)]
        reader.end()
        with maker() as other:
            ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            assert other.scalar(text(f"{ended} AND datname = current_database()"))
        assert COUNT.tuples(session) == [(0,)]
        # By the session; the next request has a new read connection.
        assert session.reader is None
    with maker() as session:
        assert isinstance(session, ReadingSession)
        session.reader = reader
        assert COUNT.tuples(session) == [(0,)]
        assert session.reader is reader
    engine.dispose()


def test_who_listens_for_statements_hears_of_these_too(reading: ReadingSession, person: int):
    heard: list[str] = []
    event.listen(reading.get_bind(), "before_cursor_execute", lambda *given: heard.append(given[2]))
    name_of(reading, person)
    assert len(heard) == 1
    assert heard[0].startswith("SELECT users.name")


def test_who_listens_hears_of_those_in_a_transaction_before_and_after(session: Session):
    heard: list[str] = []
    listeners = {when: partial(_note, heard, when) for when in ("before_cursor_execute", "after_cursor_execute")}
    engine = session.get_bind().engine
    for when, listener in listeners.items():
        event.listen(engine, when, listener)
    with transaction(session):
        factories.user(session, name="Ana")
        session.flush()
        heard.clear()
        assert COUNT.tuples(session) == [(1,)], "what the transaction wrote, before it is committed"
    assert heard == ["before_cursor_execute", "after_cursor_execute"]
    for when, listener in listeners.items():
        event.remove(engine, when, listener)


def _note(heard: list[str], when: str, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    if "count" in statement:
        heard.append(when)


def test_an_error_in_a_transaction_is_one_of_sqlalchemy_and_hides_the_values(session: Session):
    wrong = Statement(select(func.no_such_function(bindparam("of"))))
    factories.user(session, name="Ana")
    session.flush()
    with pytest.raises(DBAPIError) as refused:
        wrong.tuples(session, of="a secret")
    assert isinstance(refused.value, OperationalError | ProgrammingError)
    assert "a secret" not in str(refused.value)
    session.rollback()
    assert COUNT.tuples(session) == [(0,)]


@pytest.mark.postgres
def test_a_connection_that_the_server_ended_in_a_transaction_is_left(postgres_url: str, vault):
    from portal.models.engine import make_engine
    from portal.web.database import session_factory

    engine = make_engine(postgres_url)
    maker = session_factory(engine, vault)
    with maker() as session:
        session.begin()
        assert COUNT.tuples(session) == [(0,)]
        with maker() as other:
            ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            assert other.scalar(text(f"{ended} AND datname = current_database()"))
        with pytest.raises(DBAPIError) as refused:
            COUNT.tuples(session)
        assert refused.value.connection_invalidated
        session.rollback()
        assert COUNT.tuples(session) == [(0,)]
    engine.dispose()


def test_the_connection_is_closed_with_the_engine(reading: ReadingSession, person: int):
    from portal.services.store.readers import Readers

    engine = reading.get_bind().engine
    reader = Readers().get(engine)
    assert reader.execute("SELECT 1", ()).fetchone() == (1,)
    engine.dispose()
    assert reader._driver is None
