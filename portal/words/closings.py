"""Refusals of a closed month and of an adjustment, in Spanish."""

from __future__ import annotations

from portal.services.store.refusals import Refusal

CLOSING_WORDS = {
    Refusal.MONTH_NOT_OVER: "El mes no ha terminado: se cierra desde el primer día del siguiente.",
    Refusal.MONTH_NOT_SERVED: "En ese mes no se entregó gas en este punto.",
    Refusal.MONTH_CLOSED: "La cuenta está cerrada hasta {month}. Pida una corrección posterior al cierre.",
    Refusal.MONTH_OPEN: "El mes de ese día no está cerrado: corríjalo con una medición en estado A.",
    Refusal.MONTH_OUT_OF_ORDER: "Los meses se cierran en orden: primero {month}.",
    Refusal.READINGS_MISSING: "Faltan mediciones de ese mes: {days}. Estímelas antes de cerrar.",
    Refusal.NO_READING: "Ese día no tiene medición que corregir.",
    Refusal.NOTHING_CHANGES: "Esa es la medición que ya vale: escriba la correcta.",
    Refusal.REASON_MISSING: "Escriba el motivo; el cliente lo lee.",
    Refusal.REASON_TOO_LONG: "El motivo tiene más de {most} caracteres: acórtelo.",
    Refusal.CORRECTION_PENDING: "Ya hay una corrección de ese día que espera decisión.",
    Refusal.VALUE_DAY_OPEN: "Ese día no está en un mes cerrado de ese punto de salida: registre el valor a mano.",
    Refusal.VALUE_UNCHANGED: "Ese es el valor que ya tiene el día: escriba el correcto.",
    Refusal.VALUE_BY_SUPERVISOR: "La corrección de un poder calorífico la decide un supervisor.",
    Refusal.OWN_REQUEST: "La decide otra persona: nadie aprueba lo que pidió.",
    Refusal.SUPERVISOR_NEEDED: "Pasaron más de cinco meses desde ese día: lo aprueba un supervisor.",
    Refusal.EXCEPTION_INCOMPLETE: "La excepción lleva la cláusula y la prueba del dolo; el cliente las lee.",
    Refusal.EXCEPTION_NOT_NEEDED: (
        "La excepción es solo para un consumo mayor de hace más de cinco meses: déjela en «Ninguna» y sin motivo."
    ),
    Refusal.EXCEPTION_BY_SUPERVISOR: "La excepción de las cláusulas 51 y 68 la pide un supervisor.",
    Refusal.NOTE_MISSING: "Escriba la nota del ajuste; el cliente la lee.",
    Refusal.NOTE_TOO_LONG: "La nota tiene más de {most} caracteres: acórtela.",
    Refusal.QUANTITY_ZERO: "Un ajuste de cero no mueve la cuenta: escriba la cantidad.",
    Refusal.ADJUSTMENT_KIND: "Elija cruce, devolución o compensación.",
    Refusal.NETTING_POINT: "Elija otro punto de la misma empresa que lleve su cuenta en la misma unidad.",
    Refusal.NETTING_TOO_MUCH: (
        "Un cruce lleva lo que un punto tiene a favor a lo que el otro tiene en contra: entre los dos caben {largest}."
    ),
    Refusal.ADJUSTMENT_BY_SUPERVISOR: "Un ajuste sobre el límite lo decide un supervisor.",
    Refusal.DAY_TO_COME: "Ese día de gas no ha llegado: hoy es {today}.",
    Refusal.DAY_NOT_SERVED: "La cuenta de este punto empieza el {first}.",
}
