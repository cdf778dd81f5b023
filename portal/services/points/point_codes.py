"""Resolve a carrier's code to a point by gas day: a code passes on, so several rows may have had it in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint


class Valid(Protocol):
    """Row that has a carrier's code from a first gas day to a last, which is excluded."""

    @property
    def carrier_code(self) -> str:
        """The carrier's code."""

    @property
    def starts_on(self) -> GasDay:
        """The first gas day."""

    @property
    def ends_on(self) -> GasDay | None:
        """The first gas day after its validity; None without end."""


Row = TypeVar("Row", bound=Valid)


def choose_on_day(rows: Sequence[Row], day: GasDay) -> Row | None:
    """Return the row, of those that match a text, that is meant on a gas day; None if that is ambiguous.

    Prefers the row in force that day. If there is none and all rows share one code, returns the last that had begun by
    then, else the first to begin: callers check the day against its validity.
    """
    served = [row for row in rows if row.starts_on <= day and (row.ends_on is None or day < row.ends_on)]
    if len(served) == 1:
        return served[0]
    if served or len({row.carrier_code for row in rows}) != 1:
        return None
    begun = [row for row in rows if row.starts_on <= day]
    return max(begun, key=lambda row: row.starts_on) if begun else min(rows, key=lambda row: row.starts_on)


def overlap(one: Valid, other: Valid) -> bool:
    """Tell whether two validities share a gas day."""
    return (other.ends_on is None or one.starts_on < other.ends_on) and (
        one.ends_on is None or other.starts_on < one.ends_on
    )


def find(session: Session, *, code: str, day: GasDay) -> DeliveryPoint | None:
    """Return the point with exactly this code on a gas day, chosen by ``choose_on_day``; one query."""
    return _one(session, DeliveryPoint.carrier_code == code, day)


def find_by_id_or_code(session: Session, *, text: str, day: GasDay) -> DeliveryPoint | None:
    """Return the point with this public id, else the point with this code on a gas day."""
    return _one(session, DeliveryPoint.public_id == text, day) or find(session, code=text, day=day)


def find_passed_on(session: Session, *, codes: Mapping[int, str], day: GasDay) -> set[int]:
    """Return the points, by row id, whose code means another of the given points on the day.

    ``codes`` is by row id. Runs no query while all codes are different.
    """
    by_code: dict[str, list[int]] = {}
    for point_id, code in codes.items():
        by_code.setdefault(code, []).append(point_id)
    found: set[int] = set()
    for point_ids in by_code.values():
        if len(point_ids) > 1:
            kept = _one(session, DeliveryPoint.id.in_(point_ids), day)
            found |= {each for each in point_ids if kept is not None and each != kept.id}
    return found


def _one(session: Session, named: ColumnElement[bool], day: GasDay) -> DeliveryPoint | None:
    return choose_on_day(session.scalars(select(DeliveryPoint).where(named)).unique().all(), day)
