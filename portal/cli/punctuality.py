"""``portal punctuality``: verifies the public board of the distributor's own deadlines, or counts it anew."""

from __future__ import annotations

import click

from portal.services import market
from portal.services.store.acts import Act

from .installation import opened
from .progress import Stages


@click.group()
def punctuality() -> None:
    """Public board of how the distributor kept its own deadlines."""


@punctuality.command()
def verify() -> None:
    """Count every month again from its rows; status 1 and the first difference when one is not right."""
    with opened() as portal, portal.sessions() as session:
        difference = market.punctuality.verify(session)
    if difference is not None:
        raise click.ClickException(f"{difference}; count it anew with '.venv/bin/portal punctuality rebuild'.")
    click.echo("Every month of the board is what the rows say.")


@punctuality.command()
def rebuild() -> None:
    """Count the last twelve months anew, up to the last midnight in Colombia."""
    with opened() as portal, portal.sessions() as session, Stages() as stages:
        months = market.punctuality.rebuild(Act.of_system(session, portal.now()), progress=stages.stage("Months"))
    click.echo(f"{months} months were counted anew.")
