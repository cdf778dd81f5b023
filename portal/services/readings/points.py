"""The delivery points a file may speak of: by public id, carrier's code or name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import DeliveryPoint
from portal.services.file_problems import Rule
from portal.services.names import comparable


@dataclass(frozen=True, slots=True)
class NotLocated:
    """Why a text names no point, or more than one."""

    rule: Rule
    fact: str | None = None


class Points:
    """Every delivery point, found by what a file calls it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_id: dict[str, DeliveryPoint] = {}
        self._by_code: dict[str, DeliveryPoint] = {}
        self._by_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).unique():
            self._by_id[point.public_id] = point
            self._by_code[comparable(point.carrier_code)] = point
            self._by_name[comparable(point.name)].append(point)

    def find(self, text: str) -> DeliveryPoint | NotLocated:
        """Return the point called ``text``; ids are exact, codes and names go without case, accents and blanks."""
        key = comparable(text)
        found = self._by_id.get(text) or self._by_code.get(key)
        if found is not None:
            return found
        named = self._by_name.get(key, [])
        if len(named) == 1:
            return named[0]
        if named:
            return NotLocated(Rule.SEVERAL_POINTS, ", ".join(point.carrier_code for point in named))
        return NotLocated(Rule.UNKNOWN_POINT)

    def lock(self, point_ids: Iterable[int]) -> None:
        """Hold these points until the caller's transaction ends, always in one order: imports wait for each other."""
        wanted = sorted(point_ids)
        if wanted and self._session.get_bind().dialect.name != "sqlite":
            self._session.execute(
                select(DeliveryPoint.id)
                .where(DeliveryPoint.id.in_(wanted))
                .order_by(DeliveryPoint.id)
                .with_for_update(key_share=True)
            )
