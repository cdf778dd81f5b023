"""Answers that an address prepares, as the link of a cut's mail: kind, day and quantity, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.modalities import Modality
from portal.domain.quantities import BadQuantity, parse_quantity
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import Filled
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected
from portal.web import runtime
from portal.web.access import act
from portal.web.answers import page, refusal_words
from portal.web.filters import measure
from portal.words.day_states import day_chip

from .words import WORDS, spoken

LONGEST_QUANTITY = 20


@dataclass(frozen=True, slots=True)
class Begun:
    """Kind, day and quantity as written; the unit is the point's."""

    kind: RequestKind
    gas_day: GasDay
    quantity: str

    def words(self, point: DeliveryPoint | None) -> str:
        """Return the quantity with its unit, where it is one of the point; else as written."""
        try:
            return self.quantity if point is None else measure(parse_quantity(self.quantity, point.unit))
        except BadQuantity:
            return f"«{self.quantity}»"

    def start(self, act: Act, *, modality: Modality, point: str) -> Filled:
        """Open a draft with these answers; commits. Raises ``Rejected`` as the steps themselves would."""
        found = grants.require_reachable_point(act, modality=modality, public_id=point)
        try:
            quantity = parse_quantity(self.quantity, found.unit)
        except BadQuantity:
            raise Rejected(Refusal.DRAFT_EMPTY) from None
        return nominations.start_filled(
            act,
            modality=modality,
            point=point,
            kind=self.kind,
            gas_day=self.gas_day,
            quantity=quantity,
        )


def begun_of(values: Mapping[str, str]) -> Begun | None:
    """Return what an address, or the form that carries it on, prepares; None when incomplete."""
    try:
        kind, day = RequestKind(values.get("tipo", "")), parse_gas_day(values.get("dia", ""))
    except (ValueError, BadGasDay):
        return None
    quantity = values.get("cantidad", "")
    return Begun(kind, day, quantity[:LONGEST_QUANTITY]) if quantity else None


def show_if_closed(begun: Begun, point: DeliveryPoint) -> ResponseReturnValue | None:
    """Answer for a day that takes no such request of the point now, before anybody walks on; None where it does."""
    refused = nominations.refuse_day(act(), point=point, kind=begun.kind, gas_day=begun.gas_day)
    return None if refused is None else show_closed(begun, point, refused, status=200)


def show_closed(begun: Begun, point: DeliveryPoint, refused: Rejected, *, status: int) -> ResponseReturnValue:
    """Say why what an address prepared is not taken now, how its day stands, and what can be done instead."""
    proved = grants.list_proved_point_ids(act())
    states = nominations.load_day_states(act(), points=[point], gas_days=[begun.gas_day], proved=proved)
    now, spoken_of = runtime.now(), spoken(refused)
    # No step lies before this page: what takes the day instead has a button.
    spoken_of.facts["instead"] = ""
    return page(
        "nominations/closed_link.html",
        status=status,
        begun=begun,
        point=point,
        why=refusal_words(spoken_of, WORDS),
        instead=_find_other_kind(begun, point),
        day=day_chip(states[point.id, begun.gas_day], now=now, proved=point.id in proved),
        is_over=begun.gas_day.end <= now,
        proved=point.id in proved,
    )


def _find_other_kind(begun: Begun, point: DeliveryPoint) -> RequestKind | None:
    """Return the other kind of request where the day takes it now."""
    other = next(kind for kind in RequestKind if kind is not begun.kind)
    is_open = nominations.refuse_day(act(), point=point, kind=other, gas_day=begun.gas_day) is None
    return other if is_open else None
