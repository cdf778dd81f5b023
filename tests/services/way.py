"""Helpers for services: a customer with contract, point, keys and an open session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.modalities import Modality
from portal.models import Contract, DeliveryPoint
from portal.services import keys
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories


@dataclass
class Way:
    """A delivery point with both keys, and the person who holds the letter."""

    contract: Contract
    point: DeliveryPoint
    web_key: str
    numeric_key: str
    actor: Actor

    @property
    def modality(self) -> Modality:
        return self.contract.modality


def set_out(session: Session, vault: Vault, *, now: datetime = factories.NOW, **contract: Any) -> Way:
    """A signed-in customer with a letter and nothing opened."""
    with transaction(session):
        owner = factories.contract(session, **contract)
        point = factories.delivery_point(session, contract=owner)
        actor = factories.signed_in(session, factories.user(session), now=now)
    issued = now - timedelta(days=1)
    web_key = keys.issue(Act.at(session, Actor.system(), issued), contract=owner)
    numeric_key = keys.issue(Act.at(session, Actor.system(), issued), delivery_point=point)
    return Way(owner, point, web_key, numeric_key, actor)


def open_contract(session: Session, vault: Vault, way: Way, *, now: datetime = factories.NOW) -> Way:
    """The same customer after the web key."""
    keys.open_contract(Act.at(session, way.actor, now), modality=way.modality, typed=way.web_key)
    return way


def wrong_numeric_key(way: Way) -> str:
    """A numeric key with a right check digit that is not the point's."""
    from portal.domain.keys import generate_numeric_key

    digits = iter(int(digit) for digit in way.numeric_key[:8])
    return generate_numeric_key(lambda below: (next(digits) + 1) % below)
