"""Who of the distributor looked at the person's accounts."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal import database
from portal.access import Audience, me, open_to
from portal.services import account_views
from portal.web import page

from .views import blueprint

LAST_PAGE = 1000


@blueprint.get("/cuenta/quien-vio")
@open_to(Audience.CUSTOMER)
def who_saw() -> ResponseReturnValue:
    """List each look at the points of the contracts that this person opened."""
    number = request.args.get("pagina", 1, type=int)
    number = number if 1 <= number <= LAST_PAGE else 1
    found, has_more = account_views.seen(database.current(), actor=me(), page=number)
    return page("login/who_saw.html", found=found, has_more=has_more, page_number=number)
