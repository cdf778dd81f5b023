"""The mail that acknowledges a nomination."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.domain.gas_day import BOGOTA
from portal.domain.quantities import spell_out
from portal.domain.timetable import RequestKind
from portal.models import Nomination

KIND_WORDS = {RequestKind.NOMINATION: "Nominación", RequestKind.RENOMINATION: "Re-nominación"}


def receipt_subject(nomination: Nomination) -> str:
    """Return the subject: number, point and day."""
    return f"{KIND_WORDS[nomination.kind]} recibida: {nomination.filing_number}"


def receipt_body(nomination: Nomination, *, signed_by: str) -> str:
    """Return the body: what was asked, for when, when it arrived and who signed it."""
    arrived = nomination.received_at.astimezone(BOGOTA)
    return (
        f"Recibimos su solicitud con el radicado {nomination.filing_number}.\n\n"
        f"Tipo: {KIND_WORDS[nomination.kind]} (versión {nomination.revision} del día)\n"
        f"Punto de entrega: {nomination.delivery_point.name}\n"
        f"Día de gas: {day_words(nomination.gas_day.date)}\n"
        f"Cantidad: {spell_out(nomination.quantity)}\n"
        f"Recibida: {day_words(arrived.date())}, {arrived:%H:%M:%S} (hora de Colombia)\n"
        f"Firmada por: {signed_by}\n\n"
        "Si usted no la firmó, llame de inmediato a la línea 164 o al (608) 6819077.\n"
    )
