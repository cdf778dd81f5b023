"""Gas day that a person types into a form, of the portal or of a console: spellings as in a pasted table, and words."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms.validators import ValidationError

from portal.domain.calendar import clash_words
from portal.domain.day_text import Clash
from portal.domain.gas_day import FIRST_GAS_DAY, LAST_GAS_DAY, BadGasDay, GasDay, GasDayProblem, parse_gas_day

from . import runtime

DAY_PROBLEMS: Mapping[GasDayProblem, str] = {
    GasDayProblem.EMPTY: "Escriba o elija el día de gas, como 24/11/2026.",
    GasDayProblem.NOT_A_DATE: "No reconocemos esa fecha. Escríbala como día/mes/año: 24/11/2026.",
    GasDayProblem.NO_SUCH_DAY: "Ese día no existe en el calendario. Revise el día y el mes: 24/11/2026.",
    GasDayProblem.OTHER_WEEKDAY: "Revise la fecha: {clash}.",
    GasDayProblem.OUT_OF_RANGE: (
        f"Ese día queda fuera del calendario del portal. Revise el año: va del {FIRST_GAS_DAY.date:%d/%m/%Y} "
        f"al {LAST_GAS_DAY.date:%d/%m/%Y}."
    ),
}


def read_typed_day(text: str, *, needs_year: bool = False) -> GasDay:
    """Return the gas day that a text gives; without a year the nearest to today, unless it ``needs_year``.

    ``ValidationError`` with its problem in words.
    """
    try:
        return parse_gas_day(text, near=None if needs_year else GasDay.of(runtime.now()))
    except BadGasDay as bad:
        raise ValidationError(say_day_problem(bad.problem, bad.clash)) from None


def say_day_problem(problem: GasDayProblem, clash: Clash | None) -> str:
    """Return in words what is wrong with a typed day."""
    return DAY_PROBLEMS[problem].format(clash="" if clash is None else clash_words(clash))
