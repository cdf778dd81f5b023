"""Choose the EDS or company among the delivery points of the open contracts."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.services.keys import grants
from portal.web import database, runtime
from portal.web.access import Audience, me, open_to, use_grants
from portal.web.answers import page
from portal.web.modality import modality_of

blueprint = Blueprint("delivery_points", __name__)


@blueprint.get("/cuentas-de-balance/<modality>")
@open_to(Audience.CUSTOMER)
def choose(modality: str) -> ResponseReturnValue:
    """List the delivery points of each open contract."""
    session, actor, now = database.current(), me(), runtime.now()
    chosen = modality_of(modality)
    use_grants()
    contracts = grants.opened_contracts(session, actor=actor, modality=chosen, now=now)
    return page(
        "delivery_points/choose.html",
        modality=chosen,
        contracts=contracts,
        points=grants.points_of(session, contracts=contracts),
        opened=grants.opened_point_ids(session, actor=actor, now=now),
    )
