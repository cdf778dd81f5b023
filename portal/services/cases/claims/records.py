"""A claim locked for a change, and whom its mails go to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Claim, DeliveryPoint, User
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound

from .mails import About


def locked(session: Session, *, public_id: str, delivery_point_id: int | None = None) -> Claim:
    """Return the claim as it is now, locked until the caller's transaction ends.

    ``NotFound`` when there is none, or none of this point when one is given.
    """
    wanted = select(Claim).where(Claim.public_id == public_id).with_for_update(key_share=True)
    if delivery_point_id is not None:
        wanted = wanted.where(Claim.delivery_point_id == delivery_point_id)
    claim = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if claim is None:
        raise NotFound
    return claim


def about(act: Act, claim: Claim) -> About:
    """Return what a mail about the claim says of it; it goes to who opened it and to the company's contact, once."""
    session = act.session
    point = session.get_one(DeliveryPoint, claim.delivery_point_id)
    opener = session.get_one(User, claim.opened_by_id)
    contract = point.contract
    recipients = dict.fromkeys([opener.email, contract.company.contact_email or opener.email])
    return About(
        filing_number=claim.filing_number,
        point_name=point.name,
        gas_day=claim.gas_day,
        recipients=tuple(recipients),
        url=act.link(f"/cuentas-de-balance/{contract.modality.value}/{point.public_id}/reclamos/{claim.public_id}"),
    )
