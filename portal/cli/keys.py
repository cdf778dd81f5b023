"""``portal keys``: issues a key and shows it once."""

from __future__ import annotations

import click
from sqlalchemy import or_, select

from portal.domain.gas_day import GasDay
from portal.domain.keys import print_numeric_key, print_web_key
from portal.models import Contract
from portal.services import keys as access_keys
from portal.services.store.acts import Act

from .installation import ACTOR, delivery_point, opened


@click.group()
def keys() -> None:
    """Web keys of contracts and numeric keys of delivery points."""


@keys.command()
@click.option("--contract", "number", help="Issue the web key of the contract with this number.")
@click.option("--delivery-point", "point_id", help="Issue the numeric key of the point with this id or carrier's code.")
@click.option("--compromised", is_flag=True, help="End the key before it at once, not at the first use of this one.")
def issue(number: str | None, point_id: str | None, compromised: bool) -> None:
    """Issue the next version of a key and print it; nobody can read it again."""
    if (number is None) == (point_id is None):
        raise click.UsageError("Give either --contract or --delivery-point.")
    with opened() as portal, portal.sessions() as session:
        contract = point = None
        if number is not None:
            contract = session.scalars(
                select(Contract).where(or_(Contract.number == number, Contract.public_id == number))
            ).one_or_none()
            if contract is None:
                raise click.ClickException(f"No contract has the number {number}.")
        elif point_id is not None:
            point = delivery_point(session, point_id, day=GasDay.of(portal.now()))
        plain = access_keys.issue(
            Act.at(session, ACTOR, portal.now()), contract=contract, delivery_point=point, compromised=compromised
        )
        click.echo("Shown this once; unused, it ends after 30 days:", err=True)
        click.echo(print_web_key(plain) if contract else print_numeric_key(plain))
