"""``portal worker``: reminds, applies the rules at the close, does the jobs, and sends what waits in the outbox."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

import click
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from portal import receipt_paper
from portal.models import Nomination
from portal.services import duties, job_runners, jobs, mail_delivery
from portal.services.mail_delivery import Attachment
from portal.services.smtp import BadMailServer, MailServer

from .commands import first_line
from .opening import Portal, opened

PAUSE_SECONDS = 5


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end; status 1 when a mail was put off.")
@click.option("--parent", type=int, hidden=True, help="End with this process, which started the worker.")
def worker(once: bool, parent: int | None) -> None:
    """Remind, apply the rule of each point after the close, do jobs, send mail by PORTAL_SMTP_URL, until told to stop.

    A mail that the server does not take is tried again, after one minute at first and six hours at most.
    """
    with opened() as portal:
        server = _server(portal)
        if once:
            _once(portal, server)
            return
        _run(portal, server, parent)


def _server(portal: Portal) -> MailServer | None:
    """Return where mail goes; None in development without a server, where it stays in the outbox."""
    if portal.settings.smtp_url is None:
        with portal.sessions() as session:
            count = mail_delivery.waiting(session)
        if portal.settings.is_production:
            raise click.ClickException(f"PORTAL_SMTP_URL is not set: {count} mails wait in the outbox.")
        click.echo(
            f"PORTAL_SMTP_URL is not set: {count} mails stay in the outbox; the portal shows new ones on its terminal."
        )
        return None
    host = urlsplit(portal.settings.base_url).hostname or "localhost"
    try:
        return MailServer.of(portal.settings.smtp_url, default_sender=f"no-responder@{host}")
    except BadMailServer as error:
        raise click.ClickException(str(error)) from error


def _once(portal: Portal, server: MailServer | None) -> None:
    with portal.sessions() as session:
        _do_duties(session, portal)
        _do_jobs(session, portal)
        if server is None:
            return
        sent, put_off = _send_due(session, portal, server, threading.Event())
    click.echo(f"{sent} sent, {put_off} put off.")
    if put_off:
        raise click.exceptions.Exit(1)


def _run(portal: Portal, server: MailServer | None, parent: int | None) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if server is not None:
        click.echo(f"Sending mail by {server.host}:{server.port}; Ctrl+C stops.", err=True)
    while not stop.is_set() and parent in (None, os.getppid()):
        # Each by itself: what stops one of them today must not stop the other.
        _try("The duties", lambda session: _do_duties(session, portal), portal)
        if server is not None:
            _try("The mail", lambda session: _send_due(session, portal, server, stop), portal)
        for _ in range(PAUSE_SECONDS):
            # Somebody looks at a page and waits for it.
            _try("The jobs", lambda session: _do_jobs(session, portal), portal)
            # Whoever started it may end at any time; then nobody is left to stop it.
            if stop.wait(1) or parent not in (None, os.getppid()):
                break


def _try(what: str, do: Callable[[Session], object], portal: Portal) -> None:
    """Do it, and say in one line what went wrong: the next round tries again."""
    try:
        with portal.sessions() as session:
            do(session)
    except (OperationalError, InterfaceError) as error:
        # The database comes back by itself; the mail waits in it.
        click.echo(f"The database cannot be used: {first_line(error)}", err=True)
    except SQLAlchemyError as error:
        # Another worker was faster with one of these rows: nothing of this round was written.
        click.echo(f"{what} wait for the next round: {first_line(error)}", err=True)


def _do_duties(session: Session, portal: Portal) -> None:
    settings = portal.settings
    done = duties.perform(
        session,
        now=portal.now(),
        base_url=settings.base_url,
        anchors=settings.audit_anchors,
        anchor_mail=settings.anchor_mail,
    )
    if done.anything:
        closes = f"{done.closes} closes applied, {done.filled} points nominated by rule"
        click.echo(f"{done.reminders} reminders written, {closes}, {done.expired} old files thrown away.", err=True)


def _do_jobs(session: Session, portal: Portal) -> None:
    settings = portal.settings
    while True:
        ran = jobs.run_next(
            session, runners=job_runners.RUNNERS, folder=settings.instance / jobs.FOLDER, clock=settings.clock
        )
        if ran is None:
            return
        click.echo(f"Job {ran.public_id} ({ran.kind.value}): {ran.state.value}.", err=True)


def _send_due(session: Session, portal: Portal, server: MailServer, stop: threading.Event) -> tuple[int, int]:
    def attach(session: Session, nomination_id: int) -> Attachment:
        nomination = session.get_one(Nomination, nomination_id)
        made = receipt_paper.as_pdf(
            nomination, vault=portal.vault, base_url=portal.settings.base_url, now=nomination.received_at
        )
        return Attachment(receipt_paper.file_name(nomination), made)

    sent = put_off = 0
    while not stop.is_set():
        went = mail_delivery.send_next(session, carry=server.carry, clock=portal.settings.clock, attach=attach)
        if went is None:
            break
        sent, put_off = sent + went, put_off + (not went)
    return sent, put_off
