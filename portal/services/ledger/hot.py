"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BindParameter, bindparam, select, update

from portal.services.store.statements import Statement

from .tables import MONTHS, POINT

MONTH: BindParameter[date] = bindparam("at")
# Prepared 152 µs, plain 269 µs: 0.6 % of a signature.
LATEST = Statement(
    select(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month <= MONTH)
    .order_by(MONTHS.c.month.desc())
    .limit(1)
)
# Not measured apart: runs in the same transactions.
AFTER = Statement(
    select(MONTHS).where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month > MONTH).order_by(MONTHS.c.month)
)
# Not measured apart: runs in the same transactions.
ROLL = Statement(
    update(MONTHS)
    .where(MONTHS.c.delivery_point_id == POINT, MONTHS.c.month > MONTH)
    .values(
        opening_m3=MONTHS.c.opening_m3 + bindparam("by_m3"),
        opening_mbtu=MONTHS.c.opening_mbtu + bindparam("by_mbtu"),
        closing_m3=MONTHS.c.closing_m3 + bindparam("by_m3"),
        closing_mbtu=MONTHS.c.closing_mbtu + bindparam("by_mbtu"),
        measured_before=MONTHS.c.measured_before + bindparam("by_days"),
        revision=MONTHS.c.revision + 1,
    )
)
