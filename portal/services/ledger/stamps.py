"""Stamps of accounts: what was worked out from an account holds while its stamp is the same.

A stamp counts the months of the account and adds up their revisions, which only grow: any change of a day in them makes
another one (``MonthlyBalance``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month

from . import hot

Value = TypeVar("Value")
# Small records of points, in each process.
MOST_KEPT = 5000


class Stamp(NamedTuple):
    """Number of months, and the sum of their revisions."""

    months: int
    revisions: int


NOTHING = Stamp(0, 0)


def load_stamps(session: Session, *, point_ids: Collection[int], since: GasDay) -> Mapping[int, Stamp]:
    """Return the stamp of each account from the month of a day on; none for one without figures.

    One query for 25 accounts.
    """
    rows = hot.STAMPS.listed(session, hot.StampRow, point_ids, since=Month.of(since).first.date)
    return {row.delivery_point_id: Stamp(row.months, int(row.revisions)) for row in rows}


class Kept(Generic[Value]):
    """Values worked out for points, those of the last few thousand; each database has its own. Safe for threads."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Any, OrderedDict[int, tuple[Hashable, Value]]] = WeakKeyDictionary()
        self._lock = Lock()

    def find(self, session: Session, point_id: int, *, made_of: Hashable) -> tuple[Value] | None:
        """Return the value of a point, alone in a tuple, if it was made of the same; else None."""
        with self._lock:
            known = self._of.get(session.get_bind(), OrderedDict()).get(point_id)
        return (known[1],) if known is not None and known[0] == made_of else None

    def keep(self, session: Session, point_id: int, value: Value, *, made_of: Hashable) -> None:
        """Keep the value of a point in the place of an earlier one."""
        with self._lock:
            values = self._of.setdefault(session.get_bind(), OrderedDict())
            values[point_id] = made_of, value
            values.move_to_end(point_id)
            while len(values) > MOST_KEPT:
                values.popitem(last=False)
