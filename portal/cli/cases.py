"""``portal cases``: take the mails that wait in the box of PQR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from portal.config import Settings
from portal.services.cases import pqr
from portal.services.mail.inbox import Apart, BadBox, BoxAddress, BoxAway, open_box
from portal.services.mail.smtp import MailServer

from .folders import shown
from .installation import opened, server_of

APART = {
    Apart.TOO_LARGE: "too large",
    Apart.EMPTY: "empty",
    Apart.UNREADABLE: "cannot be read",
    Apart.NO_SENDER: "no sender",
    Apart.AUTOMATIC: "sent by a program, not answered",
    Apart.ID_TWICE: "another message under a Message-ID that was taken",
    Apart.TOO_MANY: "its address sent as many today as are taken by themselves",
}


@click.group()
def cases() -> None:
    """Look after cases (PQR)."""


@cases.command()
def intake() -> None:
    """File each new mail of PORTAL_INTAKE_URL as a case, with its files, or add it to the case that it answers.

    What is taken is marked in the box; what is no case is set apart there, told to the supervisors, and never answered
    when a program sent it. Again at once it does nothing. Status 0 when every mail was taken or set apart.
    """
    with opened() as portal:
        address = address_of(portal.settings)
        if address is None:
            raise click.ClickException("PORTAL_INTAKE_URL is not set: it names the box of mail (.env.example).")
        counts = dict.fromkeys(("filed", "added", "there", "apart"), 0)
        with _named_errors(), open_box(address) as box, portal.sessions() as session:
            own = own_addresses(portal.settings, server_of(portal))
            for result in pqr.take_waiting(session, box=box, clock=portal.settings.clock, own=own):
                kind, line = words_of(result)
                if kind:
                    counts[kind] += 1
                click.echo(line)
        click.echo(
            f"{counts['filed']} filed, {counts['added']} added to their cases, {counts['there']} known already, "
            f"{counts['apart']} set apart."
        )


def address_of(settings: Settings) -> BoxAddress | None:
    """Return the address of the box; None without the setting. ``ClickException`` for one that is malformed."""
    if settings.intake_url is None:
        return None
    try:
        return BoxAddress.of(settings.intake_url)
    except BadBox as error:
        raise click.ClickException(str(error)) from error


def own_addresses(settings: Settings, server: MailServer | None) -> frozenset[str]:
    """Return the portal's own addresses, in lower case: mail from them is automatic."""
    found = (settings.intake_address, None if server is None else server.sender)
    return frozenset([address.lower() for address in found if address])


def words_of(result: pqr.Result) -> tuple[str, str]:
    """Return under what a message is counted ("" for one that was gone), and its line."""
    name = shown(result.waiting.name)
    if result.apart is not None:
        return "apart", f"{name}: set apart, {APART[result.apart]}"
    taken = result.taken
    if taken is None:
        return "", f"{name}: gone, another process took it"
    if taken.was_there:
        return "there", f"{name}: known already, {taken.filing_number}"
    files = f", files kept {taken.kept}, not kept {taken.left_out}" if taken.kept or taken.left_out else ""
    kind, said = ("filed", "filed as") if taken.is_new else ("added", "added to")
    return kind, f"{name}: {said} {taken.filing_number}{files}"


@contextmanager
def _named_errors() -> Iterator[None]:
    """Give the error of a box as one line."""
    try:
        yield
    except BoxAway as error:
        raise click.ClickException(f"The box of mail cannot be used: {error}") from error
