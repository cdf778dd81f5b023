"""Spanish words of odd figures."""

from __future__ import annotations

from portal.domain.oddities import TIMES, Oddity

ODDITY_WORDS = {
    Oddity.ABOVE_MAXIMUM: "pasa del máximo del medidor o del contrato",
    Oddity.TIMES_MORE: f"{TIMES} veces o más lo usual",
    Oddity.TIMES_LESS: "la tercera parte o menos de lo usual",
    Oddity.ZERO: "cero, y este punto no los tiene",
    Oddity.STUCK: "la misma cifra por tercer día",
    Oddity.SAME_AS_BEFORE: "la misma del día anterior, que en este punto no se repite",
    Oddity.UNUSUAL: "lejos de lo usual para ese día",
    Oddity.GATE_SUM: "la suma de su puerta no cuadra con lo que la puerta midió, y esta es la que más la aleja",
}
