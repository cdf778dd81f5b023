"""Prepared statements: compiled once per dialect, passed to the driver as text, rows in the driver's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import ClauseElement, CursorResult, Row, SelectBase
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

_Text = tuple[str, Mapping[str, Any], Sequence[str] | None]
_Shape = TypeVar("_Shape", bound=NamedTuple)
# A day and a moment as the driver returns them: text from SQLite.
RawDay = date | str
RawMoment = datetime | str


class Statement:
    """A Core statement with ``bindparam``s: several times cheaper than building and running it anew.

    Parameters and rows are what the driver knows: millionths, words, dates and moments (``day_of`` and ``moment_of``
    read SQLite's). Nothing pending in the session is flushed first.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._texts: dict[str, _Text] = {}
        self._shapes: set[type[Any]] = set()

    def rows(self, session: Session, **values: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return every row for these values of the parameters."""
        return self._execute(session, values).all()

    def tuples(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Return every row as the driver gives it, without names; for thousands of rows."""
        return cast("list[tuple[Any, ...]]", self._execute(session, values).cursor.fetchall())

    def named(self, session: Session, shape: type[_Shape], **values: Any) -> list[_Shape]:
        """Return every row as a ``shape``, whose fields are the columns by name; for thousands of rows.

        ``ValueError`` when a field is not the column in its place.
        """
        if shape not in self._shapes:
            self._check(shape)
        # As ``shape._make``, in a quarter of the time: the number of columns was checked once.
        return list(map(partial(tuple.__new__, shape), self.tuples(session, **values)))

    def first(self, session: Session, **values: Any) -> Row[*tuple[Any, ...]] | None:
        """Return the first row, None when there is none."""
        return self._execute(session, values).first()

    def run(self, session: Session, **values: Any) -> None:
        """Execute a statement without result rows."""
        self._execute(session, values)

    def run_many(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute a statement without result rows, once for each of ``rows``."""
        connection = session.connection()
        text, defaults, order = self._text(connection)
        if order is None:
            many: list[Any] = [{**defaults, **row} for row in rows]
        else:
            many = [tuple([_spelled(row[name] if name in row else defaults[name]) for name in order]) for row in rows]
        if many:
            connection.exec_driver_sql(text, many)

    def run_rows(self, session: Session, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute it once for each of ``rows``, with values in the order of ``names``, in the types of ``Stored``.

        The quickest way to the driver: nothing is looked at on the way.
        """
        if not rows:
            return
        connection = session.connection()
        text, defaults, order = self._text(connection)
        many: Any
        if order is None:
            many = [{**defaults, **dict(zip(names, row, strict=True))} for row in rows]
        else:
            many = rows if tuple(order) == tuple(names) else list(map(itemgetter(*map(names.index, order)), rows))
        connection.exec_driver_sql(text, many)

    def _check(self, shape: type[_Shape]) -> None:
        columns = tuple(cast("SelectBase", self._clause).selected_columns.keys())
        if columns != shape._fields:
            raise ValueError(f"{shape.__name__} has the fields {shape._fields}, its statement the columns {columns}")
        self._shapes.add(shape)

    def _execute(self, session: Session, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        connection = session.connection()
        text, defaults, order = self._text(connection)
        if order is None:
            return connection.exec_driver_sql(text, {**defaults, **values})
        given = {**defaults, **values}
        return connection.exec_driver_sql(text, tuple([_spelled(given[name]) for name in order]))

    def _text(self, connection: Connection) -> _Text:
        dialect = connection.dialect
        known = self._texts.get(dialect.name)
        if known is None:
            compiled = self._clause.compile(dialect=dialect)
            if "POSTCOMPILE" in str(compiled):
                raise ValueError("a list (IN) gets its parameters only when it runs: spell it with OR")
            defaults = {
                name: value.value if isinstance(value, Enum) else value
                for name, value in (compiled.params or {}).items()
            }
            known = (str(compiled), defaults, getattr(compiled, "positiontup", None))
            self._texts[dialect.name] = known
        return known


class Stored:
    """Dates and moments as the database stores them: text in SQLite, native in PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._as_text = connection.dialect.name == "sqlite"
        # Called once per row for very many rows.
        self.day: Callable[[date], Any] = date.isoformat if self._as_text else _as_it_is

    def clock(self, day: date, hour: int, minute: int = 0, second: int = 0) -> Any:
        """Return the moment of that UTC time on ``day``."""
        if self._as_text:
            return f"{day.isoformat()} {hour:02}:{minute:02}:{second:02}.000000"
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)

    def moment(self, moment: datetime) -> Any:
        """Return an aware moment, in UTC."""
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if self._as_text else moment


def _as_it_is(day: date) -> date:
    return day


def day_of(value: date | str) -> date:
    """Return the date of a column read with a ``Statement``."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def moment_of(value: datetime | str) -> datetime:
    """Return the moment of a column read with a ``Statement``, aware, UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value.astimezone(UTC)


def _spelled(value: Any) -> Any:
    """Spell a value as SQLAlchemy's types spell it for SQLite, which knows neither dates nor moments."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value
