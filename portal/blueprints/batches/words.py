"""Words for many days: unreadable input, and the notes of a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from portal.domain.calendar import WEEKDAYS, clash_words, day_words
from portal.domain.counts import agree, counted, join_words
from portal.domain.day_text import read_clash
from portal.domain.nominations import MEAN_DAYS, QuantityWarning, tell_missing
from portal.domain.quantities import Quantity, QuantityProblem, Unit
from portal.services.nominations import groups
from portal.services.nominations.batches import BatchReview, LineState, ReviewedLine, WarnedLine
from portal.services.nominations.groups import LeftOut, Missed, Unsaid
from portal.services.store.refusals import Refusal
from portal.web.filters import UNIT_WORDS, grouped, hour_words, measure
from portal.web.second_factor_form import CODE_WORDS
from portal.words.keys import NUMERIC_KEY_WORDS

WORDS: Mapping[Refusal, str] = {
    **NUMERIC_KEY_WORDS,
    **CODE_WORDS,
    Refusal.CONTRACT_INACTIVE: (
        "El contrato de {point} no está activo y no se puede nominar. Llame al PBX {distributor.telephone}."
    ),
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar este contrato, pero todavía no puede nominar: {distributor.name} debe "
        "aprobarla. Llame al "
        "PBX {distributor.telephone}."
    ),
    Refusal.NO_DAYS: "No hay ningún día que nominar. Agregue al menos uno.",
    Refusal.TOO_MANY_DAYS: "Son demasiados días a la vez: como máximo {most}.",
    Refusal.RANGE_BACKWARDS: "El último día es anterior al primero. Revise las dos fechas.",
    Refusal.EMPTY_WEEK: "En esos siete días no hay ninguna nominación en firme que copiar. Elija otra semana.",
    Refusal.NOTHING_PASTED: (
        "No encontramos ninguna cantidad para un punto de este contrato y un día que se pueda nominar."
    ),
    Refusal.BATCH_NOT_READY: (
        "Algo cambió desde que usted revisó la lista y ya no se puede firmar así. Vuelva a la lista y revise los días "
        "marcados; nada se envió."
    ),
}
# Of a code that cannot be the key of any point, before it is compared.
TYPING_ERROR = WORDS[Refusal.NUMERIC_KEY_TYPO]
NO_NUMERIC_KEY = WORDS[Refusal.NUMERIC_KEY_FORMAT]
# Beside the text of a row; about a column by itself.
MISSED_WORDS: Mapping[Missed, str] = {
    Missed.NO_POINT: (
        "No reconocemos «{text}» entre los puntos de este contrato: escriba su nombre completo o su código."
    ),
    Missed.SEVERAL_POINTS: "«{text}» puede ser más de un punto: escriba el nombre completo o su código.",
    Missed.NO_DAY: "No reconocemos una fecha en «{fact}»: no se tomó lo que hay ahí.",
    Missed.OTHER_WEEKDAY: "Revise una fecha de la tabla: {clash}. No se tomó lo que hay ahí.",
    Missed.WEEKDAY_ALONE: (
        "«{weekday}» no dice de qué fecha es, y lo que hay ahí no se tomó: escriba el día con su fecha, como «{day}», "
        "o encima de la tabla la semana, como «Semana del {monday}»."
    ),
    Missed.NOT_OPEN: "El {day} no se puede nominar ahora: no se tomó lo que dice de ese día.",
    Missed.TOO_FAR: "El {day} queda para otra tabla: cada una toma {days} seguidos.",
    Missed.UNCLEAR_DAY: (
        "Lo de «{text}» no se tomó: no es claro si «{fact}» es su día o una nota. Ponga la fecha sobre la cantidad."
    ),
    Missed.SEVERAL_FIGURES: (
        "Lo de «{text}» no se tomó: su fila tiene varias cifras. Ponga títulos, como «Punto» y «Cantidad»."
    ),
    Missed.OTHER_UNIT: "«{fact}» está en otra unidad que la del punto: esa columna no se tomó.",
    Missed.OTHER_TOTAL: "La tabla dice {text} en total para el {day}, y lo que se tomó suma {fact}: mire qué falta.",
    Missed.OTHER_LIST: "«{text}» queda para otra lista: cada una toma {points}. Firme esta y pegue las demás filas.",
    Missed.TOO_LONG: "La tabla se leyó hasta la fila anterior a la {text}: pegue lo demás en otra lista.",
    Missed.REPEATED: "«{text}» está repetido con otra cantidad; se tomó la de la celda {fact}.",
}
STATE_WORDS = {
    LineState.NEW: ("success", "Nueva"),
    LineState.CHANGED: ("warning", "Cambia"),
    LineState.EQUAL: ("neutral", "Sin cambios"),
    LineState.INVALID: ("error", "No se puede"),
}
_PROBLEMS: Mapping[QuantityProblem, str] = {
    QuantityProblem.EMPTY: "falta la cantidad; para pedir nada escriba 0",
    QuantityProblem.NOT_A_NUMBER: "«{typed}» no es una cantidad",
    QuantityProblem.OTHER_UNIT: "«{typed}» está en otra unidad. Este contrato es en {unit}: escríbala en {unit}",
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
    QuantityWarning.ABOVE_MAXIMUM: "supera el máximo diario del contrato: {of_maximum} de {maximum}",
    QuantityWarning.FAR_ABOVE_MEAN: f"{{of_mean}} lo usual de los últimos {MEAN_DAYS} días ({{mean}})",
    QuantityWarning.FAR_BELOW_MEAN: (
        f"muy por debajo de lo usual: {{of_mean}} el consumo medio de {MEAN_DAYS} días ({{mean}})"
    ),
    QuantityWarning.UNIT_SUSPECTED: "{of_mean} lo usual ({mean}): ¿está en la unidad correcta?",
}


def times_words(quantity: Quantity, of: Quantity) -> str:
    """Return a quotient in words: "11,5 veces", and below one "0,05 veces"."""
    ratio = Decimal(quantity.micro) / Decimal(of.micro)
    return f"{grouped(ratio, 1 if ratio >= 1 else 2)} veces"


def warning_words(line: ReviewedLine | WarnedLine, *, proved: bool) -> str:
    """Return the warnings of a line with their measure; those about the consumption only once ``proved``."""
    if line.quantity is None:
        return ""
    facts = {"of_maximum": "", "maximum": measure(line.maximum), "of_mean": "", "mean": measure(line.mean)}
    if line.maximum is not None and line.maximum.micro:
        facts["of_maximum"] = times_words(line.quantity, line.maximum)
    if line.mean is not None and line.mean.micro:
        facts["of_mean"] = times_words(line.quantity, line.mean)
    said = []
    for each in line.warnings:
        if each is QuantityWarning.ABOVE_MAXIMUM and line.maximum is not None and line.quantity <= line.maximum:
            # Only with the contract's other points; their share is not shown to this reader.
            said.append(f"sumada a los otros puntos supera el máximo diario del contrato ({facts['maximum']})")
        elif each is QuantityWarning.ABOVE_MAXIMUM or proved:
            said.append(_WARNINGS[each].format(**facts))
        else:
            said.append("es una cantidad fuera de lo usual")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}"


def said_of(line: ReviewedLine, *, proved: bool) -> str:
    """Return the note beside a line: its refusal, or its warnings.

    Consumption is mentioned only once the point's key was proved (ADR 5).
    """
    where = f"Celda {line.cell}: " if line.cell and line.state is LineState.INVALID else ""
    if line.problem is not None:
        return where + _PROBLEMS[line.problem].format(
            typed=line.typed or "", unit=UNIT_WORDS[line.weighed.request.point.unit]
        )
    if line.refusal is not None:
        return where + _REFUSALS[line.refusal].format(moment=hour_words(line.moment) if line.moment else "")
    return warning_words(line, proved=proved)


def missed_words(left_out: LeftOut) -> str:
    """Return why a row or a column of a pasted table was not taken."""
    day, clash, fact, weekday, monday = "", "", left_out.fact, "", ""
    if left_out.why in (Missed.NOT_OPEN, Missed.TOO_FAR):
        day = day_words(date.fromisoformat(fact))
    elif left_out.why is Missed.WEEKDAY_ALONE:
        on = date.fromisoformat(fact)
        day, weekday = day_words(on), WEEKDAYS[on.weekday()]
        monday = day_words(on - timedelta(days=on.weekday()))
    elif left_out.why is Missed.OTHER_WEEKDAY:
        clash = clash_words(read_clash(fact))
    elif left_out.why is Missed.OTHER_TOTAL:
        said_on, amount, unit = fact.split()
        day, fact = day_words(date.fromisoformat(said_on)), measure(Quantity.of(Decimal(amount), Unit(unit)))
    days = counted(groups.MOST_DAYS, "día", "días")
    points = counted(groups.MOST_POINTS, "punto", "puntos")
    return MISSED_WORDS[left_out.why].format(
        text=left_out.text,
        fact=fact,
        day=day,
        weekday=weekday,
        monday=monday,
        clash=clash,
        days=days,
        points=points,
    )


def unsaid_words(unsaid: Unsaid) -> str:
    """Return which points stay without nomination on a day, and what the close does with them.

    The quantity of a standing order is not told: it is shown on the page of its point.
    """
    names = [point.name for point in unsaid.points]
    count = len(names)
    if count > _NAMED + 1:
        names = [*names[:_NAMED], f"{count - _NAMED} más"]
    remain = agree(count, "Queda sin nominar", "Quedan sin nominar {} puntos")
    still = agree(count, "Si sigue así al cierre", "Si siguen así al cierre")
    rule = tell_missing(unsaid.policy, unsaid.gas_day, is_ordered=unsaid.is_ordered, ordered=None)
    return f"{remain} el {day_words(unsaid.gas_day)}: {join_words(names)}. {still}, {rule}."


# Names of points in a sentence, before "y 5 más".
_NAMED = 3


def chip_of(line: ReviewedLine) -> tuple[str, str]:
    """Return the chip of a line: amber when it needs attention."""
    tone, words = STATE_WORDS[line.state]
    return ("warning", f"{words}: revise") if line.warnings else (tone, words)


def against_usual(reviewed: BatchReview, *, proved: bool) -> str:
    """Return the total beside the usual total of as many days, once the point's key was proved."""
    usual = reviewed.usual
    if not proved or usual is None or not usual.micro:
        return ""
    times = f" ({times_words(reviewed.total, usual)})" if reviewed.total.micro else ""
    return f"lo usual de esos días: {measure(usual)}{times}"
