"""``portal adjustments``: a dated movement of the balance account."""

from __future__ import annotations

import click

from portal.domain.quantities import BadQuantity, Quantity, Unit, parse_quantity, plain
from portal.domain.readings import AdjustmentReason
from portal.domain.searched import comparable
from portal.domain.typed_text import as_typed
from portal.models import DeliveryPoint
from portal.services.ledger import adjustments as movements
from portal.services.store.acts import Act

from .installation import ACTOR, delivery_point, gas_day, opened, staff_member

# Spanish names of the sheet, or names of the code.
REASONS = {
    "cruce": AdjustmentReason.NETTING,
    "devolucion": AdjustmentReason.PAYBACK,
    "compensacion": AdjustmentReason.COMPENSATION,
    "correccion": AdjustmentReason.CORRECTION,
    **{reason.value: reason for reason in AdjustmentReason if reason is not AdjustmentReason.OPENING},
}
UNITS = {"m3": Unit.M3, "mbtu": Unit.MBTU}


@click.group()
def adjustments() -> None:
    """Adjustments of the account."""


@adjustments.command()
@click.option("--point", "point_id", required=True, help="The point's id or carrier's code.")
@click.option("--day", required=True, help="The gas day, as 2026-11-03 or 03/11/2026.")
@click.option("--reason", required=True, help="cruce, devolución, compensación or corrección.")
@click.option("--quantity", required=True, help="By how much: 1500 in the customer's favour, -1500 against it.")
@click.option("--unit", help="m3 or MBTU; the point's own when nothing is said.")
@click.option("--note", required=True, help="What it is; the customer reads it.")
@click.option("--by", "email", help="Who records it: the e-mail of a staff account.")
def add(point_id: str, day: str, reason: str, quantity: str, unit: str | None, note: str, email: str | None) -> None:
    """Move the account of a point on a day of an open month; every later balance follows."""
    on = gas_day(day)
    known = REASONS.get(comparable(reason))
    if known is None:
        raise click.ClickException(f"{reason} is no reason; write cruce, devolución, compensación or corrección.")
    with opened() as portal, portal.sessions() as session:
        point = delivery_point(session, point_id, day=on)
        row_id, name, amount = point.id, point.name, _signed(quantity, _unit(unit, point))
        recorded = movements.record(
            Act.at(session, ACTOR if email is None else staff_member(session, email), portal.now()),
            delivery_point_id=row_id,
            gas_day=on,
            reason=known,
            quantity=amount,
            note=note,
        )
        click.echo(f"{name}, {on}: {plain(recorded.quantity_m3)} m3, {plain(recorded.quantity_mbtu)} MBTU.")


def _unit(text: str | None, point: DeliveryPoint) -> Unit:
    if text is None:
        return point.unit
    unit = UNITS.get(comparable(text))
    if unit is None:
        raise click.ClickException(f"{text} is no unit of an account; write m3 or MBTU.")
    return unit


def _signed(text: str, unit: Unit) -> Quantity:
    """Return the typed quantity, negative after a minus."""
    typed = as_typed(text)
    try:
        amount = parse_quantity(typed.removeprefix("-"), unit)
    except BadQuantity as error:
        raise click.ClickException(f"{text} is no quantity in {unit.value}; write 1500 or -1500.") from error
    return -amount if typed.startswith("-") else amount
