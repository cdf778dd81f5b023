"""The words of the consumption alarm."""

from __future__ import annotations

from portal.services.refusals import Refusal

WORDS = {
    Refusal.NO_SUCH_MONTH: "Elija meses de la lista, de enero a diciembre.",
    Refusal.NOTE_MISSING: "Escriba por qué cambia su consumo en esos meses; por ejemplo, cosecha o mantenimiento.",
    Refusal.NOTE_TOO_LONG: "El motivo tiene más de {most} caracteres: acórtelo.",
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar este contrato, pero todavía no puede declarar nada: otra cuenta lo abrió primero y "
        "su empresa tiene que aprobar la suya."
    ),
}
