"""``portal demo``: the demonstration, for development."""

from __future__ import annotations

import json
import os

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.domain.distributor import Distributor
from portal.migrations import runner
from portal.services import demo as demonstration
from portal.services.demo.distributors import DISTRIBUTORS
from portal.services.ops import anchors
from portal.services.ops.anchors import BadAnchors, NotQuiet
from portal.services.people.accounts import second_factor
from portal.services.store import distributors
from portal.services.store.acts import Act
from portal.services.store.refusals import Conflict

from .former_demonstration import set_aside_former
from .installation import Portal, opened, refuse_in_production
from .progress import Stages


@click.group()
def demo() -> None:
    """Fictitious customers with twelve years of daily gas (development)."""


_whose = click.option(
    "--distributor",
    "name",
    type=click.Choice(sorted(DISTRIBUTORS)),
    help="A fictitious distributor, with its own name, colours and numbers.",
)


@demo.command()
@_whose
def load(name: str | None) -> None:
    """Write the demonstration into an empty database, and what opens it into instance/demo.json."""
    with opened() as portal:
        refuse_in_production(portal, "The demonstration")
        load_into(portal, DISTRIBUTORS.get(name or ""))
        click.echo(
            f"The demonstration is loaded; {portal.demonstration_notes} says who can sign in and with which keys."
        )


@demo.command()
@_whose
def reset(name: str | None) -> None:
    """Throw away everything the database holds, but whose portal it is, and load the demonstration anew."""
    with opened(migrated=False) as portal:
        refuse_in_production(portal, "The demonstration")
        set_aside_former(portal)
        chosen = DISTRIBUTORS.get(name or "") or _distributor_now(portal)
        # Append-only tables cannot be emptied: they are created again.
        runner.downgrade(portal.engine, "base")
        runner.upgrade(portal.engine)
        load_into(portal, chosen)
        click.echo(
            f"The demonstration is loaded anew; {portal.demonstration_notes} says who can sign in and with which keys."
        )


@demo.command()
@click.argument("email")
def code(email: str) -> None:
    """Print the code that the authenticator of an account of the demonstration shows now."""
    with opened() as portal:
        refuse_in_production(portal, "The demonstration")
        notes = portal.demonstration_notes
        if not notes.is_file():
            raise click.ClickException("There is no demonstration here: run '.venv/bin/portal demo load' first.")
        known = json.loads(notes.read_text(encoding="utf-8"))["accounts"]
        secret = next((each.get("totp_secret") for each in known if each["email"] == email.strip().lower()), None)
        if secret is None:
            raise click.ClickException(f"No account of the consoles in the demonstration has the e-mail {email}.")
        click.echo(second_factor.compute_code(secret, portal.now()))


def _distributor_now(portal: Portal) -> Distributor | None:
    """Return the distributor of the database; None for an older revision, and for an empty database."""
    try:
        with portal.sessions() as session:
            return distributors.read(session)
    except (SQLAlchemyError, LookupError):
        return None


def load_into(portal: Portal, distributor: Distributor | None = None) -> None:
    """Load the demonstration of ``distributor``, or of the database's own, and write its notes.

    Refuses a database that holds companies.
    """
    with portal.sessions() as session, Stages() as stages:
        try:
            loaded = demonstration.load(Act.of_system(session, portal.now()), progress=stages, distributor=distributor)
        except demonstration.NotEmpty:
            raise click.ClickException(
                "The database holds companies already; .venv/bin/portal demo reset throws all away and loads anew."
            ) from None
    notes = portal.demonstration_notes
    draft = notes.with_name(f".{notes.name}.{os.getpid()}")
    # The file opens every account of the demonstration.
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(loaded.demonstration.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    draft.replace(notes)
    _begin_anchors(portal)


def _begin_anchors(portal: Portal) -> None:
    """Write the first anchor over the demonstration, after removing lines of a database that was dropped."""
    path = portal.settings.audit_anchors
    with portal.sessions() as session:
        try:
            if anchors.is_empty(session):
                path.unlink(missing_ok=True)
            anchors.anchor(Act.of_system(session, portal.now()), path=path)
        except (OSError, BadAnchors, NotQuiet, Conflict):
            click.echo("The first anchor is left to the worker.", err=True)


def _where_to_read(portal: Portal) -> str:
    return f"{portal.demonstration_notes} says who can sign in and with which keys."
