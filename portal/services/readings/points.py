"""The delivery points a file may speak of: by public id, carrier's code or name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.models import DeliveryPoint
from portal.services.cells import bare_key
from portal.services.file_problems import Rule
from portal.services.names import comparable

# What a name may be told without: what kind of place it is.
_KIND = re.compile(r"^(?:eds|estacion(?: de servicio)?|planta|punto)\b\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NotLocated:
    """Why a text names no point, or more than one."""

    rule: Rule
    fact: str | None = None


class Points:
    """Every delivery point, found by what a file calls it; ``resembled`` are the texts that only come near its code."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_id: dict[str, DeliveryPoint] = {}
        self._by_code: dict[str, DeliveryPoint] = {}
        self._by_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self._by_short_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self.resembled: dict[str, str] = {}
        for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).unique():
            self._by_id[point.public_id] = point
            self._by_code[comparable(point.carrier_code)] = point
            self._by_name[comparable(point.name)].append(point)
            self._by_short_name[_short(point.name)].append(point)
        self._points = {point.carrier_code: point for point in self._by_code.values()}
        self._alike = index_of(self._points)

    def find(self, text: str) -> DeliveryPoint | NotLocated:
        """Return the point called ``text``, or the one that it can be; ``NotLocated`` names both when there are two.

        Ids are exact; codes and names go without case, accents and blanks. A number may be what a spreadsheet made of
        another code: then it is a point only if no other becomes the same number.
        """
        text = bare_key(text)
        key = comparable(text)
        exact = self._by_code.get(key)
        if exact is not None and not may_be_changed(text):
            return exact
        found = self._by_id.get(text)
        if found is not None:
            return found
        named = self._by_name.get(key, [])
        alike = sorted({code for each in keys_of(text) for code in self._alike.get(each, [])})
        if exact is None and len(named) == 1:
            return named[0]
        if len(alike) > 1:
            return NotLocated(Rule.SEVERAL_POINTS, ", ".join(alike))
        if alike:
            return self._resembling(text, self._points[alike[0]])
        named = named or self._by_short_name.get(_short(text), [])
        if len(named) == 1:
            return self._resembling(text, named[0])
        if named:
            return NotLocated(Rule.SEVERAL_POINTS, ", ".join(point.carrier_code for point in named))
        return NotLocated(Rule.UNKNOWN_POINT)

    def _resembling(self, text: str, point: DeliveryPoint) -> DeliveryPoint:
        if comparable(text) != comparable(point.carrier_code):
            self.resembled[text] = point.carrier_code
        return point

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


def _short(name: str) -> str:
    return _KIND.sub("", comparable(name)) or comparable(name)
