"""Prepared statements of this package, each with its measured gain: CPU of one run on SQLite (adr/0110)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from portal.models import PointPolicy
from portal.services.store.statements import Statement


class PolicyRow(NamedTuple):
    """The rule of a point."""

    delivery_point_id: int
    policy: str


# Prepared 12 µs, plain 36 µs: 0.3 % of the start page.
POLICIES = Statement(
    select(PointPolicy.delivery_point_id, PointPolicy.policy)
    .where(PointPolicy.valid_from <= bindparam("day"))
    .order_by(PointPolicy.valid_from, PointPolicy.id)
)
