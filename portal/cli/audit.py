"""``portal audit``: the chain of what happened, proved, and its end anchored outside the database."""

from __future__ import annotations

from pathlib import Path

import click

from portal.services import audit_anchors
from portal.services.audit_anchors import BadAnchors

from .opening import Portal, opened

ANCHORS = click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of anchors; instance/audit-anchors.log unless told. Keep copies where the database's owner cannot.",
)


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command()
@ANCHORS
def verify(file: Path | None) -> None:
    """Recompute the chain and compare it with every anchor; status 1 and the first bad event when it does not hold."""
    with opened() as portal, portal.sessions() as session:
        try:
            anchors = audit_anchors.read(_path(portal, file))
        except BadAnchors as error:
            raise click.ClickException(str(error)) from error
        broken = audit_anchors.verify(session, anchors=anchors)
    if broken is not None:
        raise click.ClickException(f"The audit chain does not hold: {broken}.")
    click.echo(f"The audit chain holds; {len(anchors)} anchors agree with it.")


@audit.command()
@ANCHORS
def anchor(file: Path | None) -> None:
    """Append the present end of the chain to the file of anchors; run it daily."""
    with opened() as portal, portal.sessions() as session:
        path = _path(portal, file)
        written = audit_anchors.append(session, path=path, now=portal.now())
    click.echo(f"Anchored event {written.sequence} in {path}.")


def _path(portal: Portal, file: Path | None) -> Path:
    return file or portal.settings.audit_anchors
