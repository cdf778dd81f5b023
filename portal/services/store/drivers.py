"""Statements that go to the driver's connection of a session, in its transaction (docs/adr/0144).

What SQLAlchemy lays around a statement, a context and the names and types of its rows, is a tenth of a page with twenty
of them. Who listens for statements hears of these too; errors are SQLAlchemy's, and a lost connection is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, text: str, values: Any) -> Any:
    """Return the driver's cursor of a statement, with every row still to be fetched."""
    return _run(connection, text, values, many=False)


def run_many(connection: Connection, text: str, rows: Sequence[Any]) -> None:
    """Execute a statement without result rows once for each of ``rows``."""
    _run(connection, text, rows, many=True).close()


def _run(connection: Connection, text: str, values: Any, *, many: bool) -> Any:
    dispatch = connection.dispatch
    for listener in dispatch.before_cursor_execute:
        listener(connection, None, text, values, None, many)
    driver: Any = connection.connection.driver_connection
    try:
        cursor = driver.cursor()
        (cursor.executemany if many else cursor.execute)(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, driver, error, text, values) from error
    for listener in dispatch.after_cursor_execute:
        listener(connection, None, text, values, None, many)
    return cursor


def _told(connection: Connection, driver: Any, error: Exception, text: str, values: Any) -> BaseException:
    is_lost = connection.dialect.is_disconnect(cast("Any", error), driver, None)
    if is_lost:
        connection.invalidate(error)
    return name_error(error, text, values, connection.dialect, is_lost=is_lost)


def name_error(error: Exception, text: str, values: Any, dialect: Dialect, *, is_lost: bool = False) -> BaseException:
    """Return an error of the driver as the rest of the portal knows it, without the values of the statement."""
    return DBAPIError.instance(
        text,
        values,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
