"""The words of the verification of papers."""

from __future__ import annotations

from typing import NamedTuple

from portal.services.balance_files import Verdict

REFERENCE_MISSING = "Escriba la referencia que está junto al código QR, como abc123def4-2026-10."
REFERENCE_FORMAT = "Esa referencia no es de un estado de cuenta. Cópiela como está impresa, como abc123def4-2026-10."
CODE_MISSING = "Escriba el código de verificación: cinco grupos de cuatro letras y números."
CODE_FORMAT = (
    "Ese código no está completo. Tiene cinco grupos de cuatro letras y números, como 7K2M-9QXT-4B8C-0FGH-J1KM."
)
TOTAL_MISSING = "Escriba el saldo final que está impreso, como 8.954 o 358,72."
TOTAL_FORMAT = "Escriba solo la cifra del saldo final, como está impresa: 8.954 o 358,72."
SIDE_MISSING = "Diga si el saldo final está a favor o en contra. Si es cero, elija cualquiera de los dos."


class Answer(NamedTuple):
    """What is said of a paper."""

    kind: str
    title: str
    text: str


ANSWERS = {
    Verdict.GENUINE: Answer(
        "success",
        "El estado es auténtico y sigue vigente",
        "Llanogas lo generó con ese saldo final, y las cifras de ese mes en la cuenta no han cambiado desde entonces.",
    ),
    Verdict.OUTDATED: Answer(
        "warning",
        "El estado es auténtico, pero la cuenta cambió después",
        "Llanogas lo generó con ese saldo final. Desde entonces cambió alguna cifra de ese mes en la cuenta: pida al"
        " cliente uno nuevo.",
    ),
    Verdict.NOT_GENUINE: Answer(
        "error",
        "No podemos decir que este estado sea auténtico",
        "Los datos no corresponden a un estado generado por Llanogas. Revise que los escribió como están impresos,"
        " también el saldo y su lado. Si así están en el papel, el papel no es nuestro o fue alterado.",
    ),
}
