"""Words of the call pages: refusals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.services.store.refusals import Refusal
from portal.web.filters import hour_words

WORDS: Mapping[Refusal, str] = {
    Refusal.CALLER_MISSING: "Escriba quién llama: nombre y apellido, como lo dijo.",
    Refusal.TELEPHONE_MALFORMED: "Eso no es un número de teléfono. Escríbalo como 601 668 3100 o 310 555 0143.",
    Refusal.CALL_CODE_FORMAT: (
        "Código incorrecto: son 6 cifras, como 492 039. Escriba solo números; este intento no se contó."
    ),
    Refusal.CALL_CODE_WRONG: (
        "Código incorrecto: no es el que se envió en esta llamada ni el de una cuenta que pueda nominar por este punto "
        "y haya dado su clave numérica, o ya se usó, o venció. Pida que lo lean de nuevo, o que hagan otro."
    ),
    Refusal.NO_SUCH_ADDRESS: "Ese correo no está registrado para la empresa. Elija uno de la lista.",
    Refusal.NO_ADDRESS_ON_FILE: "La empresa no tiene ningún correo registrado. Verifique de otra manera.",
    Refusal.CODE_MAILS_SPENT: "Hoy ya se enviaron {most} códigos para este punto, el máximo. Verifique de otra manera.",
    Refusal.NO_SUCH_TELEPHONE: (
        "Ese número no está registrado para la empresa: solo se devuelve la llamada a uno de la lista."
    ),
    Refusal.NO_TELEPHONE_ON_FILE: "La empresa no tiene ningún teléfono registrado. Verifique de otra manera.",
    Refusal.CALL_WAS_ANSWERED: "Quien llama quedó verificado: la llamada se atendió. Termínela como atendida.",
    Refusal.NOTHING_ASKED: "Esta llamada ya no espera la palabra de un supervisor.",
    Refusal.LETTER_EMPTY: "Elija qué claves perdió.",
    Refusal.LETTER_UNDER_WAY: "Ya hay una carta en camino para este punto: está en esta página, en «Cartas en camino».",
    Refusal.LETTERS_SPENT: (
        "Este punto ya tuvo las cartas que se admiten por día o por mes. Un supervisor puede pedir otra desde Claves."
    ),
    Refusal.POINT_NOT_SERVED: "El punto ya no tiene servicio: no se le envían claves.",
    Refusal.REASON_MISSING: "Escriba por qué pide la carta: qué pasó con las claves.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres. Acórtela.",
    Refusal.NOTE_TOO_LONG: "La nota tiene más de {most} caracteres. Acórtela.",
}


def paused_words(until: datetime | None) -> str:
    """Return the message after too many wrong codes: until when none is taken, and what can be done meanwhile."""
    pause = f"hasta el {hour_words(until)}" if until else "por ahora"
    return (
        f"Demasiados códigos incorrectos para este punto. No se recibe otro, tampoco el correcto, {pause}. "
        "Mientras tanto verifique devolviendo la llamada a un número registrado."
    )
