"""``portal ledger``: verifies the figures in force against their rows, or rebuilds them."""

from __future__ import annotations

import click

from portal.services import ledger as projection
from portal.services.ledger import closings
from portal.services.ops import anchors, cross_checks
from portal.services.trace import sealed_rows

from .installation import opened
from .progress import Stages


@click.group()
def ledger() -> None:
    """Daily and monthly balances."""


@ledger.command()
def verify() -> None:
    """Recompute every balance and closed month; status 1 and the first difference when one is not right.

    The rows they are made of are compared with the anchors.
    """
    with opened() as portal, portal.sessions() as session:
        difference = (
            projection.verify(session)
            or closings.verify(session)
            or cross_checks.verify_versions(session)
            or anchors.verify_rows(session)
            or sealed_rows.verify(session)
        )
    if difference is not None:
        raise click.ClickException(difference)
    click.echo("Every daily and monthly balance and every closed month is what the rows say.")


@ledger.command()
def rebuild() -> None:
    """Make every balance anew, point by point."""
    with opened() as portal, portal.sessions() as session, Stages() as stages:
        projection.rebuild(session, progress=stages.stage("Delivery points"))
    click.echo("Every daily and monthly balance was made anew.")
