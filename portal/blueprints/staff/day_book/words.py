"""Words of the day book: states of a line, and refusals."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.authorisations import CUT_WORDS, LineState
from portal.domain.nominations import CutReason, QuantityWarning
from portal.domain.quantities import QuantityProblem
from portal.services.day_book import Excess, Questioned
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import measure
from portal.words.closings import CLOSING_WORDS
from portal.words.nominations import LATE_WORDS
from portal.words.refusals import say_facts

# Kind of chip, and words.
STATES: Mapping[LineState, tuple[str, str]] = {
    LineState.MISSING: ("error", "Sin nominación"),
    LineState.TO_AUTHORISE: ("warning", "Por autorizar"),
    LineState.OUTDATED: ("error", "Cambió: revise"),
    LineState.RECORDED: ("info", "Por publicar"),
    LineState.AUTHORISED: ("success", "Autorizada"),
    LineState.CUT: ("warning", "Con recorte"),
    LineState.NOT_AUTHORISED: ("error", "No autorizada"),
}

# Values of `?estado=`; nothing else filters.
STATE_FILTERS: Mapping[str, tuple[str, frozenset[LineState]]] = {
    "sin-nominacion": ("Sin nominación", frozenset({LineState.MISSING})),
    "por-autorizar": ("Por autorizar", frozenset({LineState.TO_AUTHORISE})),
    "cambiaron": ("Cambiaron", frozenset({LineState.OUTDATED})),
    "por-publicar": ("Por publicar", frozenset({LineState.RECORDED})),
    "autorizadas": ("Autorizadas", frozenset({LineState.AUTHORISED})),
    "con-recorte": ("Con recorte", frozenset({LineState.CUT, LineState.NOT_AUTHORISED})),
}

# Nominated by the point's rule: no state, but a point to call as well.
BY_RULE = "al-cierre"

REASON_CHOICES = [("", "Sin recorte"), *[(code.value, f"{code.value} · {CUT_WORDS[code]}") for code in CutReason]]

QUANTITY_PROBLEMS: Mapping[QuantityProblem, str] = {
    QuantityProblem.EMPTY: "Escriba la cantidad autorizada. Si no se autoriza nada, escriba 0.",
    QuantityProblem.NOT_A_NUMBER: "Eso no es una cantidad. Escriba solo cifras, como 12.500.",
    QuantityProblem.OTHER_UNIT: "Está en otra unidad que la del punto. Escríbala en la del punto.",
    QuantityProblem.AMBIGUOUS: "La cantidad se puede leer de dos maneras: punto para los miles, coma para decimales.",
    QuantityProblem.NEGATIVE: "La cantidad no puede ser negativa.",
    QuantityProblem.TOO_MANY_DECIMALS: "Tiene demasiados decimales: los m³ van sin ellos y los MBTU con dos.",
    QuantityProblem.TOO_LARGE: "La cantidad es mayor que la que recibe un punto en un día.",
}

BOOK_WORDS: Mapping[Refusal, str] = {
    Refusal.BOOK_DAY_OVER: "El día de gas ya pasó: su libro no se congela más.",
    Refusal.BOOK_UNCHANGED: "Nada cambió desde la versión {version}: no hay otra versión que congelar.",
    Refusal.NOTHING_NOMINATED: "Ese punto no tiene nominación para el día: no hay qué autorizar.",
    Refusal.ABOVE_ASKED: "Es más de lo pedido ({asked}). Escriba esa cantidad o una menor.",
    Refusal.CUTS_BEYOND: "{told} Baje las líneas, o marque que así se registran.",
    Refusal.CUT_REASON_MISSING: "Es menos de lo pedido ({asked}). Elija el motivo del recorte; el cliente lo lee.",
    Refusal.CUT_REASON_NOT_WANTED: "Autoriza todo lo pedido ({asked}): quite el motivo, o escriba una cantidad menor.",
    Refusal.ALREADY_AUTHORISED: "Eso ya está autorizado y publicado para esta versión de la nominación.",
    Refusal.NOTHING_TO_CONFIRM: "Ninguna nominación espera que la confirmen.",
    Refusal.ALL_QUESTIONED: (
        "Lo que espera está sobre el máximo del contrato o lejos de lo usual: márquelo, "
        "o registre cada cantidad desde su línea."
    ),
    Refusal.FILE_DECIDED: "Ese archivo ya se registró o se descartó.",
    Refusal.NOTHING_TO_PUBLISH: "No hay nada registrado por publicar.",
    Refusal.MONTH_CLOSED: CLOSING_WORDS[Refusal.MONTH_CLOSED],
    **LATE_WORDS,
    Refusal.SENT_TO_MISSING: "Escriba a quién se envió el libro, como el transportador o su correo.",
    Refusal.CONFIRMED_WITHOUT_REASON: (
        "En la puerta {gate} se confirma {confirmed} de {asked}: elija el motivo, que el cliente lee si se le recorta."
    ),
    Refusal.REASON_MISSING: CLOSING_WORDS[Refusal.REASON_MISSING],
    Refusal.REASON_TOO_LONG: CLOSING_WORDS[Refusal.REASON_TOO_LONG],
}


def doubt_words(each: Questioned) -> str:
    """Return why a line is not confirmed with the others."""
    usual = "" if each.mean is None else f": suele tomar {measure(each.mean)} al día"
    said = {
        QuantityWarning.ABOVE_MAXIMUM: (
            f"el contrato {each.line.contract_number} lleva {measure(each.together)} "
            f"de un máximo de {measure(each.maximum)}"
        ),
        QuantityWarning.FAR_ABOVE_MEAN: f"mucho más de lo usual{usual}",
        QuantityWarning.FAR_BELOW_MEAN: f"mucho menos de lo usual{usual}",
        QuantityWarning.UNIT_SUSPECTED: f"¿la unidad es la correcta?{usual}",
    }
    return "; ".join(said[warning] for warning in each.warnings)


def excess_words(each: Excess) -> str:
    """Return what edited cuts add up to and what binds them."""
    apart = each.together - each.most
    if each.contract:
        return (
            f"El contrato {each.contract} llega con ellas a {measure(each.together)}: {measure(apart)} más que su "
            f"máximo del día, {measure(each.most)}."
        )
    return (
        f"Las líneas suman {measure(each.together)}: {measure(apart)} más de lo que confirmó el transportador, "
        f"{measure(each.most)}."
    )


def spoken(refused: Rejected) -> Rejected:
    """Turn the facts of a refusal into the words of its sentence."""
    if refused.field == "reason":
        # Each late nomination has a reason field of its own: the summary shows the error.
        refused.field = None
    return say_facts(refused)
