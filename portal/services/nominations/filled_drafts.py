"""A draft that begins with every answer given, so that its next page is the one to sign."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity
from portal.domain.timetable import RequestKind
from portal.models import NominationDraft
from portal.services.keys import grants
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction

from . import rules
from .requests import request_of

# What is refused of these fields is said where the quantity is asked.
OF_QUANTITY = ("quantity", "confirm_unusual")


@dataclass(frozen=True, slots=True)
class Filled:
    """The draft, and whether it can be signed as it is: else its quantity has to be looked at first."""

    draft: NominationDraft
    is_ready: bool


def start_filled(
    act: Act, *, modality: Modality, point: str, kind: RequestKind, gas_day: GasDay, quantity: Quantity
) -> Filled:
    """Open a draft for the point with public id ``point`` with kind, day and quantity (in its unit) set; commits.

    Refuses as ``start`` and ``set_day`` do. A quantity that the rules refuse, or that asks for a tick, is kept all the
    same: the draft is then not ready.
    """
    session, now = act.session, act.now
    with transaction(session):
        found = grants.reachable_point(act, modality=modality, public_id=point)
        draft = NominationDraft(
            public_id=secrets.token_urlsafe(12),
            user_id=act.actor.user_id,
            modality=modality,
            delivery_point_id=found.id,
            kind=kind,
            gas_day=gas_day,
            quantity_micro=quantity.micro,
            unit=found.unit,
            submission_id=secrets.token_urlsafe(24),
            created_at=now,
            updated_at=now,
        )
        session.add(draft)
        session.flush()
        weighed = rules.weigh(Act.at(session, act.actor, now), request_of(draft))
        if weighed.refusal is not None and weighed.refusal.field not in OF_QUANTITY:
            raise weighed.refusal
        return Filled(draft, is_ready=weighed.refusal is None)
