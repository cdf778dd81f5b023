"""``portal secrets``: another session key and another pepper, with the former accepted for a while (docs/adr/0155)."""

from __future__ import annotations

import secrets as chance
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import BOGOTA
from portal.services.mail import push_subscriptions
from portal.services.ops import secret_rotation
from portal.services.store import push_keys, rotations, vault
from portal.services.store.acts import Act
from portal.services.store.rotations import BadSecret, Secret
from portal.services.store.transactions import transaction
from portal.services.trace import audit

from .installation import ACTOR, Portal, mark_pepper, opened
from .progress import Stages

SESSION_KEY, PEPPER = "session-key", "pepper"
ONLY = click.option("--only", type=click.Choice([SESSION_KEY, PEPPER]), help="One of the two; both unless told.")
# The longest session (docs/security.md, "Sessions"): no cookie under the former key is left then.
FORMER_FOR = timedelta(hours=8)
IN_ENVIRONMENT = (
    "PORTAL_SECRET_KEY stands in the environment, where no command can change it: put it into a file of mode 0600, "
    "name that by PORTAL_SECRET_KEY_FILE instead, and start the servers anew; or add --only pepper."
)


@dataclass(frozen=True, slots=True)
class SecretFile:
    """One of the secrets, its file and what that says now."""

    name: str
    path: Path
    secret: Secret

    @property
    def ends_from(self) -> datetime:
        """First moment at which the rotation can end without ``--at-once``."""
        if self.secret.begins_at is None:
            raise ValueError("no rotation is under way")
        return self.secret.begins_at + FORMER_FOR


@click.group()
def secrets() -> None:
    """The session key and the pepper: rotate them, see how far that is, end it; the push key: make it."""


@secrets.command()
@ONLY
@click.option("--lead", type=click.IntRange(0, 7 * 24 * 60), default=60, help="Minutes before the new ones are used.")
def rotate(only: str | None, lead: int) -> None:
    """Write new secrets beside those in force: accepted at once, used after --lead minutes (60 unless told).

    In that time bring the files to every other host and start the servers anew, one by one (SIGHUP); nobody is signed
    out. Then '.venv/bin/portal secrets end'. Keep the former pepper with the backups that were made under it.
    """
    with opened() as portal:
        mark_pepper(portal)
        # The next whole second: later than anything that was written under the former alone.
        begins_at = portal.now().replace(microsecond=0) + timedelta(minutes=lead, seconds=1)
        for found in list(_chosen(portal, only)):
            if found.secret.is_rotating:
                click.echo(f"{found.path}: a rotation is under way already; it was left as it is.")
                continue
            successor = chance.token_bytes(32) if found.name == PEPPER else chance.token_urlsafe(48).encode()
            before = vault.keep_proofs(found.secret) if found.name == PEPPER else found.secret
            rotations.write(found.path, before.rotated(successor, begins_at=begins_at))
            with portal.sessions() as session, transaction(session):
                act = Act.at(session, ACTOR, portal.now())
                secret_rotation.note(act, subject=found.name, step="begun")
            click.echo(f"{found.path}: the new {found.name} is used from {_spelled(begins_at)} on.")
    click.echo("Next: bring these files to every other host, and start the servers anew one by one (SIGHUP).")


@secrets.command()
def status() -> None:
    """Tell of each secret whether a rotation is under way, and what is left to do."""
    with opened() as portal:
        for found in _files(portal):
            if not found.secret.is_rotating or found.secret.begins_at is None:
                click.echo(f"{found.name}: no rotation is under way ({found.path}).")
                continue
            used = "used since" if found.secret.has_begun(portal.now()) else "used from"
            click.echo(
                f"{found.name}: under rotation, the new one {used} {_spelled(found.secret.begins_at)}; it can end from "
                f"{_spelled(found.ends_from)} on ({found.path})."
            )
            if found.name == PEPPER:
                with portal.sessions() as session:
                    left = secret_rotation.count_former(session, portal.vault)
                click.echo(f"{found.name}: {left} sealed values are still under the former one.")


