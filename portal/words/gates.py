"""Spanish words of gates: rules, refusals, and the differences between a gate and its points."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from portal.domain.gates import AllocationRule, CutRule
from portal.domain.quantities import Quantity
from portal.services.store.refusals import Refusal
from portal.web.filters import bare_figure, grouped

from .closings import CLOSING_WORDS

ALLOCATION_WORDS: Mapping[AllocationRule, str] = {
    AllocationRule.NONE: "No se reparte",
    AllocationRule.PRO_RATA: "A prorrata del consumo",
    AllocationRule.BY_PRIORITY: "A los contratos de la última prioridad, a prorrata",
}
CUT_RULE_WORDS: Mapping[CutRule, str] = {
    CutRule.PRO_RATA: "A prorrata de lo pedido",
    CutRule.BY_PRIORITY: "Por la prioridad de los contratos",
}
GATE_WORDS: Mapping[Refusal, str] = {
    Refusal.GATE_CAPACITY: "La capacidad es más de 0 m³ al día. Si no se sabe, deje el campo vacío.",
    Refusal.GATE_BAND: "La banda va de 0 a {most} por ciento, con dos decimales a lo sumo.",
    Refusal.GATE_TERMS_DAY: "Las condiciones se cambian desde el {first} o después: lo anterior ya se usó.",
    Refusal.GATE_TERMS_UNCHANGED: "Esas condiciones ya rigen ese día: nada cambiaría.",
    Refusal.GATE_VOLUME_LARGE: "Es más de {most}, lo que no pasa por una puerta en un día: revise la unidad.",
    Refusal.NOTHING_TO_ALLOCATE: (
        "No hay qué repartir: se reparten días terminados, con la puerta y todos sus puntos medidos, que no se hayan "
        "repartido y cuya regla lo permita."
    ),
    Refusal.DAY_TO_COME: "Ese día está por venir: hoy es {today}.",
    Refusal.DAY_NOT_SERVED: "Las cuentas empiezan el {first}: escriba ese día o uno posterior.",
    Refusal.NOTE_MISSING: "Escriba el motivo: el cliente lo lee en su hoja.",
    Refusal.NOTE_TOO_LONG: "El motivo pasa de {most} caracteres.",
    Refusal.MONTH_CLOSED: CLOSING_WORDS[Refusal.MONTH_CLOSED],
    Refusal.OWN_REQUEST: "Usted pidió este reparto: lo decide otro supervisor.",
    Refusal.ADJUSTMENT_BY_SUPERVISOR: "Lo decide un supervisor.",
    Refusal.REASON_MISSING: CLOSING_WORDS[Refusal.REASON_MISSING],
    Refusal.REASON_TOO_LONG: CLOSING_WORDS[Refusal.REASON_TOO_LONG],
}


def percent(basis_points: Fraction | None) -> str:
    """Return hundredths of a percent as a percentage of two decimals without sign; a dash for none."""
    if basis_points is None:
        return "–"
    found = abs(basis_points) / 100
    return f"{grouped(Decimal(found.numerator) / Decimal(found.denominator), 2)} %"


def side(difference: Quantity | None) -> str:
    """Return which side of a difference measured more; nothing where they agree."""
    if difference is None or not difference.micro:
        return ""
    return "la puerta midió más" if difference.micro > 0 else "los puntos midieron más"


def band_words(basis_points: int) -> str:
    """Return the band of a gate as a percentage with the decimals that it has."""
    return f"{bare_figure(Decimal(basis_points) / 100)} %"
