"""Refused keys, in Spanish, shared by the three pages that ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from portal.domain.attempts import PAIR_BLOCK, PAIR_FREE
from portal.domain.calendar import day_words
from portal.domain.counts import agree
from portal.domain.gas_day import BOGOTA
from portal.services.store.refusals import Refusal, Rejected
from portal.web.distributor import current
from portal.web.filters import until_words

# About a key that was right once: shown to somebody who types it whole, and not counted.
FORMER_KEY_WORDS: Mapping[Refusal, str] = {
    Refusal.KEY_ENDED: "Esta clave dejó de servir hace un momento: use la de su carta más reciente.",
    Refusal.KEY_EXPIRED: "Esta clave venció el {ended_day}{what_to_do} Este intento no se contó.",
    Refusal.KEY_REPLACED: (
        "Esta clave fue reemplazada por la de otra carta y dejó de servir el {ended_day}{what_to_do} Este intento no "
        "se contó."
    ),
    Refusal.KEY_REVOKED: "Esta clave fue anulada el {ended_day}{what_to_do} Este intento no se contó.",
}

WEB_KEY_WORDS: Mapping[Refusal, str] = {
    Refusal.WEB_KEY_WRONG: "Clave incorrecta. Revise la clave web de su carta: son 12 letras y números.{consequence}",
    Refusal.WEB_KEY_FORMAT: (
        "Clave incorrecta: la clave web tiene 12 letras y números, como K7QF-2M9X-TB4R. "
        "Escríbala tal como aparece en su carta; este intento no se contó."
    ),
    Refusal.BINDING_DISABLED: (
        "Su acceso a este contrato está deshabilitado. Hable con quien administra las cuentas de su empresa, o llame "
        "al PBX {distributor.telephone}."
    ),
    **FORMER_KEY_WORDS,
}

NUMERIC_KEY_WORDS: Mapping[Refusal, str] = {
    Refusal.NUMERIC_KEY_WRONG: "Código incorrecto. Revise la clave numérica de su carta: son 9 cifras.{consequence}",
    Refusal.NUMERIC_KEY_FORMAT: (
        "Código incorrecto: la clave numérica tiene 9 cifras, como 483 920 175. Escriba solo números; "
        "este intento no se contó."
    ),
    Refusal.NUMERIC_KEY_TYPO: (
        "Código incorrecto: hay un error de digitación, alguna cifra no coincide con su carta. "
        "Revísela y escríbala de nuevo; este intento no se contó."
    ),
    **FORMER_KEY_WORDS,
}


def with_consequence(refused: Rejected) -> Rejected:
    """Add to a wrong key's facts its consequence: attempts left, and until when to wait."""
    left, wait_until = refused.facts.get("left"), refused.facts.get("wait_until")
    if (ended_at := refused.facts.get("ended_at")) is not None:
        refused.facts["ended_day"] = _day(ended_at)
        refused.facts["what_to_do"] = (
            ": use la de su carta más reciente." if refused.facts.get("newer") else ": pida otra carta."
        )
    refused.facts["consequence"] = _consequence(left, wait_until)
    return refused


def _day(moment: datetime) -> str:
    """Return the day without weekday and year: "29 de diciembre"."""
    return day_words(moment.astimezone(BOGOTA).date()).split(" ", 1)[1].rpartition(" de ")[0]


def _consequence(left: int | None, wait_until: object) -> str:
    if left is None:
        return ""
    if left == 0:
        return f" Esta clave quedó bloqueada para su cuenta: llame al PBX {current().telephone}."
    attempts = agree(left, "Le queda 1 intento", "Le quedan {} intentos")
    if wait_until is not None:
        return f" {attempts}; podrá usar el siguiente el {until_words(wait_until)}."  # type: ignore[arg-type]
    free = left - (PAIR_BLOCK - PAIR_FREE - 1)
    pause = "; después del próximo habrá una espera" if free == 1 else ""
    return f" {attempts} antes de bloquearse{pause}."
