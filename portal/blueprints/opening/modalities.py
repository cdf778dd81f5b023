"""Choose the contract modality, on the way to the sheet or to a nomination."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.modalities import Modality
from portal.services import announcements
from portal.web.access import Audience, act, me, open_to
from portal.web.answers import page

blueprint = Blueprint("modalities", __name__)


@blueprint.get("/cuentas-de-balance")
@open_to(Audience.CUSTOMER)
def balances() -> ResponseReturnValue:
    """Show the three modalities on the way to the balance sheet."""
    return _choose("cuentas-de-balance")


@blueprint.get("/nominacion")
@open_to(Audience.CUSTOMER)
def nominations() -> ResponseReturnValue:
    """Show the three modalities on the way to a nomination."""
    return _choose("nominacion")


def _choose(way: str) -> ResponseReturnValue:
    told = announcements.list_for_banner(act(), user_id=me().user_id or 0)
    return page("modalities/choose.html", way=way, modalities=list(Modality), announcements=told)
