"""The two tables of the projection, written without the ORM: a day is one row of thousands."""

from __future__ import annotations

from portal.models import Base, DailyBalance, MonthlyBalance

DAYS = Base.metadata.tables[DailyBalance.__tablename__]
MONTHS = Base.metadata.tables[MonthlyBalance.__tablename__]
