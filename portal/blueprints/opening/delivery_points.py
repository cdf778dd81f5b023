"""Choose the EDS or plant among the delivery points of the open contracts."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.services.keys import grants
from portal.web import database
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import page
from portal.web.places import name_place
from portal.web.url_rules import modality_of

blueprint = Blueprint("delivery_points", __name__)


@blueprint.get("/cuentas-de-balance/<modality>")
@open_to(Audience.CUSTOMER)
def choose(modality: str) -> ResponseReturnValue:
    """List the delivery points of each open contract."""
    session = database.current()
    chosen = modality_of(modality)
    use_grants()
    contracts = grants.list_opened_contracts(act(), modality=chosen)
    points = grants.list_points(session, contracts=contracts)
    return page(
        "delivery_points/choose.html",
        modality=chosen,
        contracts=contracts,
        points=points,
        place=name_place(point.kind for point in points),
        opened=grants.list_opened_point_ids(act()),
    )
