"""``portal distributor``: whose portal this is, shown and changed."""

from __future__ import annotations

import click

from portal.domain.distributor import WORDS_CONTRAST, BadDistributor, DistributorProblem
from portal.services.ops import distributor_changes
from portal.services.store import distributors
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected

from .installation import ACTOR, opened, staff_member

PROBLEMS = {
    DistributorProblem.MISSING: "give a value",
    DistributorProblem.TOO_LONG: "that is too long",
    DistributorProblem.NOT_ONE_LINE: "write it on one line, with single blanks",
    DistributorProblem.BAD_NIT: "write the NIT with its check digit, without dots: 900123456-8",
    DistributorProblem.BAD_TELEPHONE: "write ten figures; the emergency line begins with its short number",
    DistributorProblem.BAD_WEBSITE: "write https:// and the name of the site, without a path",
    DistributorProblem.BAD_EMAIL: "write an e-mail address",
    DistributorProblem.BAD_SERIES: "a series is one to six capital letters",
    DistributorProblem.SAME_SERIES: "the three series differ from one another",
    DistributorProblem.BAD_TOKEN_PREFIX: "write small letters and figures, and a _ at the end: 17 at most",
    DistributorProblem.BAD_COLOUR: "write a colour as #0b4f8a, with small letters",
    DistributorProblem.LOW_CONTRAST: (
        f"its contrast is {{ratio}}, too low to be read (WCAG AA: {WORDS_CONTRAST} for words, 3 for marks)"
    ),
}


@click.group()
def distributor() -> None:
    """The distributor that pages, mails and papers name."""


@distributor.command()
def show() -> None:
    """Print every field and what it holds."""
    with opened() as portal, portal.sessions() as session:
        fields = distributors.make_row(distributors.read(session))
    width = max(map(len, fields))
    for name, text in fields.items():
        click.echo(f"{name:<{width}}  {text}")


@distributor.command()
@click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--reason", required=True, help="Why; it is kept in the audit.")
@click.option("--by", "email", help="Who changes it: the e-mail of a staff account.")
def change(fields: tuple[str, ...], reason: str, email: str | None) -> None:
    """Change fields, all of them or none; numbers that were given keep the series they have."""
    given = _read(fields)
    with opened() as portal, portal.sessions() as session:
        actor = ACTOR if email is None else staff_member(session, email)
        try:
            distributor_changes.change(Act.at(session, actor, portal.now()), given=given, reason=reason)
        except BadDistributor as bad:
            ratio = f"{bad.ratio:.2f}" if bad.ratio is not None else ""
            raise click.ClickException(f"{bad.field}: {PROBLEMS[bad.problem].format(ratio=ratio)}.") from None
        except Rejected as refused:
            if refused.refusal is not Refusal.NOTHING_CHANGES:
                raise
            raise click.ClickException("Nothing changes: the distributor is so already.") from None
    click.echo("The distributor is changed; running servers and workers show it within five seconds.")


def _read(fields: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for each in fields:
        name, sign, text = each.partition("=")
        if not sign or name not in distributors.FIELDS:
            known = ", ".join(distributors.FIELDS)
            raise click.ClickException(f"{each} is no FIELD=VALUE; the fields are {known}.")
        if name in given:
            raise click.ClickException(f"{name} is given twice.")
        given[name] = text
    return given
