"""``portal users`` and ``portal bindings``: accounts, and who may nominate under a contract."""

from __future__ import annotations

import sys

import click
from sqlalchemy.orm import Session

from portal.domain.accounts import CONSOLE_ROLES, Role
from portal.services.people import accounts
from portal.services.people import bindings as contract_bindings
from portal.services.people.accounts import second_factor
from portal.services.store.acts import Act
from portal.services.store.distributors import distributor_of
from portal.services.store.refusals import NotFound

from .installation import ACTOR, opened


@click.group()
def users() -> None:
    """Accounts of people."""


@users.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.CUSTOMER.value, show_default=True
)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Create an account that can sign in at once; asks for the password.

    For a role of the consoles the secret of its second factor is printed, this once.
    """
    with opened() as portal:
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        secret = second_factor.generate_secret() if Role(role) in CONSOLE_ROLES else None
        with portal.sessions() as session:
            user = accounts.create(
                Act.at(session, ACTOR, portal.now()),
                email=email,
                name=name,
                role=Role(role),
                password=password,
                verified=True,
                totp_secret=secret,
            )
            click.echo(f"{user.email} can sign in as {role}.")
            if secret is not None:
                _print_secret(session, secret, user.email)


@users.command()
@click.option("--email", required=True, help="An account of the consoles.")
def enrol(email: str) -> None:
    """Give an account of the consoles another second factor (a lost telephone); its sessions end."""
    with opened() as portal, portal.sessions() as session:
        secret = second_factor.generate_secret()
        try:
            user = accounts.enrol(Act.at(session, ACTOR, portal.now()), email=email, secret=secret)
        except NotFound:
            raise click.ClickException(f"No account of the consoles has the e-mail {email}.") from None
        _print_secret(session, secret, user.email)


def _print_secret(session: Session, secret: str, email: str) -> None:
    click.echo("Second factor, shown this once; type the secret or the address into an authenticator:", err=True)
    click.echo(f"{secret}\n{second_factor.address_of(secret, email, distributor=distributor_of(session).name)}")


@click.group()
def bindings() -> None:
    """List who opened a contract, and who may nominate under it."""


@bindings.command()
@click.option("--email", required=True, help="The account that opened the contract with its web key.")
@click.option("--contract", "number", required=True, help="The contract's number.")
def approve(email: str, number: str) -> None:
    """Let an account of another mail domain nominate under a contract it opened."""
    with opened() as portal, portal.sessions() as session:
        try:
            contract_bindings.approve(Act.at(session, ACTOR, portal.now()), email=email, contract_number=number)
        except NotFound:
            raise click.ClickException(f"{email} has not opened a contract {number}.") from None
        click.echo(f"{email} may nominate under contract {number}.")
