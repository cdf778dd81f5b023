"""Words of keys and letters: refusals, states."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.keys import MONTH, MOST_A_MONTH, KeyState, LetterState
from portal.domain.spans import few, span_words
from portal.services.store.refusals import Refusal

LETTER_WORDS: Mapping[Refusal, str] = {
    Refusal.LETTER_EMPTY: "Marque al menos una clave: la carta debe traer alguna.",
    Refusal.LETTER_UNDER_WAY: (
        "Ya hay una carta en curso para este punto. Termine con ella, retírela si no se ha impreso, o dela por perdida."
    ),
    Refusal.LETTER_ARRIVED: (
        "Una clave de esta carta ya se usó: la carta llegó. Si alguien más la tiene, anule esa clave en la página del "
        "punto."
    ),
    Refusal.LETTERS_SPENT: (
        f"Este punto ya tuvo su carta de hoy o {few(MOST_A_MONTH)} en {span_words(MONTH)}. Si hace falta otra, la pide "
        "un supervisor."
    ),
    Refusal.NO_LETTER_POSSIBLE: (
        "Ningún punto puede recibir carta ahora: no hay claves por vencer, o todos tienen una en curso o llegaron al "
        "límite."
    ),
    Refusal.POINT_NOT_SERVED: "El punto o su contrato ya no está en servicio: no se le envían claves.",
    Refusal.REASON_MISSING: "Escriba la razón: queda en el registro.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.OWN_REQUEST: "Usted pidió esta carta: la aprueba o la rechaza otra persona, que también la imprime.",
    Refusal.CARRIER_MISSING: "Escriba la transportadora que se llevó la carta.",
    Refusal.TRACKING_MISSING: "Escriba el número de guía de la transportadora.",
    Refusal.NO_KEY_TO_REVOKE: "No hay ninguna clave vigente que anular.",
}
STATE_WORDS: Mapping[LetterState, str] = {
    LetterState.REQUESTED: "Pedida",
    LetterState.APPROVED: "Aprobada, por imprimir",
    LetterState.REJECTED: "Rechazada",
    LetterState.PRINTED: "Impresa, por despachar",
    LetterState.DISPATCHED: "Despachada",
    LetterState.CANCELLED: "Retirada",
    LetterState.LOST: "Dañada o perdida",
}
STATE_TONES: Mapping[LetterState, str] = {
    LetterState.REQUESTED: "warning",
    LetterState.APPROVED: "warning",
    LetterState.REJECTED: "error",
    LetterState.PRINTED: "warning",
    LetterState.DISPATCHED: "success",
    LetterState.CANCELLED: "neutral",
    LetterState.LOST: "error",
}
KEY_STATE_WORDS: Mapping[KeyState, str] = {
    KeyState.ISSUED: "Emitida, sin usar",
    KeyState.ACTIVE: "Vigente",
    KeyState.REPLACED: "Reemplazada",
    KeyState.REVOKED: "Anulada",
}
# Kind of chip of a state.
KEY_STATE_TONES: Mapping[KeyState, str] = {
    KeyState.ISSUED: "warning",
    KeyState.ACTIVE: "success",
    KeyState.REPLACED: "neutral",
    KeyState.REVOKED: "error",
}
