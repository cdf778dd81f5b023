"""Transfer of a balance from the account of a point to that of the point that goes on from it (adr/0135)."""

from __future__ import annotations

from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Gas
from portal.domain.readings import AdjustmentReason
from portal.models import DeliveryPoint
from portal.services.store.acts import Act

from . import adjustments, closings


def write(act: Act, *, before: DeliveryPoint, after: DeliveryPoint, gas_day: GasDay, gas: Gas) -> None:
    """Take ``gas`` out of one account and put it into the other, exactly in both units, by two adjustments.

    Inside the caller's transaction, which holds both accounts. It leaves on the day before ``gas_day`` and arrives on
    that day, each on the first open day where a closed month holds it. Nothing is written for zero.
    """
    if gas == Gas.zero():
        return
    closed = closings.find_closed_months(act.session, delivery_point_ids=[before.id, after.id])
    note = f"Saldo que sigue en otra cuenta desde el {day_words(gas_day.date)}"
    left_on, came_on = gas_day.plus(-1), gas_day
    if before.id in closed and left_on <= closed[before.id].last:
        left_on = max(gas_day, closed[before.id].last.plus(1))
    if after.id in closed and came_on <= closed[after.id].last:
        came_on = closed[after.id].last.plus(1)
    adjustments.write_gas(act, point=before, gas_day=left_on, reason=AdjustmentReason.TRANSFER, gas=-gas, note=note)
    note = f"Saldo de la cuenta de antes del {day_words(gas_day.date)}"
    adjustments.write_gas(act, point=after, gas_day=came_on, reason=AdjustmentReason.TRANSFER, gas=gas, note=note)
