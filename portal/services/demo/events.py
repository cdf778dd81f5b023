"""Events that the demonstration always shows, on days counted back from today."""

from __future__ import annotations

from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.readings import AdjustmentReason

# By the name of the point; each is the first of its contract, so that a small demonstration shows them too.
CUT_AT = "EDS El Morichal"
CORRECTED_AT, CORRECTED_DAYS_AGO = "EDS Piedemonte Centro", 20
ESTIMATED_AT, ESTIMATED_DAYS_AGO = "EDS La Garza", 5
GAP_AT, GAP_DAYS_AGO = "EDS Morichal Norte", 3
# Has no nomination for tomorrow, while others have, nor for one day of last week.
NOT_NOMINATED_AT, NOT_NOMINATED_DAYS_AGO = "EDS Vuelta Larga", 6
# Before noon about half of the points have nominated for tomorrow: these, and every second one of the others.
ALWAYS_NOMINATED = frozenset({CUT_AT, CORRECTED_AT, ESTIMATED_AT})
# At the end of each gas year, 30 November, these bring their account near zero.
NETTED = frozenset({CUT_AT, CORRECTED_AT, "EDS Alcaraván Terminal", "Planta extractora El Cumare", "EDS Sabana Nueva"})
# Days without measurement and estimate: from there on the account is marked as incomplete.
OLD_GAPS = {"EDS Laguna Clara": ("2023-04-09", "2023-04-10"), "Secadora El Congrio": ("2025-08-17",)}

ADJUSTMENTS = {
    "EDS La Garza": (45, AdjustmentReason.PAYBACK, 1_500, "Devolución de gas acordada en el acta de balance"),
    "Molino La Cachamera": (33, AdjustmentReason.COMPENSATION, -2_750, "Compensación por interrupción programada"),
    "EDS Alcaraván Terminal": (12, AdjustmentReason.CORRECTION, 820, "Corrección por cambio de medidor"),
}
NETTING_NOTE = "Cruce de cuentas del año de gas {first}–{last}"

CUT_REASONS = (CutReason.CCD, CutReason.PCC, CutReason.CPR, CutReason.FMJ)
CORRECTION_REASONS = (
    "Cambio de medidor: se recalculó con el certificado de calibración",
    "Error de transmisión de la telemetría, leído en sitio",
    "Factor de corrección de presión mal configurado",
)


def find_cut_day(today: GasDay) -> GasDay:
    """Return the day of the cut: yesterday, or today on the first of a month, so that it lies in this month."""
    return today if today.date.day == 1 else today.plus(-1)
