"""Words of the wizard: kinds, bad input, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.domain.calendar import day_words
from portal.domain.nominations import MEAN_DAYS, Channel, QuantityWarning
from portal.domain.quantities import Quantity
from portal.domain.timetable import KIND_WORDS, RequestKind
from portal.services.nominations import DayFacts, Review
from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import hour_words, measure
from portal.web.second_factor_form import CODE_WORDS
from portal.words.keys import NUMERIC_KEY_WORDS, with_consequence

KIND_HINTS = {
    RequestKind.NOMINATION: "Pide el gas de un día futuro. Hasta el cierre puede reemplazarla las veces que necesite.",
    RequestKind.RENOMINATION: (
        "Cambia el total de un día ya nominado, después del cierre. Escriba el nuevo total del día, no la diferencia. "
        "Si el día no se nominó a tiempo, llega como tardía y el operador decide."
    ),
}

WARNINGS: Mapping[QuantityWarning, str] = {
    QuantityWarning.ABOVE_MAXIMUM: "{above}",
    QuantityWarning.FAR_ABOVE_MEAN: f"es más de {{far}} veces su consumo medio de los últimos {MEAN_DAYS} días",
    QuantityWarning.FAR_BELOW_MEAN: (
        f"es más de {{far}} veces menor que su consumo medio de los últimos {MEAN_DAYS} días"
    ),
    QuantityWarning.UNIT_SUSPECTED: "difiere de su consumo medio como si estuviera en la otra unidad",
}

WORDS: Mapping[Refusal, str] = {
    **NUMERIC_KEY_WORDS,
    **CODE_WORDS,
    Refusal.CONTRACT_INACTIVE: (
        "El contrato de {point} no está activo para ese día, así que no se puede nominar. Llame al PBX "
        "{distributor.telephone}."
    ),
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar este contrato, pero todavía no puede nominar: otra cuenta lo abrió primero y su "
        "correo es de otro dominio. {distributor.name} debe aprobarla; llame al PBX {distributor.telephone}."
    ),
    Refusal.TOO_EARLY: "Para el {gas_day} la {kind} se recibe a partir del {opens_at}. Elija otro día{instead}.",
    Refusal.TOO_LATE: "La {kind} para el {gas_day} cerró el {closed_at}. Elija otro día{instead}.",
    Refusal.NOT_IN_FORCE: (
        "Esta solicitud ya no es la que está en firme para el {gas_day}, así que no hay nada que anular en ella. "
        "Vea el historial del día."
    ),
    Refusal.CANCEL_TOO_LATE: (
        "La nominación para el {gas_day} se podía anular hasta el {closed_at}. Después del cierre puede cambiar el "
        "total con una re-nominación."
    ),
    Refusal.TOO_MANY_RENOMINATIONS: (
        "El {gas_day} ya tiene {most} re-nominaciones, el máximo. Para otro cambio llame al PBX "
        "{distributor.telephone}."
    ),
    Refusal.BELOW_FLOOR: (
        "El cambio rige desde el {effective_at}; hasta esa hora el día ya habrá tomado {floor}. "
        "Escriba un total igual o mayor."
    ),
    Refusal.ABOVE_MAXIMUM: (
        "La cantidad, sumada a lo que ya pidieron los otros puntos del contrato, supera su máximo diario ({maximum}) y "
        "este contrato no admite más. Escriba una cantidad menor."
    ),
    Refusal.UNUSUAL_QUANTITY: "Esta cantidad {warnings}. Si es correcta, marque «enviar de todos modos» y continúe.",
    Refusal.NOTHING_OFFERED: (
        "Para el {gas_day} ya no se puede nominar con un toque: el día ya está nominado o falta el dato que se iba a "
        "repetir. Envíe la nominación paso a paso."
    ),
    Refusal.STANDING_ORDER_OVER: (
        "La orden terminaría antes de empezar: su primer día sería el {gas_day}. Escriba ese día o uno posterior, o "
        "deje el campo vacío."
    ),
    Refusal.DRAFT_EMPTY: "Faltan datos de la nominación. Complete los pasos anteriores.",
}

# To an agent who prepares a nomination for a customer to sign.
PREPARED_WORDS: Mapping[Refusal, str] = {
    **WORDS,
    Refusal.NOT_APPROVED: "La cuenta del cliente ya no puede nominar por este contrato: solo consultarlo.",
    Refusal.NOBODY_FOLLOWED: (
        "El cliente no está acompañado en esta llamada, así que no vería lo que usted prepara. Nomine usted por él, o "
        "verifíquelo de nuevo con un código de su página."
    ),
}


def guard_words(
    warnings: Iterable[QuantityWarning], quantity: Quantity, maximum: Quantity, others: Quantity | None, far: int
) -> str:
    """Return the sentence that asks to check an unusual quantity; empty for a usual one.

    ``others`` is what the contract's other points nominate that day, None where it may not be shown; ``far`` is how
    many times the mean is unusual.
    """
    found = _warned(warnings, quantity, maximum, others, far)
    return f"Revise la cantidad: {found}." if found else ""


def _warned(
    warnings: Iterable[QuantityWarning], quantity: Quantity, maximum: Quantity, others: Quantity | None, far: int
) -> str:
    above = _above_words(quantity, maximum, others)
    return " y ".join([WARNINGS[warning].format(above=above, far=far) for warning in warnings])


def _above_words(quantity: Quantity, maximum: Quantity, others: Quantity | None) -> str:
    """Return the sum above the maximum: the quantity alone, or with the contract's other points."""
    limit = f"supera el máximo diario del contrato ({measure(maximum)})"
    if others is not None and others.micro:
        together = quantity + others
        asked = f"con los {measure(others)} de los otros puntos suma {measure(together)} y"
        return f"{asked} {limit} en {measure(together - maximum)}"
    if quantity > maximum:
        return f"{limit} en {measure(quantity - maximum)}"
    return f"sumada a lo que pidieron los otros puntos {limit}"


