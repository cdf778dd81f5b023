"""``portal receipts``: proof of the chains of receipts."""

from __future__ import annotations

import click

from portal.services.ops import cross_checks
from portal.services.trace import receipts as service

from .installation import opened


@click.group()
def receipts() -> None:
    """The receipts of what was signed."""


@receipts.command()
def verify() -> None:
    """Recompute the chain of every delivery point; status 1 and the first bad receipt when one does not hold.

    Every number of the yearly series has its row, every receipt its event in the audit, every day its head.
    """
    with opened() as portal, portal.sessions() as session:
        broken = service.verify(session) or cross_checks.verify_receipts(session)
    if broken is not None:
        raise click.ClickException(f"The receipts do not hold: {broken}.")
    click.echo("The chain of receipts of every delivery point holds.")
