"""Words of the verification of papers."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from portal.domain.month_proofs import DayVerdict, Part, Sum
from portal.services.account.balance_files import Verdict
from portal.services.store.refusals import Refusal

REFERENCE_MISSING = "Escriba la referencia que está junto al código QR, como abc123def4-2026-10."
REFERENCE_FORMAT = "Esa referencia no es de un estado de cuenta. Cópiela como está impresa, como abc123def4-2026-10."
CODE_MISSING = "Escriba el código de verificación: cinco grupos de cuatro letras y números."
CODE_FORMAT = (
    "Ese código no está completo. Tiene cinco grupos de cuatro letras y números, como 7K2M-9QXT-4B8C-0FGH-J1KM."
)
TOTAL_MISSING = "Escriba el saldo final que está impreso, como 8.954 o 358,72."
TOTAL_FORMAT = "Escriba la cifra del saldo final como está impresa: 8.954 o 358,72, con o sin unidad."
SIDE_MISSING = "Diga si el saldo final está a favor o en contra. Si es cero, elija cualquiera de los dos."

NUMBER_MISSING = "Escriba el radicado, como {distributor.nomination_series}-2026-000123."
NUMBER_FORMAT = (
    "Ese radicado no es de un comprobante. Cópielo como está impreso, como {distributor.nomination_series}-2026-000123."
)
RECEIPT_CODE_FORMAT = "Ese código no está completo. Tiene tres grupos de cuatro letras y números, como 7K2M-9QXT-4B8C."
DAY_MISSING = "Escriba el día de gas que está impreso, como 24/11/2026."
QUANTITY_MISSING = "Escriba la cantidad que está impresa, como 12.500 o 250,5. En una anulación, Anulada."
QUANTITY_FORMAT = "Escriba la cantidad como está impresa: 12.500 o 250,5, con o sin unidad. En una anulación, Anulada."


class Answer(NamedTuple):
    """Answer about a paper."""

    kind: str
    title: str
    text: str


ANSWERS = {
    Verdict.GENUINE: Answer(
        "success",
        "El estado es auténtico y sigue vigente",
        "{distributor.name} lo generó con ese saldo final, y las cifras de ese mes en la cuenta no han cambiado "
        "desde entonces.",
    ),
    Verdict.OUTDATED: Answer(
        "warning",
        "El estado es auténtico, pero la cuenta cambió después",
        "{distributor.name} lo generó con ese saldo final. Desde entonces cambió alguna cifra de ese mes en la "
        "cuenta: pida al"
        " cliente uno nuevo.",
    ),
    Verdict.ALTERED: Answer(
        "error",
        "Las cifras de los días no son las que se imprimieron",
        "El código y el saldo final son de un estado que {distributor.name} generó, pero alguna cifra de sus días no "
        "es la de ese estado: el archivo fue alterado. Descárguelo otra vez de la cuenta.",
    ),
    Verdict.NOT_GENUINE: Answer(
        "error",
        "No podemos decir que este estado sea auténtico",
        "Los datos no corresponden a un estado generado por {distributor.name}. Revise que los escribió como "
        "están impresos,"
        " también el saldo y su lado. Si así están en el papel, el papel no es nuestro o fue alterado.",
    ),
}

# Beside the answer about a statement that came with its days.
SEALED_DAYS = {
    Verdict.GENUINE: "Las cifras de sus días son las que se imprimieron.",
    Verdict.OUTDATED: (
        "Si las cifras de sus días son las que se imprimieron ya no se puede saber: la cuenta no las tiene así."
    ),
}

RECEIPT_ANSWERS = {
    True: Answer(
        "success",
        "El comprobante es auténtico",
        "{distributor.name} lo generó con ese radicado, ese día y esa cantidad, y no fue alterado. Si sigue en "
        "firme lo dice la"
        " cuenta del cliente.",
    ),
    False: Answer(
        "error",
        "No podemos decir que este comprobante sea auténtico",
        "Los datos no corresponden a un comprobante generado por {distributor.name}. Revise que los escribió "
        "como están impresos,"
        " también el día y la cantidad. Si así están en el papel, el papel no es nuestro o fue alterado.",
    ),
}

SHEET_MISSING = "Elija la hoja del mes (CSV o Excel) o el PDF del estado de cuenta."
PROOF_WORDS = {
    Refusal.PROOF_SHEET: (
        "Ese archivo no es la hoja de un mes. Descárguela de la cuenta de balance, en CSV o Excel, y tráigala sin "
        "cambiarle los títulos. Un PDF de antes no trae sus días: descárguelo otra vez."
    ),
    Refusal.PROOF_MONTHS: "La hoja debe traer los días seguidos de un solo mes. Descargue la de un mes.",
    Refusal.PROOF_SEVERAL_POINTS: (
        "Los comprobantes son de varios puntos y no se sabe de cuál es la hoja. Traiga solo los del punto de la hoja, "
        "o el PDF de su estado de cuenta, que dice de cuál es."
    ),
    Refusal.PROOF_LINES: "Son demasiadas líneas{of_file}: hasta {most}. Traiga solo las de los comprobantes.",
    Refusal.PROOF_TOO_MANY: "Son demasiados: hasta {most} de una vez. Traiga solo los de ese mes.",
    Refusal.PROOF_FILE_TOO_LARGE: "Un archivo pesa demasiado: hasta {kilobytes} kB cada uno.",
    Refusal.PROOF_RECEIPT_FILE: (
        "«{name}» no trae los datos de un comprobante. Descárguelo otra vez de su página, o escriba abajo lo que tiene "
        "impreso."
    ),
    Refusal.PROOF_LINE_NUMBER: (
        "En la línea {line}{of_file} el radicado dice «{typed}». Va primero, como está impreso: "
        "{distributor.nomination_series}-2026-000123."
    ),
    Refusal.PROOF_LINE_CODE: (
        "En la línea {line}{of_file} el código de verificación dice «{typed}». Va después del radicado y tiene tres "
        "grupos de cuatro letras y números, como 7K2M-9QXT-4B8C."
    ),
    Refusal.PROOF_LINE_DAY: "En la línea {line}{of_file} el día de gas dice «{typed}». {why}",
    Refusal.PROOF_LINE_QUANTITY: (
        "En la línea {line}{of_file} la cantidad dice «{typed}». Va de última, como está impresa: 12.500 o 250,5, con "
        "o sin unidad. En una anulación, Anulada."
    ),
    Refusal.PROOF_LINE_SHORT: (
        "A la línea {line}{of_file} le faltan partes de un comprobante; la última que trae dice «{typed}». Escriba "
        "radicado, código de verificación, día de gas y cantidad, en ese orden y separados por punto y coma."
    ),
}
# Tone and words of a chip.
DAY_VERDICTS = {
    DayVerdict.AGREES: ("success", "Coincide"),
    DayVerdict.DIFFERS: ("error", "Difiere"),
    DayVerdict.NO_RECEIPT: ("warning", "Sin comprobante"),
    DayVerdict.NOT_NOMINATED: ("info", "Sin nominación"),
}
SUM_WORDS = {
    Sum.IMBALANCE: "el desbalance diario",
    Sum.MONTH_TO_DATE: "el acumulado del mes",
    Sum.TOTAL_TO_DATE: "el acumulado total",
    Sum.NOMINATED: "la nominación",
    Sum.AUTHORISED: "la cantidad autorizada",
    Sum.CONSUMED: "el consumo",
    Sum.WHOLE_IMBALANCE: "el desbalance",
    Sum.WHOLE_MONTH: "el acumulado del mes",
    Sum.ADJUSTMENT: "el ajuste",
    Sum.CLOSING: "el acumulado total",
    Sum.VARIATION: "la variación",
    Sum.TOLERANCE: "la tolerancia",
    Sum.WEEKDAY: "el día de la semana",
    Sum.NOTE: "una nota",
    Sum.NOMINATED_OF_DAY: "la nominación",
    Sum.AUTHORISED_OF_DAY: "la cantidad autorizada",
    Sum.CONSUMED_OF_DAY: "el consumo",
    Sum.DAYS: "el número de días",
    Sum.DAYS_OUT: "el número de días fuera",
}
PART_WORDS = {
    Part.MEASURED: "Fila de totales",
    Part.PENDING: "Fila de los días por medir",
    Part.BALANCE: "Fila del saldo",
}


class Recomputed(StrEnum):
    """Part of a sheet that was recomputed from the rest of it."""

    DAYS = "days"
    VARIATION = "variation"
    SUMS = "sums"
    OTHER = "other"
    CONVERSION = "conversion"
    WEEKDAY = "weekday"


RECOMPUTED = {
    Recomputed.DAYS: "desbalance diario, acumulado del mes y acumulado total",
    Recomputed.VARIATION: "variación",
    Recomputed.SUMS: "totales y días por medir",
    Recomputed.OTHER: "las mismas cuentas en la segunda unidad",
    Recomputed.CONVERSION: "paso de una unidad a la otra con el poder calorífico de cada día",
    Recomputed.WEEKDAY: "día de la semana",
}
# What no paper of the customer's proves; said only where the sheet has it, None for every sheet.
TAKEN_AS_SAID = {
    None: "el saldo anterior, lo autorizado, los consumos y los ajustes",
    Recomputed.CONVERSION: "el poder calorífico",
    Recomputed.VARIATION: (
        "si el día quedó dentro o fuera, porque la hoja no trae la tolerancia del contrato; el estado, «¿Completo?» y "
        "las demás notas"
    ),
}
