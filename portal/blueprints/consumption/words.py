"""Words of the consumption alarm."""

from __future__ import annotations

from portal.domain.deviations import Finding
from portal.services.store.refusals import Refusal

FINDING_TITLES = {
    Finding.ABOVE: ("warning", "Consumo por encima del límite"),
    Finding.BELOW: ("warning", "Consumo por debajo del límite"),
    Finding.NORMAL: ("success", "Consumo dentro de los límites"),
    Finding.TOO_FEW_PERIODS: ("info", "Todavía no hay con qué comparar"),
    Finding.INCOMPLETE: ("info", "Faltan mediciones de este mes"),
    Finding.NOT_OVER: ("info", "El mes no ha terminado"),
}

WORDS = {
    Refusal.NO_SUCH_MONTH: "Elija meses de la lista, de enero a diciembre.",
    Refusal.NOTE_MISSING: "Escriba por qué cambia su consumo en esos meses; por ejemplo, cosecha o mantenimiento.",
    Refusal.NOTE_TOO_LONG: "El motivo tiene más de {most} caracteres: acórtelo.",
    Refusal.NOT_APPROVED: (
        "Su cuenta puede consultar este contrato, pero todavía no puede declarar nada: otra cuenta lo abrió primero y "
        "su empresa tiene que aprobar la suya."
    ),
}
