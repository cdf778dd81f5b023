"""Choose the contract modality, on the way to the sheet or to a nomination."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.access import Audience, open_to
from portal.domain.modalities import Modality
from portal.web import page

blueprint = Blueprint("modalities", __name__)


@blueprint.get("/cuentas-de-balance")
@open_to(Audience.CUSTOMER)
def balances() -> ResponseReturnValue:
    """Show the three modalities on the way to the balance sheet."""
    return page("modalities/choose.html", way="cuentas-de-balance", modalities=list(Modality))


@blueprint.get("/nominacion")
@open_to(Audience.CUSTOMER)
def nominations() -> ResponseReturnValue:
    """Show the three modalities on the way to a nomination."""
    return page("modalities/choose.html", way="nominacion", modalities=list(Modality))
