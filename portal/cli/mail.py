"""``portal mail``: the outbox, and mails that did not leave once more."""

from __future__ import annotations

import click

from portal.services.mail import outbox_desk
from portal.services.mail.outbox_desk import Lot
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict, NotFound

from . import lists
from .installation import opened, staff_member


@click.group()
def mail() -> None:
    """Mails of the outbox."""


@mail.command("list")
@click.option(
    "--state",
    type=click.Choice([lot.value for lot in Lot]),
    default=Lot.FAILING.value,
    show_default=True,
    help="Never tried, put off, given up, or sent.",
)
@click.option("--kind", help="Only those of this kind.")
@lists.limited
@lists.as_objects
def list_mails(state: str, kind: str | None, limit: int, as_json: bool) -> None:
    """List the newest mails of a state: number, kind, recipient, when written, attempts, next one, last error.

    Never what they say.
    """
    with opened() as portal, portal.sessions() as session:
        found = outbox_desk.list_recent(session, lot=Lot(state), kind=kind, most=limit)
    lists.write(
        (
            {
                "mail": message.id,
                "kind": message.kind,
                "port": message.port.value,
                "recipient": message.recipient,
                "created_at": message.created_at,
                "attempts": message.attempts,
                "sent_at": message.sent_at,
                "next_attempt_at": None if message.sent_at else message.next_attempt_at,
                "last_error": message.last_error,
            }
            for message in found
        ),
        as_json=as_json,
    )


@mail.command()
@click.argument("numbers", nargs=-1, type=click.IntRange(1))
@click.option("--state", type=click.Choice([Lot.FAILING.value, Lot.GIVEN_UP.value]), help="All of this state instead.")
@click.option("--limit", type=click.IntRange(1, lists.MOST), default=100, show_default=True, help="Of a state at most.")
@lists.by_whom
def retry(numbers: tuple[int, ...], state: str | None, limit: int, email: str) -> None:
    """Make mails due at once: those with NUMBERS, or those of a state; one given up gets one more attempt.

    Status 1 when one of NUMBERS is not there or was sent; the others are due.
    """
    if bool(numbers) == (state is not None):
        raise click.UsageError("Give the numbers of mails, or --state.")
    refused = []
    with opened() as portal, portal.sessions() as session:
        act = Act.at(session, staff_member(session, email), portal.now())
        wanted = numbers
        if state is not None:
            found = outbox_desk.list_recent(session, lot=Lot(state), most=limit)
            wanted = tuple(message.id for message in reversed(found))
        for number in wanted:
            try:
                outbox_desk.retry(act, message_id=number)
            except (NotFound, Conflict) as error:
                refused.append(f"{number} was sent" if isinstance(error, Conflict) else f"{number} is not there")
    click.echo(f"{len(wanted) - len(refused)} due at once.")
    if refused and state is None:
        raise click.ClickException(f"{', '.join(refused)}.")
