"""``portal corrections``: corrections of closed months, by two people."""

from __future__ import annotations

import click
from sqlalchemy import select

from portal.domain.quantities import BadQuantity, Unit, parse_quantity, plain
from portal.models import DeliveryPoint, LateCorrection
from portal.services.ledger import closings
from portal.services.store.acts import Act

from .installation import delivery_point, gas_day, opened, staff_member


@click.group()
def corrections() -> None:
    """Corrections of closed months."""


@corrections.command()
@click.option("--point", "point_id", required=True, help="The point's id or carrier's code.")
@click.option("--day", required=True, help="The gas day, as 2026-09-03 or 03/09/2026.")
@click.option("--volume", required=True, help="The right consumption, in m³.")
@click.option("--reason", required=True, help="Why; the customer reads it.")
@click.option("--by", "email", required=True, help="Who asks: the e-mail of a staff account.")
def request(point_id: str, day: str, volume: str, reason: str, email: str) -> None:
    """Ask for a correction; another person has to approve it."""
    on = gas_day(day)
    try:
        right = parse_quantity(volume, Unit.M3)
    except BadQuantity as error:
        raise click.ClickException(f"{volume} is no quantity in m³; write 4900.") from error
    with opened() as portal, portal.sessions() as session:
        point = delivery_point(session, point_id, day=on).id
        actor = staff_member(session, email)
        asked = closings.request(
            Act.at(session, actor, portal.now()), delivery_point_id=point, gas_day=on, volume=right, reason=reason
        )
        click.echo(f"{asked.public_id}: waits for the approval of another person.")


@corrections.command("list")
def list_pending() -> None:
    """List the corrections that wait for a second person."""
    with opened() as portal, portal.sessions() as session:
        found = closings.list_pending(session)
        names = {point.id: point.name for point in session.scalars(select(DeliveryPoint)).unique()}
        for asked in found:
            click.echo(
                f"{asked.public_id}  {names[asked.delivery_point_id]}  {asked.gas_day}  "
                f"{plain(asked.replaced_m3)} -> {plain(asked.volume_m3)} m3  {asked.reason}"
                + (f"  (clause {asked.exception_clause}: {asked.exception_reason})" if asked.exception_clause else "")
            )
    if not found:
        click.echo("Nothing waits.")


@corrections.command()
@click.argument("correction")
@click.option("--by", "email", required=True, help="Who approves: the e-mail of another staff account.")
def approve(correction: str, email: str) -> None:
    """Approve a correction: an adjustment in the open month, or the closed ones stated again, by contract."""
    decided = _decide(correction, email, approve=True)
    done = (
        "not charged, for more than five months have passed" if decided.treatment is None else decided.treatment.value
    )
    click.echo(f"{correction}: approved, {done}.")


@corrections.command()
@click.argument("correction")
@click.option("--by", "email", required=True, help="Who rejects: the e-mail of another staff account.")
def reject(correction: str, email: str) -> None:
    """Reject a correction; nothing changes."""
    _decide(correction, email, approve=False)
    click.echo(f"{correction}: rejected.")


def _decide(correction: str, email: str, *, approve: bool) -> LateCorrection:
    with opened() as portal, portal.sessions() as session:
        actor = staff_member(session, email)
        decided = closings.decide(Act.at(session, actor, portal.now()), public_id=correction, approve=approve)
        session.refresh(decided)
        return decided
