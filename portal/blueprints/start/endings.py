"""Last day of a point on the start page, while a day of it can still be nominated, re-nominated or looked at."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.models import DeliveryPoint

# Said of tomorrow, today and yesterday, by the days from today.
_SAID = {
    1: "Mañana, {day}, es su último día de servicio.",
    0: "Hoy, {day}, es su último día de servicio: mañana ya no hay qué nominar.",
    -1: "Ayer, {day}, fue su último día de servicio: ya no hay qué nominar.",
}


def ending_words(point: DeliveryPoint, today: GasDay) -> str:
    """Return that the last day of a point is near, by its own end or its contract's; blank where it is not."""
    ends = [each.ends_on for each in (point, point.contract) if each.ends_on is not None]
    if not ends:
        return ""
    last = min(ends).plus(-1)
    said = _SAID.get((last.date - today.date).days)
    return "" if said is None else said.format(day=day_words(last))
