"""Tables of the projection, written without the ORM: a day is one row of thousands."""

from __future__ import annotations

from sqlalchemy import BindParameter, Column, Table, bindparam, insert, update

from portal.models import Base, DailyBalance, MonthlyBalance
from portal.services.store.statements import Statement

DAYS = Base.metadata.tables[DailyBalance.__tablename__]
MONTHS = Base.metadata.tables[MonthlyBalance.__tablename__]

# Key of a row, under the names that the statements below and their callers use.
POINT: BindParameter[int] = bindparam("point")
KEY = {"delivery_point_id": "point", "gas_day": "at", "month": "at"}


def _named(column: Column[object]) -> str:
    # SQLAlchemy reserves the plain names of columns.
    return KEY.get(column.name, f"new_{column.name}")


def _insert(table: Table) -> Statement:
    return Statement(insert(table).values({column: bindparam(_named(column)) for column in table.c}))


def _update(table: Table) -> Statement:
    key = [column == bindparam(_named(column)) for column in table.primary_key]
    values: dict[Column[object], BindParameter[object]] = {
        column: bindparam(_named(column)) for column in table.c if not column.primary_key
    }
    return Statement(update(table).where(*key).values(values))


INSERT_DAY, UPDATE_DAY = _insert(DAYS), _update(DAYS)
INSERT_MONTH, UPDATE_MONTH = _insert(MONTHS), _update(MONTHS)


def new(columns: dict[str, object]) -> dict[str, object]:
    """Return the values of columns under the parameter names of the statements above."""
    return {f"new_{name}": value for name, value in columns.items()}