def comes_after_words(document: Review, facts: DayFacts) -> str:
    """Return what the signature would replace; with its quantity only once the point's key was proved."""
    replaced = document.replaces
    if replaced is None:
        if facts.was_withdrawn:
            return "Ese día no tiene otra en firme: la anterior se anuló"
        return "No reemplaza nada mientras no la acepten" if facts.is_late else "Es la primera de ese día"
    what = f"la versión {replaced.revision} de ese día"
    if replaced.channel is Channel.POLICY:
        what = "lo que se nominó al cierre"
    quantity = f": {measure(replaced.quantity)}" if facts.is_proved else ""
    return f"{'Si el operador la acepta, reemplaza' if facts.is_late else 'Reemplaza'} {what}{quantity}"


def spoken(refused: Rejected) -> Rejected:
    """Turn the facts of a refusal into the words of its sentence."""
    facts = refused.facts
    if "left" in facts or "ended_at" in facts:
        return with_consequence(refused)
    if "warnings" in facts:
        # This reader may not see what the contract's other points nominate.
        facts["warnings"] = _warned(facts["warnings"], facts["quantity"], facts["maximum"], None, facts["far"])
    facts["instead"] = _instead(refused.refusal, facts)
    for name in ("opens_at", "closed_at", "effective_at"):
        if isinstance(facts.get(name), datetime):
            facts[name] = hour_words(facts[name])
    if facts.get("floor", "") is None:
        # A share of what was nominated, which this reader may not see (adr/0005).
        facts["floor"] = "más que eso (cuánto, se ve con la clave numérica)"
    for name in ("floor", "maximum"):
        if name in facts and not isinstance(facts[name], str):
            facts[name] = measure(facts[name])
    if "kind" in facts:
        facts["kind"] = KIND_WORDS[facts["kind"]].lower()
    if "gas_day" in facts:
        facts["gas_day"] = day_words(facts["gas_day"].date)
    return refused


def _instead(refusal: Refusal, facts: dict[str, Any]) -> str:
    """Name the other kind that is possible, if one is."""
    if refusal is Refusal.TOO_EARLY and facts.get("kind") is RequestKind.RENOMINATION:
        return ", o vuelva al paso anterior: hasta esa hora una nominación nueva reemplaza la anterior"
    if refusal is Refusal.TOO_LATE and facts.get("kind") is RequestKind.NOMINATION:
        return (
            ", o vuelva al paso anterior y envíe una re-nominación: si el día no estaba nominado se recibe como "
            "tardía y el operador decide si la acepta"
        )
    return ""


MONTH_WORDS = "Elija el día en el calendario."
NOTE_WORDS: Mapping[Refusal, str] = {
    Refusal.NOTE_MISSING: "Escriba la nota, por ejemplo: mañana mantenimiento del compresor.",
    Refusal.NOTE_TOO_LONG: "La nota tiene {length} caracteres y caben {most}. Acórtela.",
    Refusal.NOTE_DAY: "La nota es para un día de hoy a {days} días más. Elija otro.",
    Refusal.NOTES_SPENT: "Ese día ya tiene {most} notas. Llame al PBX {distributor.telephone}.",
}
