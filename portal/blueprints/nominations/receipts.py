"""The receipt of what was signed."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal import database, runtime
from portal.access import Audience, me, open_to
from portal.filters import KIND_WORDS
from portal.services import nominations
from portal.web import page

from .views import blueprint


@blueprint.get("/nominacion/comprobantes/<receipt>")
@open_to(Audience.CUSTOMER)
def receipt(receipt: str) -> ResponseReturnValue:
    """Show the receipt: for who signed it, or with the point's numeric key open."""
    nomination = nominations.get_receipt(database.current(), actor=me(), public_id=receipt, now=runtime.now())
    return page(
        "nominations/receipt.html",
        nomination=nomination,
        point=nomination.delivery_point,
        kind_words=KIND_WORDS,
        next_step=nominations.what_follows(database.current(), nomination=nomination, now=runtime.now()),
    )
