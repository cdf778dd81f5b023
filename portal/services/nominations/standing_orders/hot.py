"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import aliased

from portal.models import StandingOrder
from portal.services.store.statements import Statement, is_listed


class OrderedRow(NamedTuple):
    """A point whose newest standing order was not ended."""

    delivery_point_id: int


AS_OF: BindParameter[datetime] = bindparam("as_of")
_Newest = aliased(StandingOrder)
# Prepared 18 µs, plain 49 µs: 0.5 % of the start page.
ORDERED = Statement(
    select(StandingOrder.delivery_point_id).where(
        is_listed(StandingOrder.delivery_point_id),
        StandingOrder.access_key_id.is_not(None),
        StandingOrder.version
        == select(func.max(_Newest.version))
        .where(_Newest.delivery_point_id == StandingOrder.delivery_point_id, _Newest.recorded_at <= AS_OF)
        .scalar_subquery(),
    )
)
