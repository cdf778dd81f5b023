"""Days without a reading, each with its estimate."""

from __future__ import annotations

import re
from datetime import date

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import agree
from portal.domain.gas_day import GasDay
from portal.services.ledger import heating_values
from portal.services.measures import readings as measured
from portal.services.measures.readings import Chosen
from portal.services.store.refusals import Conflict
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page
from portal.web.forms import TypedForm

MOST_VALUES = 62
_CHOSEN = re.compile(r"([A-Za-z0-9_-]{1,16})\.([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9]{1,13})")


@blueprint.route("/consola/mediciones/huecos", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def gaps() -> ResponseReturnValue:
    """List the gaps; write the estimates of the ticked ones."""
    form = TypedForm()
    listed = lists.read("staff.gaps", place=3)
    problems: list[str] = []
    if form.validate_on_submit():
        chosen = [found for found in map(_read, request.form.getlist("hueco")) if found is not None]
        if not chosen:
            problems = ["Marque los días que quiere estimar."]
        else:
            try:
                count = measured.estimate(act(), chosen=chosen)
            except Conflict:
                problems = ["Algunos de esos días cambiaron mientras tanto: revise la lista y marque de nuevo."]
            else:
                flash(agree(count, "Quedó estimado 1 día.", "Quedaron estimados {} días."), "success")
                return go(".gaps", **listed.kept)
    found = measured.load_gaps(act(), text=listed.text, after=listed.after)
    listed.next = found.page.next
    return page(
        "staff/readings/gaps.html",
        form=form,
        status=422 if problems else 200,
        problems=problems,
        listed=listed,
        found=found,
        ticked=set(request.form.getlist("hueco")),
        values=heating_values.list_missing(act()),
        values_back=heating_values.LOOKED_BACK,
        most_values=MOST_VALUES,
    )


def _read(text: str) -> Chosen | None:
    """Return the gap of a box, None for one that the page never offered."""
    found = _CHOSEN.fullmatch(text)
    if found is None:
        return None
    try:
        return Chosen(found[1], GasDay(date.fromisoformat(found[2])), int(found[3]))
    except ValueError:
        return None
