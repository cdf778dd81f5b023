"""Four ways to enter many days; each leads to the table of differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint
from portal.services.keys import grants
from portal.services.nominations import batches
from portal.services.nominations.batches import ReadDays
from portal.services.store.refusals import Rejected
from portal.web import runtime
from portal.web.access import Audience, act, open_to, use_grants
from portal.web.announcements import list_announcements
from portal.web.answers import go, page, show_refusal
from portal.web.limits import takes_file
from portal.web.uploaded import Told, answers_of_form, content_of, told_of_file
from portal.web.url_rules import modality_of
from portal.words.understood import understood

from .forms import PasteForm, RangeForm, UploadForm, WeekForm
from .words import WORDS

blueprint = Blueprint("batches", __name__)
MOST_SHOWN = 50
WAYS: dict[str, type[FlaskForm]] = {"rango": RangeForm, "semana": WeekForm, "pegar": PasteForm, "archivo": UploadForm}


@blueprint.route("/nominacion/<modality>/<point>/varios-dias", methods=["GET", "POST"])
@takes_file
@open_to(Audience.CUSTOMER)
def give(modality: str, point: str) -> ResponseReturnValue:
    """Take the days in one of four ways; the POST opens a batch."""
    now = runtime.now()
    chosen = modality_of(modality)
    use_grants()
    found = grants.require_reachable_point(act(), modality=chosen, public_id=point)
    tomorrow = GasDay.of(now).plus(1)
    forms = _forms(tomorrow)
    told = Told()
    way = request.form.get("como", "")
    form = forms.get(way)
    if request.method == "POST" and form is not None and form.validate_on_submit():
        try:
            with told_of_file() as told:
                given = _READ[way](form, found)
                batch = batches.start(act(), modality=chosen, point=point, lines=given.days, left_out=given.rest)
                if way in _SAID_FROM:
                    _tell(understood(given.seen)[_SAID_FROM[way] :])
                return go(".review", batch=batch.public_id)
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
    return page(
        "batches/give.html",
        status=422 if told.problems or request.method == "POST" else 200,
        point=found,
        notices=list_announcements(found.contract.modality),
        forms=forms,
        failed=form or forms["rango"],
        way=way or "rango",
        **told.context(MOST_SHOWN),
    )


# Ways in which something is read that somebody wrote elsewhere, and the first sentence about it that is told: of a file
# also its form, that is which sheet.
_SAID_FROM = {"pegar": 1, "archivo": 0}


def _tell(said: list[str]) -> None:
    """Say on the next page what was understood of the input and what was left out of it."""
    if said:
        flash(" ".join(said), "info")


def _forms(tomorrow: GasDay) -> dict[str, Any]:
    def said(day: GasDay) -> str:
        return day.date.strftime("%d/%m/%Y")

    # The week from next Monday repeats the week before.
    monday = tomorrow.plus(-tomorrow.date.weekday() % 7)
    suggested = {
        "rango": {"first": said(tomorrow), "last": said(tomorrow.plus(6))},
        "semana": {"source": said(monday.plus(-7)), "target": said(monday)},
    }
    used = request.form.get("como")
    # Only the submitted form reads the request; the others show suggestions.
    return {
        name: make() if name == used else make(formdata=None, data=suggested.get(name)) for name, make in WAYS.items()
    }


def _range(form: Any, point: DeliveryPoint) -> ReadDays:
    first, last = form.days
    # Empty or wrong: the table asks for it, day by day.
    given = batches.Given.of_text(first, form.quantity.data or "", point.unit)
    return ReadDays(batches.fill_range(first=first, last=last, quantity=given.quantity, typed=given.typed))


def _week(form: Any, point: DeliveryPoint) -> ReadDays:
    source, target = form.days
    copied = batches.copy_week(act(), point=point, source=source, target=target)
    return ReadDays(copied)


def _pasted(form: Any, point: DeliveryPoint) -> ReadDays:
    return batches.read_text(form.pasted.data or "", unit=point.unit, today=GasDay.of(runtime.now()))


def _file(form: Any, point: DeliveryPoint) -> ReadDays:
    answers = answers_of_form()
    return batches.read_file(
        content_of(form.file.data), unit=point.unit, today=GasDay.of(runtime.now()), answers=answers
    )


_READ: dict[str, Callable[[Any, DeliveryPoint], ReadDays]] = {
    "rango": _range,
    "semana": _week,
    "pegar": _pasted,
    "archivo": _file,
}
