"""Engines of one kind share what they have compiled, and nothing else."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy import event, literal, select, text
from sqlalchemy.exc import OperationalError

from portal.models.engine import make_engine
from tests.databases.compiled import listeners_left


def _compiled_by(url: str, statement: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many statements a new engine compiles to run this one."""
    engine = make_engine(url)
    with engine.connect() as connection:
        compiler, compiled = engine.dialect.statement_compiler, []

        class Counting(compiler):  # type: ignore[misc, valid-type]
            def __init__(self, *arguments: Any, **options: Any) -> None:
                compiled.append(arguments)
                super().__init__(*arguments, **options)

        with monkeypatch.context() as patched:
            patched.setattr(engine.dialect, "statement_compiler", Counting)
            assert connection.scalar(statement) == "once"
    engine.dispose()
    return len(compiled)


def test_a_statement_is_compiled_by_the_first_engine_that_runs_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [select(literal("once").label(f"of_this_test_{id(monkeypatch)}")) for _ in range(3)]
    assert [_compiled_by(database_url, statement, monkeypatch) for statement in asked] == [1, 0, 0]


def test_what_happens_on_one_engine_is_not_heard_on_another(database_url: str) -> None:
    first, second = make_engine(database_url), make_engine(database_url)
    heard: list[str] = []
    event.listen(first, "before_cursor_execute", lambda *heard_of: heard.append(heard_of[2]))
    for engine, said in ((first, "SELECT 1"), (second, "SELECT 2")):
        with engine.connect() as connection:
            connection.execute(text(said))
        engine.dispose()
    assert "SELECT 1" in heard
    assert "SELECT 2" not in heard


def test_a_listener_that_a_test_leaves_on_the_shared_dialect_is_found(database_url: str) -> None:
    engine = make_engine(database_url)
    engine.connect().close()

    def listen(_context: Any) -> None: ...

    assert listeners_left() == []
    event.listen(engine, "handle_error", listen)
    assert listeners_left() == ["handle_error"]
    event.remove(engine, "handle_error", listen)
    assert listeners_left() == []
    engine.dispose()


@pytest.mark.postgres
def test_an_engine_whose_host_is_away_holds_no_other_back(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    away, well = make_engine(postgres_url), make_engine(postgres_url)
    for engine in (away, well):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()

    def silent(*_arguments: Any, **_options: Any) -> None:
        raise psycopg.errors.ConnectionTimeout

    with monkeypatch.context() as patched:
        patched.setattr("portal.models.postgresql.Connection.connect", silent)
        with pytest.raises(OperationalError):
            away.connect()
    with pytest.raises(OperationalError, match="gave no answer a moment ago"):
        away.connect()
    with well.connect() as connection:
        assert connection.scalar(text("SELECT 2")) == 2
    for engine in (away, well):
        engine.dispose()
