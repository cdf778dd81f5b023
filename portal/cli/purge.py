"""``portal purge``: what is kept no longer by the settings, told first and removed then."""

from __future__ import annotations

import click

from portal.domain.gas_day import BOGOTA
from portal.domain.settings import FOR_EVER
from portal.services.ops import retention
from portal.services.store.acts import Act

from .installation import ACTOR, opened
from .progress import Stages


@click.command()
@click.option("--yes", is_flag=True, help="Remove it; unless told, it is only counted.")
def purge(*, yes: bool) -> None:
    """Tell what is past its days by kind, with the oldest that stays; --yes removes it.

    For how many days a kind is kept is set at /consola/ajustes, from a gas day on; without a setting it is kept for
    ever. Never removed: nominations, readings, balances, audit, all that is append-only, every mail about a case.
    """
    with opened() as portal, portal.sessions() as session:
        act = Act.at(session, ACTOR, portal.now())
        if yes:
            with Stages() as stages:
                found = retention.remove(act, progress=stages)
        else:
            found = retention.preview(act)
    for due in found:
        oldest = "none" if due.oldest_kept is None else f"{due.oldest_kept.astimezone(BOGOTA):%Y-%m-%d}"
        days = "kept for ever" if due.days == FOR_EVER else f"kept for {due.days} days"
        click.echo(f"{due.part}: {due.count} {'removed' if yes else 'due'}; {days}; oldest that stays: {oldest}")
    if not yes and any(due.count for due in found):
        click.echo("Nothing was removed: add --yes.")
