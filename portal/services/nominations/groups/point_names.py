"""Points of a contract by everything that a pasted table may call them."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.searched import comparable
from portal.models import DeliveryPoint

from .left_out import Missed


class PointNames:
    """Points by everything that a sheet may call them."""

    def __init__(self, points: Sequence[DeliveryPoint]) -> None:
        self._exact: dict[str, list[DeliveryPoint]] = {}
        self._words: list[tuple[frozenset[str], DeliveryPoint]] = []
        for point in points:
            for name in {point.name, point.carrier_code, point.public_id}:
                self._exact.setdefault(comparable(name), []).append(point)
            self._words.append((frozenset(comparable(point.name).split()), point))

    def is_point(self, named: Sequence[str]) -> bool:
        """Tell whether one of the texts names one point."""
        return isinstance(self.find(named), DeliveryPoint)

    def find(self, named: Sequence[str]) -> DeliveryPoint | Missed:
        """Return the point that one of the texts names: whole, else by some of its words if only one point has them."""
        texts = [comparable(each) for each in named if each]
        for text in texts:
            exact = self._exact.get(text, [])
            if exact:
                return exact[0] if len(exact) == 1 else Missed.SEVERAL_POINTS
        several = False
        for text in texts:
            words = frozenset(text.split())
            fitting = [point for known, point in self._words if words and words <= known]
            if len(fitting) == 1:
                return fitting[0]
            several = several or len(fitting) > 1
        return Missed.SEVERAL_POINTS if several else Missed.NO_POINT
