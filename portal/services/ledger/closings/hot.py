"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from portal.services.ledger.tables import DAYS, POINT
from portal.services.store.statements import Statement

# Prepared 121 µs, plain 374 µs: 4.6 % of the closing of a month.
DAYS_OF_MONTH = Statement(
    select(DAYS)
    .where(DAYS.c.delivery_point_id == POINT, DAYS.c.gas_day.between(bindparam("first"), bindparam("last")))
    .order_by(DAYS.c.gas_day)
)
