"""Tables of the projection, written without the ORM: a day is one row of thousands."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam

from portal.models import Base, DailyBalance, MonthlyBalance

DAYS = Base.metadata.tables[DailyBalance.__tablename__]
MONTHS = Base.metadata.tables[MonthlyBalance.__tablename__]

# Key of a row, under the names that the statements of ``hot`` and their callers use.
POINT: BindParameter[int] = bindparam("point")
KEY = {"delivery_point_id": "point", "gas_day": "at", "month": "at"}


def name_parameters(columns: dict[str, object]) -> dict[str, object]:
    """Return the values of columns under the parameter names of the statements of ``hot``."""
    return {f"new_{name}": value for name, value in columns.items()}
