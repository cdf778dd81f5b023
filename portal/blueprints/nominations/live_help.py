"""Help while the quantity is typed, as a fragment; without script the page to sign shows the same."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.domain.quantities import BadQuantity, QuantityProblem, parse_quantity
from portal.services import nominations
from portal.services.store.refusals import Rejected
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.extensions import htmx
from portal.words.typed_quantities import QUANTITY_PROBLEMS

from .forms import QuantityForm
from .views import blueprint
from .wizard import guard_of, open_draft
from .words import WORDS, spoken


@blueprint.get("/nominacion/borradores/<draft>/cantidad/ayuda")
@open_to(Audience.NOMINATOR)
def quantity_help(draft: str) -> ResponseReturnValue:
    """Show the effects of the typed quantity; a request without htmx is led to the question itself."""
    found = open_draft(draft, "cantidad")
    if not htmx:
        return go(".quantity", draft=draft)
    form, effects, problem = QuantityForm(formdata=None), None, None
    try:
        facts = nominations.load_day_facts(act(), draft=found)
    except Rejected as closed:
        show_refusal(form, spoken(closed), WORDS)
        return page("nominations/_quantity_closed.html", "nominations/_quantity_closed.html", form=form, draft=found)
    try:
        effects = facts.of(parse_quantity(request.args.get("quantity", ""), found.unit))
    except BadQuantity as bad:
        problem = None if bad.problem is QuantityProblem.EMPTY else QUANTITY_PROBLEMS[bad.problem][found.unit]
    return page(
        "nominations/_quantity_help.html",
        "nominations/_quantity_help.html",
        form=form,
        draft=found,
        facts=facts,
        effects=effects,
        guard=guard_of(facts, effects),
        problem=problem,
    )
