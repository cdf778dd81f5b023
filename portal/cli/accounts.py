"""``portal users`` and ``portal bindings``: accounts, and who may nominate under a contract."""

from __future__ import annotations

import sys

import click

from portal.domain.accounts import Role
from portal.services import accounts
from portal.services import bindings as contract_bindings
from portal.services.refusals import NotFound

from .opening import ACTOR, opened


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
    """Create an account that can sign in at once; asks for the password."""
    with opened() as portal:
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        with portal.sessions() as session:
            user = accounts.create(
                session,
                vault=portal.vault,
                email=email,
                name=name,
                role=Role(role),
                password=password,
                verified=True,
                now=portal.now(),
                actor=ACTOR,
            )
            click.echo(f"{user.email} can sign in as {role}.")


@click.group()
def bindings() -> None:
    """Who opened a contract, and who may nominate under it."""


@bindings.command()
@click.option("--email", required=True, help="The account that opened the contract with its web key.")
@click.option("--contract", "number", required=True, help="The contract's number.")
def approve(email: str, number: str) -> None:
    """Let an account of another mail domain nominate under a contract it opened."""
    with opened() as portal, portal.sessions() as session:
        try:
            contract_bindings.approve(session, actor=ACTOR, email=email, contract_number=number, now=portal.now())
        except NotFound:
            raise click.ClickException(f"{email} has not opened a contract {number}.") from None
        click.echo(f"{email} may nominate under contract {number}.")
