"""The words of the sheet."""

from __future__ import annotations

from portal.domain.claims import ClaimState
from portal.domain.nominations import Channel, CutReason
from portal.domain.quantities import Quantity
from portal.domain.readings import AdjustmentReason, ReadingState

# The letter that marks a consumption, and what it says.
STATE_FLAGS = {
    ReadingState.PROVISIONAL: "P",
    ReadingState.CERTIFIED: "C",
    ReadingState.ESTIMATED: "E",
    ReadingState.CORRECTED: "A",
}
STATE_WORDS = {
    ReadingState.PROVISIONAL: "provisional, de telemetría",
    ReadingState.CERTIFIED: "certificado",
    ReadingState.ESTIMATED: "estimado, porque faltó la medición",
    ReadingState.CORRECTED: "ajustado después de certificado",
}
CUT_WORDS = {
    CutReason.CPR: "la contraparte confirmó menos",
    CutReason.CRN: "la contraparte no respondió",
    CutReason.PCC: "capacidad restringida en transporte",
    CutReason.CCD: "capacidad restringida en distribución",
    CutReason.EPM: "supera el máximo del punto",
    CutReason.EPS: "ya fluyó más de lo pedido",
    CutReason.FMJ: "fuerza mayor",
    CutReason.NGU: "sin nominación aguas arriba",
    CutReason.CNA: "contrato inactivo",
    CutReason.GQS: "calidad del gas",
}
ADJUSTMENT_WORDS = {
    AdjustmentReason.NETTING: "Cruce",
    AdjustmentReason.PAYBACK: "Devolución",
    AdjustmentReason.COMPENSATION: "Compensación",
    AdjustmentReason.CORRECTION: "Corrección",
}
CLAIM_WORDS = {
    ClaimState.OPEN: "abierto",
    ClaimState.IN_REVIEW: "en revisión",
    ClaimState.UPHELD: "procede",
    ClaimState.DISMISSED: "no procede",
}
CHANNEL_WORDS = {
    Channel.WEB: "portal",
    Channel.CALL: "llamada telefónica",
    Channel.OPERATOR: "operador de Llanogas",
    Channel.CARRIED_OVER: "sistema anterior",
}
FAVOUR, AGAINST = "a favor", "en contra"


def side(value: Quantity) -> str:
    """Return on whose side a balance is: gas not taken is the customer's; nothing for zero."""
    if value.micro == 0:
        return ""
    return FAVOUR if value.micro > 0 else AGAINST


def tone(value: Quantity) -> str:
    """Return the name of the colour that repeats ``side``."""
    if value.micro == 0:
        return ""
    return "favour" if value.micro > 0 else "against"


def days(count: int) -> str:
    """Return "1 día" or "22 días"."""
    return f"{count} día" if count == 1 else f"{count} días"
