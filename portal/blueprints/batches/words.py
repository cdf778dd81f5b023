"""The words of many days: what cannot be read, and what a line of the table says."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.nominations import QuantityWarning
from portal.domain.offices import PBX
from portal.domain.quantities import QuantityProblem
from portal.filters import hour_words
from portal.key_words import NUMERIC_KEY_WORDS
from portal.services.batches import LineState, ReviewedLine
from portal.services.refusals import Refusal

DAY_FORMAT = "No reconocemos esa fecha. Escríbala como día/mes/año: 24/11/2026."
WORDS: Mapping[Refusal, str] = {
    **NUMERIC_KEY_WORDS,
    Refusal.CONTRACT_INACTIVE: f"El contrato de {{point}} no está activo y no se puede nominar. Llame al PBX {PBX}.",
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar este contrato, pero todavía no puede nominar: Llanogas debe aprobarla. Llame al "
        f"PBX {PBX}."
    ),
    Refusal.NO_DAYS: "No hay ningún día que nominar. Agregue al menos uno.",
    Refusal.TOO_MANY_DAYS: "Son demasiados días a la vez: como máximo {most}.",
    Refusal.RANGE_BACKWARDS: "El último día es anterior al primero. Revise las dos fechas.",
    Refusal.EMPTY_WEEK: "En esos siete días no hay ninguna nominación en firme que copiar. Elija otra semana.",
    Refusal.BATCH_NOT_READY: (
        "Algo cambió desde que usted revisó la lista y ya no se puede firmar así. Vuelva a la lista y revise los días "
        "marcados; nada se envió."
    ),
}
STATE_WORDS = {
    LineState.NEW: ("success", "Nueva"),
    LineState.CHANGED: ("warning", "Cambia"),
    LineState.EQUAL: ("neutral", "Igual, no se envía"),
    LineState.INVALID: ("error", "No se puede"),
}
_PROBLEMS: Mapping[QuantityProblem, str] = {
    QuantityProblem.EMPTY: "falta la cantidad; para pedir nada escriba 0",
    QuantityProblem.NOT_A_NUMBER: "«{typed}» no es una cantidad",
    QuantityProblem.AMBIGUOUS: "«{typed}» se puede leer de dos maneras: punto para los miles, coma para los decimales",
    QuantityProblem.NEGATIVE: "la cantidad no puede ser negativa",
    QuantityProblem.TOO_MANY_DECIMALS: "«{typed}» tiene más decimales de los que se nominan",
    QuantityProblem.TOO_LARGE: "«{typed}» es más de lo que puede recibir un punto en un día",
}
_REFUSALS: Mapping[Refusal, str] = {
    Refusal.CONTRACT_INACTIVE: "Ese día el contrato no está activo.",
    Refusal.TOO_EARLY: "Se recibe a partir del {moment}.",
    Refusal.TOO_LATE: "Cerró el {moment}. Si ya estaba nominado, use una re-nominación.",
    Refusal.ABOVE_MAXIMUM: "Supera el máximo diario del contrato, que no admite más.",
}
_WARNINGS: Mapping[QuantityWarning, str] = {
    QuantityWarning.ABOVE_MAXIMUM: "supera el máximo diario del contrato",
    QuantityWarning.FAR_ABOVE_MEAN: "es más de 8 veces el consumo medio de los últimos 28 días",
    QuantityWarning.FAR_BELOW_MEAN: "es menos de la octava parte del consumo medio de los últimos 28 días",
    QuantityWarning.UNIT_SUSPECTED: "difiere del consumo medio como si estuviera en la otra unidad",
}


def said_of(line: ReviewedLine, *, proved: bool) -> str:
    """Return what is said beside a line: why it cannot be, or what is unusual about it.

    What rests on the consumption of the point is said only once its key was proved (ADR 5).
    """
    where = f"Celda {line.cell}: " if line.cell and line.state is LineState.INVALID else ""
    if line.problem is not None:
        return where + _PROBLEMS[line.problem].format(typed=line.typed or "")
    if line.refusal is not None:
        return where + _REFUSALS[line.refusal].format(moment=hour_words(line.moment) if line.moment else "")
    if not proved and any(each is not QuantityWarning.ABOVE_MAXIMUM for each in line.warnings):
        return "Es una cantidad fuera de lo usual"
    return "; ".join([_WARNINGS[each] for each in line.warnings]).capitalize()
