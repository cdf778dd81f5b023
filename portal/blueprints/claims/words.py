"""Words of refused claims about a day."""

from __future__ import annotations

from collections.abc import Mapping

from portal.services.store.refusals import Refusal
from portal.words.cases import WORDS as CASE_WORDS

FILE_REFUSALS = (Refusal.CASE_FILES_TOO_MANY, Refusal.CASE_FILE_TOO_LARGE, Refusal.CASE_FILE_KIND)
WORDS: Mapping[Refusal, str] = {
    **{refusal: CASE_WORDS[refusal] for refusal in FILE_REFUSALS},
    Refusal.CLAIM_DAY_NOT_OVER: (
        "Ese día de gas todavía no termina. Podrá reclamar sobre él desde el día siguiente, cuando sus cifras estén "
        "completas."
    ),
    Refusal.CLAIM_DAY_NOT_SERVED: (
        "Ese día {distributor.name} no entregaba gas en este punto: no hay cifras que revisar."
    ),
    Refusal.CLAIM_ALREADY_OPEN: (
        "Este día ya tiene abierto el reclamo {number}. Agregue allí lo que quiera decir: no se abrió otro."
    ),
    Refusal.CLAIM_TEXT_MISSING: "Escriba con qué no está de acuerdo y por qué.",
    Refusal.CLAIM_TEXT_TOO_LONG: "El texto tiene {length} caracteres y caben 2.000. Acórtelo o envíelo en dos partes.",
    Refusal.CASE_FILES_SPENT: (
        "Hoy ya envió muchos archivos desde esta cuenta. Envíe el texto sin ellos y agréguelos mañana."
    ),
    Refusal.CLAIM_TEXTS_SPENT: (
        "Hoy ya envió muchos textos desde esta cuenta. Espere hasta mañana o llámenos al PBX {distributor.telephone}."
    ),
}
