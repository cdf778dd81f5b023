"""Nomination prepared by a mail: kind, day and quantity in its address, to be checked and signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.modalities import Modality
from portal.domain.quantities import BadQuantity, parse_quantity
from portal.domain.timetable import RequestKind
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import Filled
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected


@dataclass(frozen=True, slots=True)
class Begun:
    """Kind, day and quantity as written; the unit is the point's."""

    kind: RequestKind
    gas_day: GasDay
    quantity: str

    def start(self, act: Act, *, modality: Modality, point: str) -> Filled:
        """Open a draft with these answers; commits. Raises ``Rejected`` as the steps themselves would."""
        found = grants.reachable_point(act, modality=modality, public_id=point)
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
    return Begun(kind, day, quantity[:20]) if quantity else None