@secrets.command()
@ONLY
@click.option("--at-once", is_flag=True, help="After a leak: sessions under the former key end now.")
def end(only: str | None, at_once: bool) -> None:
    """Seal everything under the new pepper, and accept the former secrets no more.

    Stopped and started again, it goes on where it was.
    """
    with opened() as portal:
        mark_pepper(portal)
        ending = [found for found in _chosen(portal, only) if found.secret.is_rotating]
        if not ending:
            raise click.ClickException("No rotation is under way.")
        for found in ending:
            if portal.now() < found.ends_from and not at_once:
                raise click.ClickException(
                    f"The former {found.name} is needed until {_spelled(found.ends_from)}: sessions that were begun "
                    "under it last as long. Add --at-once after a leak; whose session it ends signs in again."
                )
        for found in ending:
            if found.name == PEPPER:
                _end_pepper(portal, found)
            else:
                rotations.write(found.path, found.secret.ended())
                with portal.sessions() as session, transaction(session):
                    secret_rotation.note(Act.at(session, ACTOR, portal.now()), subject=found.name, step="ended")
            click.echo(f"{found.path}: the former {found.name} is accepted no more.")
    click.echo("Next: bring these files to every other host, and start the servers anew one by one (SIGHUP).")


def _end_pepper(portal: Portal, found: SecretFile) -> None:
    if not found.secret.has_begun(portal.now()):
        # Servers of this host read the file again, and seal nothing under the former any more.
        rotations.write(found.path, found.secret.rotated(found.secret.successor or b"", begins_at=portal.now()))
    renewed = 0
    with portal.sessions() as session, Stages() as stages:
        act = Act.at(session, ACTOR, portal.now())
        # Again, for what was sealed during the first round.
        while more := secret_rotation.renew(act, progress=stages.stage("Sealed values")):
            renewed += more
        secret_rotation.end(act)
    rotations.write(found.path, vault.remove_former(_read(found.path)))
    click.echo(f"{renewed} sealed values are under the new pepper.")


@secrets.command("push-key")
@click.option("--replace", is_flag=True, help="In the place of the present one: every browser must subscribe again.")
def push_key(replace: bool) -> None:
    """Make the key by which the portal names itself to push services: then browsers may receive messages.

    Written to PORTAL_PUSH_KEY_FILE, or push_key.pem in the folder of PORTAL_INSTANCE. Bring it to every other host, and
    start servers and workers anew.
    """
    with opened() as portal:
        path = portal.settings.push_key_file
        if path is None:
            raise click.ClickException("No file is named for the push key.")
        if portal.settings.push_key is not None and not replace:
            raise click.ClickException(
                f"{path} holds a push key already. With --replace no browser receives anything until its person "
                "subscribes it again."
            )
        try:
            made = push_keys.make(path)
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error
        with portal.sessions() as session, transaction(session):
            act = Act.at(session, ACTOR, portal.now())
            ended = push_subscriptions.end_former_keys(act, key_mark=made.mark)
            audit.record(act, event=AuditEvent.PUSH_KEY_MADE, subject="push-key", details={"ended": ended})
        click.echo(f"{path}: the push key is made; {ended} browsers must be subscribed again.")
    click.echo("Next: bring this file to every other host, and start servers and workers anew.")


def list_rotating(portal: Portal) -> list[SecretFile]:
    """Return the secrets that are under rotation."""
    return [found for found in _files(portal) if found.secret.is_rotating]


def _chosen(portal: Portal, only: str | None) -> Iterator[SecretFile]:
    if only != PEPPER and portal.settings.secret_key_file is None:
        raise click.ClickException(IN_ENVIRONMENT)
    return (found for found in _files(portal) if only in (None, found.name))


def _files(portal: Portal) -> Iterator[SecretFile]:
    settings = portal.settings
    for name, path in ((SESSION_KEY, settings.secret_key_file), (PEPPER, settings.pepper_file)):
        if path is not None:
            yield SecretFile(name, path, _read(path))


def _read(path: Path) -> Secret:
    try:
        return rotations.parse(path.read_bytes())
    except BadSecret as error:
        raise click.ClickException(f"{path} is no file of a secret: {error}.") from error


def _spelled(moment: datetime) -> str:
    return f"{moment.astimezone(BOGOTA):%Y-%m-%d %H:%M}"
