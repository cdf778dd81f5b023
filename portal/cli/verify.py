"""``portal verify``: every verification, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy.orm import Session

from portal.services import ledger as projection
from portal.services import market
from portal.services.ledger import closings
from portal.services.ops import anchors, audit_search, cross_checks
from portal.services.ops.anchors import Required
from portal.services.trace import receipts as chain
from portal.services.trace import sealed_rows

from .audit import required
from .installation import opened

Check = Callable[[Session], str | None]

# Names for failures. The ledger comes last: it relies on correct rows.
RECEIPTS: tuple[tuple[str, Check], ...] = (
    ("The receipts do not hold", chain.verify),
    ("The receipts do not hold", cross_checks.verify_receipts),
)
LEDGER: tuple[tuple[str, Check], ...] = (
    ("The balances do not hold", projection.verify),
    ("The statements do not hold", closings.verify),
    ("The rows do not hold", cross_checks.verify_versions),
    ("The rows do not hold", anchors.verify_rows),
    ("The rows do not hold", sealed_rows.verify),
    ("The public board does not hold", market.punctuality.verify),
)


@click.command()
def verify() -> None:
    """Verify balances, statements, receipts, audit, anchors, the public board; status 1 and the first wrong thing."""
    with opened() as portal, portal.sessions() as session:
        verify_all(session, required=required(portal))


def verify_all(session: Session, *, required: Required) -> None:
    """Run every verification and say what holds; raises ``ClickException`` with the first thing that does not."""
    outcome, events = audit_search.check_chain(session, required=required)
    if outcome.broken is not None:
        raise click.ClickException(f"The audit chain does not hold: {outcome.broken}.")
    click.echo(f"The audit chain of {events} events holds; {outcome.count} anchors agree with it.")
    first_of(session, RECEIPTS)
    click.echo("Every receipt, number, revision and event of a nomination agrees.")
    first_of(session, LEDGER)
    click.echo("Every balance, every closed month and every anchored row is what it was.")


def first_of(session: Session, checks: tuple[tuple[str, Check], ...]) -> None:
    """Run the checks in order; raises ``ClickException`` with the first difference."""
    for words, check in checks:
        difference = check(session)
        if difference is not None:
            raise click.ClickException(f"{words}: {difference}.")
