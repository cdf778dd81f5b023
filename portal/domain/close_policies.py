"""What a point nominates when nobody did by the close (domain.md §4)."""

from __future__ import annotations

from enum import StrEnum


class ClosePolicy(StrEnum):
    """The rule of a point: forecast from the same weekday, the last nomination again, or nothing."""

    FORECAST = "forecast"
    LAST = "last"
    ZERO = "zero"


# What happens to a day without nomination, said before it does: "si no la envía, …".
POLICY_WORDS = {
    ClosePolicy.FORECAST: "se nomina el pronóstico: la media de los últimos cuatro días iguales de la semana",
    ClosePolicy.LAST: "se repite la última nominación",
    ClosePolicy.ZERO: "se nomina cero",
}
