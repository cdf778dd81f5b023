"""States and channels of a nomination, in words and tones."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.lifecycle import NominationState
from portal.domain.nominations import Channel, ReceiptStanding, tell_withdrawn
from portal.models import Nomination
from portal.services.nominations import Content, FollowUp
from portal.services.store.refusals import Refusal
from portal.web.filters import hour_words, measure

STATE_WORDS = {
    NominationState.DRAFT: "Borrador, no enviada",
    NominationState.AWAITING: "Por aceptar",
    NominationState.REFUSED: "No aceptada",
    NominationState.LAPSED: "No se decidió",
    NominationState.RECEIVED: "Recibida",
    NominationState.REPLACED: "Reemplazada",
    NominationState.CANCELLED: "Anulada",
    NominationState.IN_REVIEW: "En revisión",
    NominationState.AUTHORISED: "Autorizada",
    NominationState.AUTHORISED_CUT: "Autorizada con recorte",
    NominationState.NOT_AUTHORISED: "No autorizada",
    NominationState.SCHEDULED: "Autorizada",
    NominationState.MEASURED: "Consumo registrado",
    NominationState.ADJUSTED: "Ajustada",
    NominationState.NOT_NOMINATED: "Sin nominación",
}
STATE_TONES = {
    NominationState.DRAFT: "neutral",
    NominationState.AWAITING: "warning",
    NominationState.REFUSED: "error",
    NominationState.LAPSED: "warning",
    NominationState.RECEIVED: "success",
    NominationState.REPLACED: "neutral",
    NominationState.CANCELLED: "neutral",
    NominationState.IN_REVIEW: "info",
    NominationState.AUTHORISED: "success",
    NominationState.AUTHORISED_CUT: "warning",
    NominationState.NOT_AUTHORISED: "error",
    NominationState.SCHEDULED: "success",
    NominationState.MEASURED: "success",
    NominationState.ADJUSTED: "success",
    NominationState.NOT_NOMINATED: "warning",
}
CHANNEL_WORDS = {
    Channel.WEB: "por el portal",
    Channel.CALL: "por teléfono",
    Channel.OPERATOR: "por el operador",
    Channel.API: "por su sistema",
    Channel.POLICY: "al cierre, porque nadie nominó",
    Channel.STANDING_ORDER: "al cierre, por su orden permanente",
    Channel.CARRIED_OVER: "antes del portal",
}


# After "Días con": the versions by which days of the history are sought.
CONTENT_WORDS = {
    Content.NOMINATION: "nominación",
    Content.RENOMINATION: "re-nominación",
    Content.CANCELLATION: "anulación",
    Content.LATE: "solicitud tardía",
    Content.NOBODY: "cantidad por regla: nadie nominó",
}


RECEIPT_SIGNS = {
    ReceiptStanding.IN_FORCE: "Recibimos su {what}",
    ReceiptStanding.WITHDRAWS: "Anulamos su nominación",
    ReceiptStanding.AWAITING: "Recibimos su {what}: espera la decisión del operador",
    ReceiptStanding.REFUSED: "El operador no la aceptó",
    ReceiptStanding.OVERTAKEN: "No rige: otra solicitud llegó antes de la decisión",
    ReceiptStanding.LAPSED: "No rige: el operador no la decidió",
    ReceiptStanding.REPLACED: "Ya no rige: la reemplazó otra versión",
    ReceiptStanding.CANCELLED: "Ya no rige: la nominación se anuló",
}


# State of the request on paper: ``replaced`` is its successor, ``reason`` why the operator refused it.
RECEIPT_NOTES = {
    ReceiptStanding.IN_FORCE: "Es la solicitud en firme para ese día.",
    ReceiptStanding.WITHDRAWS: "El punto queda sin nominación para ese día.",
    ReceiptStanding.AWAITING: "Llegó después del cierre: vale solo si el operador la acepta.",
    ReceiptStanding.REFUSED: "No vale. {reason}",
    ReceiptStanding.OVERTAKEN: "No vale: antes de que el operador la decidiera llegó otra solicitud para ese día.",
    ReceiptStanding.LAPSED: "No vale: llegó después del cierre y el día terminó sin que el operador la decidiera.",
    ReceiptStanding.REPLACED: "{replaced}",
    ReceiptStanding.CANCELLED: "La nominación se anuló después: ese día no tiene nada en firme.",
}


def receipt_sign(standing: ReceiptStanding, what: str) -> str:
    """Return the head of a receipt: the standing of its request; ``what`` is its kind in words."""
    return RECEIPT_SIGNS[standing].format(what=what.lower())


def replaced_words(follower: Nomination) -> str:
    """Return the request that replaced another: number, quantity with unit, moment, radicado."""
    arrived = hour_words(follower.received_at)
    asked = "la anulación" if follower.cancels else measure(follower.quantity)
    if follower.filing_number is None:
        put = f"puesta al cierre el {arrived} porque nadie nominó"
        return f"Rige la versión {follower.revision} de ese día: {asked}, {put}."
    number = follower.filing_number
    return f"Rige la versión {follower.revision} de ese día: {asked}, recibida el {arrived} (radicado {number})."


# Beside the word "Anulada", on a receipt that is read for ever: another nomination may follow.
WITHDRAWN = "Con esta solicitud, ese día quedó sin nominación"


def withdrawn_words(nomination: Nomination, follows: FollowUp) -> str:
    """Return what happens to a day that was withdrawn and has nothing in force, now and at its close."""
    return tell_withdrawn(nomination.gas_day, policy=follows.policy, ordered=follows.ordered)


def state_tone(state: NominationState) -> str:
    """Return the kind of chip of a state."""
    return STATE_TONES[state]


LATE_WORDS: Mapping[Refusal, str] = {
    Refusal.LATE_DECIDED: "Esta nominación tardía ya se decidió: vea quién y cuándo en el historial del día.",
    Refusal.LATE_REPLACED: "El cliente envió después otra solicitud para ese día: decida sobre la más reciente.",
    Refusal.CONTRACT_INACTIVE: "El punto {point} terminó antes de ese día: su nominación no se acepta.",
    Refusal.LATE_DAY_OVER: "Ese día de gas ya terminó: una nominación tardía se acepta mientras el día corre.",
}


def ended(sentence: str) -> str:
    """Return a typed text with a full stop, so that another sentence can follow."""
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
