"""The mail that acknowledges a nomination."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA
from portal.domain.quantities import spell_out
from portal.domain.timetable import RequestKind
from portal.models import Nomination

KIND_WORDS = {RequestKind.NOMINATION: "Nominación", RequestKind.RENOMINATION: "Re-nominación"}


def receipt_subject(nomination: Nomination) -> str:
    """Return the subject: what it is, and its number."""
    if nomination.cancels:
        return f"Nominación anulada: {nomination.filing_number}"
    if nomination.is_late:
        return f"Nominación tardía recibida, por aceptar: {nomination.filing_number}"
    return f"{KIND_WORDS[nomination.kind]} recibida: {nomination.filing_number}"


def receipt_body(nomination: Nomination, *, signed_by: str) -> str:
    """Return the body: what was asked, for when, when it arrived and who signed it."""
    arrived = nomination.received_at.astimezone(BOGOTA)
    return (
        f"Recibimos su solicitud con el radicado {nomination.filing_number}.\n\n"
        f"Tipo: {what_it_is(nomination)} (versión {nomination.revision} del día)\n"
        f"Punto de entrega: {nomination.delivery_point.name}\n"
        f"Día de gas: {day_words(nomination.gas_day.date)}\n"
        f"Cantidad: {'nada queda pedido' if nomination.cancels else spell_out(nomination.quantity)}\n"
        f"Recibida: {day_words(arrived.date())}, {arrived:%H:%M:%S} (hora de Colombia)\n"
        f"Firmada por: {signed_by}\n\n"
        f"{_WAITS if nomination.is_late else ''}"
        "Si usted no la firmó, llame de inmediato a la línea 164 o al (608) 6819077.\n"
    )


_WAITS = "Llegó después del cierre: vale solo si el operador la acepta. Le avisaremos por este medio apenas decida.\n\n"


def what_it_is(nomination: Nomination) -> str:
    """Return the kind of a request in words."""
    if nomination.cancels:
        return "Anulación"
    return "Nominación tardía" if nomination.is_late else KIND_WORDS[nomination.kind]


def decision_subject(nomination: Nomination, *, accepted: bool) -> str:
    """Return the subject of what the operator decided about a late nomination."""
    return f"Nominación tardía {'aceptada' if accepted else 'no aceptada'}: {nomination.filing_number}"


def decision_body(nomination: Nomination, *, accepted: bool, reason: str) -> str:
    """Return what the operator decided, and why."""
    what = f"{spell_out(nomination.quantity)} para el {day_words(nomination.gas_day.date)}"
    return (
        f"El operador {'aceptó' if accepted else 'no aceptó'} su nominación tardía {nomination.filing_number}.\n\n"
        f"Punto de entrega: {nomination.delivery_point.name}\n"
        f"Pedida: {what}\n"
        + (f"Razón: {reason}\n" if reason else "")
        + ("\nYa está en firme.\n" if accepted else "\nPara ese día sigue en firme lo que había antes.\n")
        + "Si necesita ayuda, llame a la línea 164 o al (608) 6819077.\n"
    )
