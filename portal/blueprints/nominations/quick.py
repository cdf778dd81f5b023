"""Fast path: one tap makes the draft, and the next page is the one to sign."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.services.keys import grants
from portal.services.nominations import suggestions
from portal.services.store.refusals import Rejected
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.answers import go, page, show_refusal
from portal.web.modality import modality_of

from .forms import QuickForm
from .views import blueprint
from .words import WORDS, spoken


@blueprint.route("/nominacion/<modality>/<point>/rapida", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def quick(modality: str, point: str) -> ResponseReturnValue:
    """Begin a draft with the pressed offer; a GET, as after a lost session, leads to the offers."""
    chosen, form = modality_of(modality), QuickForm()
    use_grants()
    # Before the form is validated: its errors are not for people without the point.
    grants.reachable_point(act(), modality=chosen, public_id=point)
    if request.method != "POST":
        return go(".modality", modality=modality)
    if form.validate_on_submit() and form.parsed is not None:
        try:
            filled = suggestions.begin(act(), modality=chosen, point=point, basis=form.chosen, gas_day=form.parsed)
        except Rejected as refused:
            show_refusal(form, spoken(refused), WORDS)
        else:
            return go(".signature" if filled.is_ready else ".quantity", draft=filled.draft.public_id)
    return page("nominations/quick.html", form=form, modality=chosen, point=point)
