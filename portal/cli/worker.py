"""``portal worker``: sends what waits in the outbox."""

from __future__ import annotations

import signal
import threading
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from portal.services import mail_delivery
from portal.services.smtp import BadMailServer, MailServer

from .commands import first_line
from .opening import Portal, opened

PAUSE_SECONDS = 5.0


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now and end; status 1 when a mail was put off.")
def worker(once: bool) -> None:
    """Send the mails of the outbox by PORTAL_SMTP_URL, again and again until told to stop.

    A mail that the server does not take is tried again, after one minute at first and six hours at most.
    """
    with opened() as portal:
        if portal.settings.smtp_url is None:
            _say_that_mail_stays(portal)
            return
        host = urlsplit(portal.settings.base_url).hostname or "localhost"
        try:
            server = MailServer.of(portal.settings.smtp_url, default_sender=f"no-responder@{host}")
        except BadMailServer as error:
            raise click.ClickException(str(error)) from error
        if once:
            with portal.sessions() as session:
                sent, put_off = _send_due(session, portal, server, threading.Event())
            click.echo(f"{sent} sent, {put_off} put off.")
            if put_off:
                raise click.exceptions.Exit(1)
            return
        _run(portal, server)


def _run(portal: Portal, server: MailServer) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    click.echo(f"Sending mail by {server.host}:{server.port}; Ctrl+C stops.", err=True)
    while not stop.is_set():
        try:
            with portal.sessions() as session:
                _send_due(session, portal, server, stop)
        except (OperationalError, InterfaceError) as error:
            # The database comes back by itself; the mail waits in it.
            click.echo(f"The database cannot be used: {first_line(error)}", err=True)
        stop.wait(PAUSE_SECONDS)


def _send_due(session: Session, portal: Portal, server: MailServer, stop: threading.Event) -> tuple[int, int]:
    sent = put_off = 0
    while not stop.is_set():
        went = mail_delivery.send_next(session, carry=server.carry, clock=portal.settings.clock)
        if went is None:
            break
        sent, put_off = sent + went, put_off + (not went)
    return sent, put_off


def _say_that_mail_stays(portal: Portal) -> None:
    with portal.sessions() as session:
        count = mail_delivery.waiting(session)
    if portal.settings.is_production:
        raise click.ClickException(f"PORTAL_SMTP_URL is not set: {count} mails wait in the outbox.")
    click.echo(
        f"PORTAL_SMTP_URL is not set: {count} mails stay in the outbox; the portal shows new ones on its terminal."
    )
