"""Name of what a contract delivers gas to: an EDS, a plant, or points of both kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from portal.domain.modalities import DeliveryPointKind


class Place(NamedTuple):
    """Noun as it stands within a sentence, its article, and the word as a title."""

    noun: str
    article: str
    title: str


PLACES = {
    DeliveryPointKind.STATION: Place("EDS", "la", "EDS"),
    DeliveryPointKind.PLANT: Place("planta", "la", "Planta"),
}
_POINT = Place("punto de entrega", "el", "Punto de entrega")


def name_place(kinds: Iterable[DeliveryPointKind]) -> Place:
    """Return the name that fits points of these kinds; that of any point where they are of several or none."""
    found = set(kinds)
    return PLACES[found.pop()] if len(found) == 1 else _POINT
