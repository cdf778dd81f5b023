"""The words of what the consoles refuse."""

from __future__ import annotations

from collections.abc import Mapping

from portal.services.refusals import Refusal

CLAIM_WORDS: Mapping[Refusal, str] = {
    Refusal.CLAIM_TEXT_MISSING: "Escriba el texto: el cliente lo lee tal cual.",
    Refusal.CLAIM_TEXT_TOO_LONG: "El texto tiene {length} caracteres y caben 2.000. Acórtelo.",
}
