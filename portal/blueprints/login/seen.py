"""Views of the person's accounts by the distributor, and announcements marked as read."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.services import announcements
from portal.services.people import account_views
from portal.web import database
from portal.web.access import Audience, act, me, open_to
from portal.web.answers import page, safe_next

from .views import blueprint

LAST_PAGE = 1000


@blueprint.get("/cuenta/quien-vio")
@open_to(Audience.CUSTOMER)
def who_saw() -> ResponseReturnValue:
    """List each view of the points in the contracts that this person opened."""
    number = request.args.get("pagina", 1, type=int)
    number = number if 1 <= number <= LAST_PAGE else 1
    found, has_more = account_views.seen(act(), page=number)
    return page("login/who_saw.html", found=found, has_more=has_more, page_number=number)


# A GET leads back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/avisos-leidos/<notice>", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def notice_read(notice: str) -> ResponseReturnValue:
    """Mark an announcement as read, and go back."""
    session, user_id = database.current(), me().user_id or 0
    if request.method == "POST":
        announcements.mark_read(act(), user_id=user_id, public_id=notice)
    else:
        announcements.require(session, public_id=notice)
    return redirect(safe_next(url_for("market.notices")), 303)
