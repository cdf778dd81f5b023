"""News above the sheet, until the reader marks them as read."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request
from flask.typing import ResponseReturnValue

from portal.services.account import changes
from portal.services.account.opened_points import use_opened_point
from portal.web.access import Audience, act, open_to
from portal.web.answers import go
from portal.web.url_rules import modality_of

from .news import ReadForm
from .views import blueprint


@blueprint.route("/cuentas-de-balance/<modality>/<point>/cambios", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def mark_read(modality: str, point: str) -> ResponseReturnValue:
    """Mark the shown news as read; a GET leads back to the sheet."""
    found = use_opened_point(act(), modality=modality_of(modality), public_id=point)
    until = _moment(ReadForm().until.data)
    if request.method == "POST" and until is not None:
        changes.mark_read(act(), delivery_point_id=found.id, until=until)
    return go("balances.sheet", modality=modality, point=point)


def _moment(text: str | None) -> datetime | None:
    """Return the moment in the form; None when it was tampered with."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)
