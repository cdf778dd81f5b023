"""Installation for a command: settings, vault, engine and sessions, opened as the web application does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from portal import logs
from portal.config import Settings
from portal.domain.accounts import Role
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.migrations import revisions
from portal.migrations.revisions import Standing
from portal.models import DeliveryPoint, User
from portal.models.engine import make_engine
from portal.models.patience import COMMANDS, Patience
from portal.services.mail.delivery import Carrier
from portal.services.mail.gateways import BadGateway, Gateway
from portal.services.mail.smtp import BadMailServer, MailServer
from portal.services.mail.web_push import WebPush
from portal.services.ops import installation
from portal.services.ops.installation import AnotherPepper
from portal.services.points import point_codes
from portal.services.store.acts import Act, Actor
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from portal.words import schema

ACTOR = Actor.system("cli")
# Table of a database into which an installation is being copied (migrations/copies.py), named here to spare Alembic.
UNFINISHED_COPY = "copy_marks"


@dataclass(frozen=True, slots=True)
class Portal:
    """Opened installation."""

    settings: Settings
    vault: Vault
    engine: Engine
    sessions: sessionmaker[Session]

    @property
    def demonstration_notes(self) -> Path:
        """Return the path of the demonstration's notes."""
        return self.settings.instance / "demo.json"

    def now(self) -> datetime:
        """Return the present moment by the installation's clock."""
        return self.settings.clock()


class OtherRevision(click.ClickException):
    """The database is not at the program's revision; the text says at which, and the remedy."""

    def __init__(self, at: str | None, what: str = schema.DATABASE) -> None:
        """Write the sentence about a database, or a copy of one (``what``), at the revision ``at``."""
        sentence = schema.words(at, what) or what
        super().__init__(f"{sentence[0].upper()}{sentence[1:]}.")


@contextmanager
def opened(*, migrated: bool = True, patience: Patience = COMMANDS) -> Iterator[Portal]:
    """Open the installation of the environment; refuses a database that is not at the newest revision.

    ``migrated=False`` for the commands that migrate it. Refuses another pepper than the database's.
    """
    logs.begin_command(_command())
    portal = open_with(Settings.from_environment(), patience=patience)
    try:
        if migrated:
            demand_usable(portal)
        yield portal
    finally:
        portal.engine.dispose()


def open_with(settings: Settings, *, patience: Patience = COMMANDS, name: str = "PORTAL_DATABASE_URL") -> Portal:
    """Return the installation of these settings, without asking anything of its database; ``name`` is its address's."""
    vault = Vault(settings.pepper, folder=settings.instance, file=settings.pepper_file, clock=settings.clock)
    try:
        engine = make_engine(settings.database_url, patience=patience)
    except (ArgumentError, ValueError) as error:
        raise click.ClickException(f"{name} cannot be read as the address of a database.") from error
    return Portal(settings, vault, engine, session_factory(engine, vault, settings.base_url))


def _command() -> str:
    """Return the running command as it is typed, without its arguments."""
    names: list[str] = []
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return " ".join(names)


def server_of(portal: Portal) -> MailServer | None:
    """Return the mail server; None without one, when mails stay in the outbox."""
    settings = portal.settings
    if settings.smtp_url is None:
        return None
    host = urlsplit(settings.base_url).hostname or "localhost"
    try:
        return MailServer.of(
            settings.smtp_url, default_sender=f"no-responder@{host}", answers_to=settings.intake_address
        )
    except BadMailServer as error:
        raise click.ClickException(str(error)) from error


def gateways_of(portal: Portal) -> list[Gateway]:
    """Return the gateways of messages to telephones that are set."""
    try:
        return [
            Gateway.of(url, port=port, token=token) for port, (url, token) in portal.settings.telephone_ports.items()
        ]
    except BadGateway as error:
        raise click.ClickException(str(error)) from error


def carriers_of(portal: Portal) -> list[Carrier]:
    """Return what carries messages to telephones and to browsers, as far as it is set."""
    settings = portal.settings
    found: list[Carrier] = [*gateways_of(portal)]
    if settings.push_key is not None:
        host = urlsplit(settings.base_url).hostname or "localhost"
        found.append(WebPush(settings.push_key, settings.push_services, host))
    return found


def demand_usable(portal: Portal) -> None:
    """Refuse a database at another revision than the code's, or sealed under another pepper."""
    at = revision_of(portal)
    if revisions.standing(at) is not Standing.NEWEST:
        raise OtherRevision(at)
    with portal.sessions() as session:
        try:
            installation.demand(session, portal.vault)
        except AnotherPepper as error:
            raise click.ClickException(f"{portal.settings.pepper_file}: {error}.") from error


def revision_of(portal: Portal) -> str | None:
    """Return the revision of the database; None when it was never migrated. Refuses a copy that is not whole yet."""
    with portal.engine.connect() as connection:
        at = revisions.current(connection)
    if at is None and inspect(portal.engine).has_table(UNFINISHED_COPY):
        raise click.ClickException(
            "This database is a copy that is not whole yet: start the same .venv/bin/portal db copy again to go on."
        )
    return at


def demand_way_on(at: str | None, what: str = schema.DATABASE) -> None:
    """Refuse a database that no revision of this program upgrades; nothing is changed."""
    if revisions.standing(at) in (Standing.FOLDED, Standing.UNKNOWN):
        raise OtherRevision(at, what)


def mark_pepper(portal: Portal) -> None:
    """Store the pepper's fingerprint in a database without one; refuses another pepper."""
    with portal.sessions() as session:
        try:
            installation.mark(Act.of_system(session, portal.now()))
        except AnotherPepper as error:
            raise click.ClickException(f"{portal.settings.pepper_file}: {error}.") from error


def refuse_in_production(portal: Portal, what: str) -> None:
    """Refuse a command that would mix fictitious data with real customers."""
    if portal.settings.is_production:
        raise click.ClickException(f"{what} is for development only; PORTAL_ENV is production.")


def staff_member(session: Session, email: str) -> Actor:
    """Return the staff account with this e-mail as actor; raises ``ClickException`` without one."""
    person = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if person is None or person.role is Role.CUSTOMER or person.disabled_at is not None:
        raise click.ClickException(f"No staff account has the e-mail {email}.")
    return Actor(person.id, person.email, person.name, person.role, None, "", "cli")


def delivery_point(session: Session, text: str, *, day: GasDay) -> DeliveryPoint:
    """Return the point with this id, or this carrier's code on a gas day; raises ``ClickException`` without one."""
    found = point_codes.find_by_id_or_code(session, text=text, day=day)
    if found is None:
        raise click.ClickException(f"No delivery point has the id or code {text}.")
    return found


def gas_day(text: str) -> GasDay:
    """Return the typed day, YYYY-MM-DD or dd/mm/yyyy."""
    try:
        return parse_gas_day(text)
    except BadGasDay as error:
        raise click.ClickException(f"{text} is no gas day; write it as 2026-11-03.") from error
