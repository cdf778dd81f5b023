"""``portal days``: the close of gas days."""

from __future__ import annotations

import click

from portal.domain.nominations import ClosePolicy
from portal.services.nominations import day_closes
from portal.services.points import close_policies
from portal.services.store.acts import Act

from .installation import ACTOR, delivery_point, gas_day, opened


@click.group()
def days() -> None:
    """The close of gas days, and the rule of each point for those that nobody nominated."""


@days.command()
def close() -> None:
    """Apply every close that is due, as the worker does; what was applied before stays as it is."""
    with opened() as portal, portal.sessions() as session:
        applied = day_closes.apply_due(Act.of_system(session, portal.now()))
    for (day, modality), filled in applied.items():
        click.echo(f"{day.isoformat()} {modality.value}: {filled} points nominated by rule.")
    if not applied:
        click.echo("Nothing is due.")


@days.command()
@click.argument("point")
@click.argument("policy", type=click.Choice([each.value for each in ClosePolicy]))
@click.option("--from", "first", required=True, help="The first gas day it holds for, YYYY-MM-DD.")
def policy(point: str, policy: str, first: str) -> None:
    """Give POINT (its id) another rule from a gas day on."""
    with opened() as portal, portal.sessions() as session:
        begins = gas_day(first)
        found = delivery_point(session, point, day=begins)
        row = close_policies.set_policy(
            Act.at(session, ACTOR, portal.now()), point=found, policy=ClosePolicy(policy), valid_from=begins
        )
        click.echo(f"{found.name}: {row.policy.value} from {row.valid_from.isoformat()} on.")
