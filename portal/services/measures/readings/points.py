"""The delivery points a file may speak of: by public id, carrier's code or name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint
from portal.services.files.cells import bare_key
from portal.services.files.problems import Rule
from portal.services.points.point_codes import on_day
from portal.services.store.names import comparable

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
        self._by_code: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self._by_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self._by_short_name: dict[str, list[DeliveryPoint]] = defaultdict(list)
        self.resembled: dict[str, str] = {}
        for point in session.scalars(select(DeliveryPoint).order_by(DeliveryPoint.id)).unique():
            self._by_id[point.public_id] = point
            self._by_code[comparable(point.carrier_code)].append(point)
            self._by_name[comparable(point.name)].append(point)
            self._by_short_name[_short(point.name)].append(point)
        self._alike = index_of({point.carrier_code for points in self._by_code.values() for point in points})

    def find(self, text: str) -> list[DeliveryPoint]:
        """Return the points that ``text`` can mean, whatever the day; ``meant`` chooses among them.

        Ids are exact; codes and names go without case, accents and blanks. A number may be what a spreadsheet made of
        another code: then it is a point only if no other becomes the same number.
        """
        text = bare_key(text)
        key = comparable(text)
        exact = self._by_code.get(key, [])
        if exact and not may_be_changed(text):
            return exact
        if text in self._by_id:
            return [self._by_id[text]]
        named = self._by_name.get(key, [])
        if not exact and len(_codes(named)) == 1:
            return named
        alike = sorted({code for each in keys_of(text) for code in self._alike.get(each, [])})
        if alike:
            return self._resembling(text, [point for code in alike for point in self._by_code[comparable(code)]])
        return self._resembling(text, named or self._by_short_name.get(_short(text), []))

    def _resembling(self, text: str, points: list[DeliveryPoint]) -> list[DeliveryPoint]:
        codes = _codes(points)
        if len(codes) > 1 or (codes and comparable(text) != comparable(codes[0])):
            self.resembled[text] = ", ".join(codes)
        return points

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


def meant(points: list[DeliveryPoint], day: GasDay) -> DeliveryPoint | NotLocated:
    """Return which of the points that a text can mean it means on a gas day; ``NotLocated`` names all of several."""
    return on_day(points, day) or NotLocated(Rule.SEVERAL_POINTS, ", ".join(_codes(points)))


def _codes(points: Iterable[DeliveryPoint]) -> list[str]:
    """Return the codes of points, each once, in their order."""
    return list(dict.fromkeys(point.carrier_code for point in points))


def _short(name: str) -> str:
    return _KIND.sub("", comparable(name)) or comparable(name)
