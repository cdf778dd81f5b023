"""Prepared statements: compiled once per dialect, passed to the driver as text, rows in the driver's types."""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import ClauseElement, ColumnElement, Row, Select, SelectBase, Text, bindparam, func
from sqlalchemy import cast as cast_as
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from . import drivers

_Text = tuple[str, Mapping[str, Any], Sequence[str] | None]
_Shape = TypeVar("_Shape", bound=NamedTuple)
# Row ids that one run of a statement is asked about: a page of points.
LISTED = 25
# A day and a moment as the driver returns them: text from SQLite.
RawDay = date | str
RawMoment = datetime | str


def is_listed(column: Any) -> ColumnElement[bool]:
    """Return the condition that a row id is one of those that ``Statement.listed`` is asked about."""
    return cast("ColumnElement[bool]", column.in_([bindparam(name) for name in _LISTED_NAMES]))


_LISTED_NAMES = tuple([f"listed_{place}" for place in range(LISTED)])


class Statement:
    """A Core statement with ``bindparam``s: several times cheaper than building and running it anew.

    Parameters and rows are what the driver knows: millionths, words, dates and moments (``day_of`` and ``moment_of``
    read SQLite's). Nothing pending in the session is flushed first. On a page that has not used its session yet, one
    that reads goes to the thread's read connection (``readers``), every other to that of the session (``drivers``).
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._only_reads = isinstance(clause, SelectBase) and getattr(clause, "_for_update_arg", None) is None
        self._texts: dict[str, _Text] = {}
        self._shapes: set[type[Any]] = set()
        self._row: Callable[[Iterable[Any]], Any] | None = None

    def rows(self, session: Session, **values: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return every row for these values of the parameters, its columns by name."""
        cursor = self._execute(session, values)
        return list(map(self._row or self._learn(cursor), cursor.fetchall()))

    def tuples(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Return every row as the driver gives it, without names; for thousands of rows."""
        return cast("list[tuple[Any, ...]]", self._execute(session, values).fetchall())

    def named(self, session: Session, shape: type[_Shape], **values: Any) -> list[_Shape]:
        """Return every row as a ``shape``, whose fields are the columns by name; for thousands of rows.

        ``ValueError`` when a field is not the column in its place.
        """
        if shape not in self._shapes:
            self._check(shape)
        # As ``shape._make``, in a quarter of the time: the number of columns was checked once.
        return list(map(partial(tuple.__new__, shape), self.tuples(session, **values)))

    def listed(self, session: Session, shape: type[_Shape], row_ids: Collection[int], **values: Any) -> list[_Shape]:
        """Return as ``named`` every row of these row ids, which ``is_listed`` compares; one query for each 25 of them.

        Rows come in the order of the statement within each 25, which come in the order of ``row_ids``.
        """
        found: list[_Shape] = []
        asked = list(row_ids)
        for place in range(0, len(asked), LISTED):
            some = asked[place : place + LISTED]
            # One id again in the places that are left over: it finds no row twice.
            some += some[:1] * (LISTED - len(some))
            found += self.named(session, shape, **dict(zip(_LISTED_NAMES, some, strict=True)), **values)
        return found

    def first(self, session: Session, **values: Any) -> Row[*tuple[Any, ...]] | None:
        """Return the first row, its columns by name; None when there is none."""
        cursor = self._execute(session, values)
        row = cursor.fetchone()
        found = None if row is None else (self._row or self._learn(cursor))(row)
        # An unfinished statement would hold its snapshot.
        cursor.close()
        return found

    def run(self, session: Session, **values: Any) -> None:
        """Execute a statement without result rows."""
        self._ask_session(session, values)

    def run_many(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute a statement without result rows, once for each of ``rows``."""
        connection = session.connection()
        text, defaults, order = self._text(connection.dialect)
        if order is None:
            many: list[Any] = [{**defaults, **row} for row in rows]
        else:
            many = [tuple([_spelled(row[name] if name in row else defaults[name]) for name in order]) for row in rows]
        if many:
            drivers.run_many(connection, text, many)

    def run_rows(self, session: Session, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute it once for each of ``rows``, with values in the order of ``names``, in the types of ``Stored``.

        The quickest way to the driver: nothing is looked at on the way.
        """
        if not rows:
            return
        connection = session.connection()
        text, defaults, order = self._text(connection.dialect)
        many: Any
        if order is None:
            many = [{**defaults, **dict(zip(names, row, strict=True))} for row in rows]
        else:
            many = rows if tuple(order) == tuple(names) else list(map(itemgetter(*map(names.index, order)), rows))
        drivers.run_many(connection, text, many)

    def _check(self, shape: type[_Shape]) -> None:
        columns = tuple(cast("SelectBase", self._clause).selected_columns.keys())
        if columns != shape._fields:
            raise ValueError(f"{shape.__name__} has the fields {shape._fields}, its statement the columns {columns}")
        self._shapes.add(shape)

    def _learn(self, cursor: Any) -> Callable[[Iterable[Any]], Any]:
        """Return the maker of this statement's rows, named by the columns that the driver tells."""
        names = [column[0] for column in cursor.description]
        self._row = partial(tuple.__new__, namedtuple("Row", names, rename=True))
        return self._row

    def _execute(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Return the driver's cursor, with every row still to be fetched."""
        reader = getattr(session, "reader", None)
        if reader is not None and self._only_reads:
            text, given = self._given(reader.dialect, values)
            cursor = reader.execute(text, given)
            if cursor is not None:
                return cursor
            session.reader = None  # type: ignore[attr-defined]
        return self._ask_session(session, values)

    def _ask_session(self, session: Session, values: Mapping[str, Any]) -> Any:
        connection = session.connection()
        text, given = self._given(connection.dialect, values)
        return drivers.run(connection, text, given)

    def _given(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, Any]:
        """Return the statement as the driver takes it, and its parameters."""
        text, defaults, order = self._text(dialect)
        if order is None:
            return text, {**defaults, **values}
        # Each value once, however often the statement has it.
        given = {**defaults, **{name: _spelled(value) for name, value in values.items()}}
        return text, tuple([given[name] for name in order])

    def _text(self, dialect: Dialect) -> _Text:
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


class nest(FunctionElement[str]):  # noqa: N801 (reads as a function of SQL)
    """Rows of a SELECT in one column of another, as JSON: several small questions become one statement.

    Read with ``read_nested``. Columns must be what JSON knows: whole numbers and words.
    """

    inherit_cache = True
    name = "nest"

    def __init__(self, select: Select[*tuple[Any, ...]]) -> None:
        self.rows = select.subquery()
        columns = list(self.rows.c)
        as_list = {
            "sqlite": func.json_group_array(func.json_array(*columns)),
            "postgresql": cast_as(func.json_agg(func.json_build_array(*columns)), Text),
        }
        self.spelled = {name: Select(each).scalar_subquery() for name, each in as_list.items()}
        super().__init__()


@compiles(nest)
def _spell_nest(element: nest, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.spelled[compiler.dialect.name], **options)


def read_nested(value: str | None) -> list[list[Any]]:
    """Return the rows of a ``nest`` column; PostgreSQL says None for none."""
    rows: list[list[Any]] = [] if value is None else json.loads(value)
    return rows


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
