"""Uploaded files of readings and heating values: checked whole, kept until confirmed."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.roles import Function
from portal.services.files import intake, senders
from portal.services.ledger import heating_values
from portal.services.measures import heating_value_files
from portal.services.measures import readings as measured
from portal.web import database
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import go, page
from portal.web.limits import takes_file
from portal.web.uploaded import Told, answers_of_form, content_of, name_of, told_of_file

from .forms import FileForm


@blueprint.route("/consola/mediciones/archivo", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def readings_file() -> ResponseReturnValue:
    """Take a file of readings; one with errors is refused whole, each of them listed."""
    return _take(measured.FILES, "staff/readings/file.html")


@blueprint.route("/consola/poder-calorifico", methods=["GET", "POST"])
@takes_file
@open_to(Staff(Function.LOAD_READINGS))
def heating_value_file() -> ResponseReturnValue:
    """Show the newest heating value of each exit point, and take a file of them."""
    newest = heating_values.newest(database.current())
    return _take(heating_value_files.FILES, "staff/readings/heating_values.html", newest=newest)


def _take(kind: intake.Kind[Any, Any, Any], template: str, **context: Any) -> ResponseReturnValue:
    form, told = FileForm(), Told()
    if form.validate_on_submit():
        content = content_of(form.file.data)
        answers = answers_of_form(senders.known_of(database.current(), senders.sender_of(me())))
        with told_of_file() as told:
            kept = intake.keep(act(), kind, name=name_of(form.file.data), content=content, answers=answers)
            return go(".upload", upload=kept)
    return page(template, form=form, status=422 if told.problems else 200, **told.context(), **context)
