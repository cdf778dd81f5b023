"""Words of proposing and publishing tariffs."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.tariffs import LARGE
from portal.services.store.refusals import Refusal

TARIFF_WORDS: Mapping[Refusal, str] = {
    Refusal.TARIFFS_UNCHANGED: (
        "Este archivo no cambia nada: sus cifras son las que ya están publicadas para ese mes. Revise si es el archivo."
    ),
    Refusal.TARIFFS_PENDING: (
        "Ese mes ya tiene una propuesta sin decidir, en la lista: se publica o se rechaza antes de proponer otra."
    ),
    Refusal.TARIFFS_NOT_REVIEWED: (
        f"Marque «Lo revisé» en cada cambio de más de {LARGE} %, o marque que los revisó todos y diga por qué: "
        "faltan {count}."
    ),
    Refusal.TARIFFS_SHOWN_FROM: "Escriba hoy o un día por venir, o {first}, el primero del mes de las tarifas.",
    Refusal.REASON_MISSING: "Escriba la razón: la leen quienes proponen y deciden.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.OWN_REQUEST: "La propuso usted: la publica o la rechaza otra persona.",
    Refusal.FILE_DECIDED: "El archivo ya se propuso o se descartó. Envíelo de nuevo si hace falta.",
}
