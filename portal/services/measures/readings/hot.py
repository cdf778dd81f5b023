"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from portal.models import Base, Reading
from portal.services.store.statements import RawDay, Statement


class VersionRow(NamedTuple):
    """A version of a reading; its volume in millionths of m³."""

    gas_day: RawDay
    version: int
    state: str
    volume_m3: int


# Prepared 19 µs, plain 60 µs: 6.6 % of an import of a day.
IN_FORCE = Statement(
    select(Reading.gas_day, Reading.version, Reading.state, Reading.volume_m3.expression)
    .where(
        Reading.delivery_point_id == bindparam("point"),
        Reading.gas_day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(Reading.gas_day, Reading.version)
)
WRITTEN = (
    "delivery_point_id",
    "gas_day",
    "version",
    "state",
    "volume_m3",
    "reason",
    "import_id",
    "import_line",
    "recorded_at",
    "recorded_by_id",
)
# Names of the values of a row of ``INSERT``, in their order.
INSERTED = tuple([f"new_{name}" for name in WRITTEN])
TABLE = Base.metadata.tables[Reading.__tablename__]
# Prepared 7439 µs, plain 19401 µs: 13.2 % of an import of 80 days a point.
INSERT = Statement(insert(TABLE).values({TABLE.c[name]: bindparam(f"new_{name}") for name in WRITTEN}))
