"""``portal audit``: proof of the audit chain, and anchors that keep its end outside the database."""

from __future__ import annotations

from pathlib import Path

import click

from portal.domain.audit_events import AuditEvent
from portal.services.ops import anchors as service
from portal.services.ops import audit_search
from portal.services.ops.anchors import BadAnchors, NotQuiet, Required
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit as chain

from .installation import ACTOR, Portal, opened

ANCHORS = click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of anchors; PORTAL_ANCHOR_FILE or instance/audit-anchors.log unless told.",
)


@click.group()
def audit() -> None:
    """The audit chain and its anchors."""


@audit.command()
@ANCHORS
def verify(file: Path | None) -> None:
    """Recompute the chain and compare it with every anchor; status 1 and the first bad event when it does not hold.

    There is one anchor a day since the first, the same in the database and in the file.
    """
    with opened() as portal, portal.sessions() as session:
        found, _ = audit_search.check_chain(session, required=required(portal, file))
    if found.broken is not None:
        raise click.ClickException(f"The audit chain does not hold: {found.broken}.")
    click.echo(f"The audit chain holds; {found.count} anchors agree with it.")


@audit.command()
@ANCHORS
@click.option("--renew-file", is_flag=True, help="Complete a file that was cut off; look at your other copies first.")
def anchor(file: Path | None, renew_file: bool) -> None:
    """Seal what was added since the last anchor, in the database and in the file; the worker does it daily."""
    with opened() as portal, portal.sessions() as session:
        paths = list(dict.fromkeys([portal.settings.audit_anchors, *([file] if file else [])]))
        try:
            if renew_file:
                with transaction(session):
                    name = str(file or paths[0])[-120:]
                    chain.record(
                        Act.at(session, ACTOR, portal.now()), event=AuditEvent.ANCHORS_FILE_RENEWED, subject=name
                    )
                service.bring_up_to_date(session, path=file or paths[0], trusted=True)
            written = service.anchor(
                Act.of_system(session, portal.now()), path=paths[0], mail_to=portal.settings.anchor_mail
            )
            for path in paths[1:]:
                service.bring_up_to_date(session, path=path)
        except BadAnchors as error:
            raise click.ClickException(f"{error}. Compare with your other copies, then use --renew-file.") from error
        except NotQuiet as error:
            raise click.ClickException("Somebody has been writing for ten seconds; try again.") from error
    click.echo(f"Anchored event {written.sequence} as number {written.number} in {paths[-1]}.")


@audit.command()
@click.option("--reason", required=True, help="Why the worker stood still.")
def excuse(reason: str) -> None:
    """Say why there are days without an anchor; it is written into the audit."""
    words = reason.strip()
    if not words or len(words) > 300:
        raise click.ClickException("Give the reason, in 300 characters at most.")
    with opened() as portal, portal.sessions() as session:
        lacking = service.list_missing_days(Act.of_system(session, portal.now()), path=portal.settings.audit_anchors)
        if not lacking:
            raise click.ClickException("Every day since the first anchor has one.")
        service.excuse(Act.at(session, ACTOR, portal.now()), lacking=lacking, reason=words)
    click.echo(f"Excused {len(lacking)} days, {lacking[0]} to {lacking[-1]}.")


@audit.command()
def restored() -> None:
    """Say that the database is an older copy put back by pg_restore: later anchors of the file do not count."""
    with opened() as portal, portal.sessions() as session:
        try:
            noted = service.note_restored(Act.of_system(session, portal.now()), path=portal.settings.audit_anchors)
        except BadAnchors as error:
            raise click.ClickException(f"{error}.") from error
    click.echo("Written into the file of anchors." if noted else "The file of anchors says nothing later.")


def required(portal: Portal, file: Path | None = None) -> Required:
    """Return the demands on the anchors: their file, the moment, whether this is production."""
    return Required(file or portal.settings.audit_anchors, portal.now(), portal.settings.is_production)
