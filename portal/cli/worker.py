"""``portal worker``: reminders, rules at the close, jobs, and mail of the outbox."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

import click
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import logs, reports
from portal.models import waits
from portal.models.patience import COMMANDS, ROUNDS
from portal.services.mail import delivery
from portal.services.mail.inbox import BoxAway
from portal.services.mail.smtp import MailServer
from portal.services.ops import duties, heartbeats
from portal.services.store.acts import Act

from . import commands, worker_jobs, worker_rounds
from .backup import plan_of
from .cases import address_of
from .commands import first_line
from .installation import Portal, carriers_of, demand_usable, mark_pepper, opened, server_of
from .worker_rounds import Worker

# Pause between two tries at a database that is away at the start.
LOOK_AGAIN_SECONDS = 1.0
log = structlog.get_logger("portal.worker")


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and end; status 1 when something was put off.")
@click.option("--parent", type=int, hidden=True, help="End with this process, which started the worker.")
@click.option("--jobs-only", is_flag=True, hidden=True, help="Do jobs as long as there are any: a worker's own child.")
def worker(once: bool, parent: int | None, jobs_only: bool) -> None:
    """Remind, apply the rule of each point after the close, do jobs, take and send mail, copy the database, until told.

    Mail leaves by PORTAL_SMTP_URL, text messages by PORTAL_SMS_URL and PORTAL_WHATSAPP_URL, messages to browsers under
    the push key; cases come from the box of PORTAL_INTAKE_URL.

    Each of them by itself: none waits for another, and none ends with another. A mail that the server does not take is
    tried again, after one minute at first and six hours at most; a job whose worker died, at most three times.
    """
    logs.serve("jobs" if jobs_only else "worker")
    if once:
        with opened() as portal:
            _once(portal, server_of(portal), carriers_of(portal))
        return
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not an Event: the interrupted code may hold its lock.
        signal.signal(number, lambda number, _frame: told.append(number))
    with opened(migrated=False, patience=COMMANDS if jobs_only else ROUNDS) as portal:
        reports.begin(portal.settings, heartbeats.read_version())
        _count(portal, "jobs" if jobs_only else "worker")
        if not _usable(portal, told, parent):
            return
        if jobs_only:
            worker_jobs.run_until_idle(portal, parent)
            return
        Worker(
            portal,
            server_of(portal),
            told=told,
            parent=parent,
            box=address_of(portal.settings),
            carriers=carriers_of(portal),
        ).run()


def _count(portal: Portal, process: str) -> None:
    """Count what the log says, and answer at the port of metrics, if somebody may read them."""
    if not portal.settings.has_metrics:
        return
    from portal.metrics import Exposition, Instruments, open_port

    instruments = Instruments(portal.settings.instance)
    instruments.start()
    port = portal.settings.metrics_port
    if port is not None and process == "worker":
        open_port(Exposition(instruments, portal.settings, portal.sessions, plan_of(portal)), port)


def work_beside() -> None:
    """Work until the process that forked this one ends, or stops it: 'portal worker' beside a server."""
    # It counts by its own instruments; those of the pages came along with the fork.
    logs.forget()
    waits.forget()
    commands.main(["worker", "--parent", str(os.getppid())], prog_name="portal")


def _usable(portal: Portal, told: Sequence[int], parent: int | None) -> bool:
    """Wait for a database that is away; False when stopped before it came back."""
    while not told and parent in (None, os.getppid()):
        try:
            demand_usable(portal)
            mark_pepper(portal)
        except SQLAlchemyError as error:
            log.warning("waiting for the database", reason=first_line(error))
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return True
    return False


def _once(portal: Portal, server: MailServer | None, carriers: Sequence[delivery.Carrier] = ()) -> None:
    settings = portal.settings
    with portal.sessions() as session:
        done = duties.perform(
            Act.of_system(session, portal.now()),
            anchors=settings.audit_anchors,
            anchor_mail=settings.anchor_mail,
            ports=[each.port for each in carriers],
        )
        plan = plan_of(portal)
        copied = plan.every is None or worker_rounds.copy_due(session, plan)
        worker_jobs.run_all(session, portal)
        box_is_away = not _take_mail(session, portal, server)
        put_off = 0
        for carrier in carriers:
            went, left = worker_rounds.send_due(session, portal, carrier)
            put_off += left
            click.echo(f"{carrier.port.value}: {went} sent, {left} put off.")
        if server is not None:
            sent, left = worker_rounds.send_due(session, portal, server)
            put_off += left
            click.echo(f"{sent} sent, {left} put off.")
        elif settings.is_production:
            raise click.ClickException(without_server(delivery.count_waiting(session)))
        else:
            click.echo(
                f"PORTAL_SMTP_URL is not set: {delivery.count_waiting(session)} mails stay in the outbox; "
                "the portal shows new ones on its terminal."
            )
    if done.failed:
        raise click.ClickException(f"Not done, due again: {', '.join(done.failed)}.")
    if put_off or box_is_away or not copied:
        raise click.exceptions.Exit(1)


def _take_mail(session: Session, portal: Portal, server: MailServer | None) -> bool:
    """Take what waits in the box of PQR, if there is one; False when it is away."""
    address = address_of(portal.settings)
    if address is None:
        return True
    try:
        count = worker_rounds.take_mail(session, portal, address, server)
    except BoxAway as error:
        click.echo(f"The box of mail cannot be used: {error}", err=True)
        return False
    click.echo(f"Mails of the box: {count}.")
    return True


def without_server(count: int) -> str:
    """Return the warning of an installation without a mail server."""
    return f"PORTAL_SMTP_URL is not set: {count} mails wait in the outbox."
