"""Heating value written by hand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services.files.problems import BadFile
from portal.services.ledger import heating_values
from portal.services.measures import heating_value_files
from portal.services.measures.heating_value_files import DAY, EXIT_POINT, VALUE
from portal.services.store.refusals import Conflict
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page
from portal.words.files import rule_words

from .forms import HeatingValueForm

FIELDS: Mapping[str, str] = {EXIT_POINT: "exit_point", DAY: "gas_day", VALUE: "value"}


@blueprint.route("/consola/poder-calorifico/dia", methods=["GET", "POST"])
@open_to(Staff(Function.LOAD_READINGS))
def heating_value() -> ResponseReturnValue:
    """Write the heating value of an exit point on a day."""
    form = HeatingValueForm()
    gates = [gate for gate, _, _ in heating_values.list_newest(database.current())]
    form.exit_point.choices = [("", "Elija uno"), *[(gate.code, f"{gate.code} {gate.name}") for gate in gates]]
    if form.validate_on_submit() and form.parsed_day is not None and form.parsed_value is not None:
        try:
            heating_value_files.record(
                act(), exit_point=str(form.exit_point.data), gas_day=form.parsed_day, value=form.parsed_value
            )
        except BadFile as bad:
            for problem in bad.problems:
                field = form[FIELDS.get(problem.column or "", "value")]
                field.errors = [*field.errors, rule_words(problem)]
        except Conflict:
            form.form_errors.append("Otra persona cargaba valores en ese momento: inténtelo de nuevo.")
        else:
            flash("El valor quedó registrado y los días que convierte están al día.", "success")
            return go(".heating_value_file")
    return page("staff/readings/heating_value.html", form=form)
