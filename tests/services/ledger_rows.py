"""Helpers of the ledger's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity, plain
from portal.models import DailyBalance, MonthlyBalance


def day(text: str) -> GasDay:
    return GasDay(date.fromisoformat(text))


def stored_day(session: Session, point_id: int, gas_day: GasDay) -> DailyBalance:
    return session.execute(
        select(DailyBalance)
        .where(DailyBalance.delivery_point_id == point_id, DailyBalance.gas_day == gas_day)
        .execution_options(populate_existing=True)
    ).scalar_one()


def stored_month(session: Session, point_id: int, month: str) -> MonthlyBalance:
    return session.execute(
        select(MonthlyBalance)
        .where(MonthlyBalance.delivery_point_id == point_id, MonthlyBalance.month == date.fromisoformat(f"{month}-01"))
        .execution_options(populate_existing=True)
    ).scalar_one()


def figures(value: Quantity | None) -> str | None:
    return None if value is None else plain(value)


def projection(session: Session, point_id: int) -> list[dict[str, Any]]:
    """Return the projection of a point without its revisions, which only grow."""
    rows: list[dict[str, Any]] = []
    for model, key in ((DailyBalance, "gas_day"), (MonthlyBalance, "month")):
        table = model.__table__
        found = session.execute(select(table).where(table.c.delivery_point_id == point_id).order_by(table.c[key]))
        rows += [{name: row[name] for name in row if name != "revision"} for row in found.mappings()]
    return rows


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
