"""Delivery points that the texts of a file mean: codes, names, both in one, and what a spreadsheet made of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.codes import index_of, keys_of, may_be_changed
from portal.domain.gas_day import GasDay
from portal.domain.searched import comparable
from portal.models import DeliveryPoint
from portal.services.files.cells import strip_key
from portal.services.files.problems import Rule
from portal.services.files.sheet_tables import Table
from portal.services.points.point_codes import choose_on_day

from .shapes import NAME, POINT

# Words for kinds of place, which may be missing from a name.
_PARTS = re.compile(r"\s[-–|/:]\s|[()\[\]|/:]")
_KIND = re.compile(r"^(?:eds|estacion(?: de servicio)?|planta|punto)\b\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NotLocated:
    """Reason why a text names no point, or more than one."""

    rule: Rule
    fact: str | None = None


class Points:
    """Find delivery points by the texts of a file; ``resembled`` are the texts that only come near a point's code."""

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
        """Return the points that ``text`` can mean on any day; ``find_meant`` chooses among them.

        Ids match exactly; codes and names without case, accents and blanks. A number may be a code that a spreadsheet
        changed: it matches a point only if no other code becomes the same number.
        """
        text = strip_key(text)
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
        return self._resembling(text, named or self._by_short_name.get(_short(text), []) or self._find_parts(text))

    def is_point(self, text: str) -> bool:
        """Tell whether ``text`` is the id, the code or the name of a point, as a whole."""
        key = comparable(strip_key(text))
        return key in self._by_code or key in self._by_name or text in self._by_id

    def _find_parts(self, text: str) -> list[DeliveryPoint]:
        """Return the points of a text with code and name in one: ``PE-0003 - EDS Brisas``, ``PE-0003 EDS Brisas``."""
        split = [self._find_exactly(part.strip()) for part in _PARTS.split(text) if part.strip()]
        head, _, rest = text.partition(" ")
        beside = [self._find_exactly(head), self._find_exactly(rest)]
        for found in (split, beside):
            # A part that means nothing may be a place; beside a code without a sign between, only its name is one.
            if len(found) > 1 and any(found) and (found is split or all(found)):
                # Parts that mean different points leave it open which is meant.
                return list({point.id: point for points in found for point in points}.values())
        return []

    def _find_exactly(self, text: str) -> list[DeliveryPoint]:
        key = comparable(text)
        return self._by_code.get(key) or self._by_name.get(key) or self._by_short_name.get(_short(text), [])

    def _resembling(self, text: str, points: list[DeliveryPoint]) -> list[DeliveryPoint]:
        codes = _codes(points)
        if len(codes) > 1 or (codes and comparable(text) != comparable(codes[0])):
            self.resembled[text] = ", ".join(codes)
        return points

    def lock(self, point_ids: Iterable[int]) -> None:
        """Lock these points until the caller's transaction ends, in id order, so that imports wait for each other."""
        wanted = sorted(point_ids)
        if wanted and self._session.get_bind().dialect.name != "sqlite":
            self._session.execute(
                select(DeliveryPoint.id)
                .where(DeliveryPoint.id.in_(wanted))
                .order_by(DeliveryPoint.id)
                .with_for_update(key_share=True)
            )


def find_meant(points: list[DeliveryPoint], day: GasDay) -> DeliveryPoint | NotLocated:
    """Return the one candidate that is meant on a gas day; ``NotLocated`` names all of several."""
    return choose_on_day(points, day) or NotLocated(Rule.SEVERAL_POINTS, ", ".join(_codes(points)))


def _codes(points: Iterable[DeliveryPoint]) -> list[str]:
    """Return the codes of points, each once, in their order."""
    return list(dict.fromkeys(point.carrier_code for point in points))


def _short(name: str) -> str:
    return _KIND.sub("", comparable(name)) or comparable(name)


def find_by_name(
    points: Points, table: Table, located: dict[str, list[DeliveryPoint]]
) -> dict[str, list[DeliveryPoint]]:
    """Return the points that the names beside the codes mean; they stand for codes of which none is known.

    A meter's number beside the name of its station is no code of ours.
    """
    if not table.listed_pairs:
        return {}
    named = {name: points.find(name) for _, name in table.listed_pairs if name}
    title = table.titles.get(NAME, NAME)
    if named and not any(named.values()) and title not in table.seen.left_out:
        # No names of points: who made the report, or what the company is called.
        table.seen.left_out = (*table.seen.left_out, title)
    if named and not any(located.values()) and any(named.values()):
        meant: dict[str, set[str]] = defaultdict(set)
        for text, name in table.listed_pairs:
            meant[text].add(name)
        for text, names in meant.items():
            if len(names) == 1:
                located[text] = named.get(names.pop(), [])
        table.seen.key_passed_over = table.titles.get(POINT)
    return named
