"""``portal months``: closes a month of a point, a company or everybody."""

from __future__ import annotations

from collections.abc import Sequence

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import Month, parse_month
from portal.models import Company, Contract, DeliveryPoint
from portal.services.ledger import closings
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected

from .installation import ACTOR, delivery_point, opened, staff_member
from .words import refusal_words


class MonthType(click.ParamType[Month]):
    """Month as YYYY-MM."""

    name = "YYYY-MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        """Return the month; fails with the expected form."""
        found = parse_month(str(value))
        if found is None:
            self.fail(f"{value} is no month; write it as 2026-10.", param, ctx)
        return found


@click.group()
def months() -> None:
    """Months of the balance account."""


@months.command()
@click.option("--month", type=MonthType(), required=True, help="The month, as 2026-10.")
@click.option("--point", "point_id", help="Only the point with this id or carrier's code.")
@click.option("--company", "nit", help="Only the points of the company with this NIT.")
@click.option("--all", "everybody", is_flag=True, help="Every point that gas was delivered at in the month.")
@click.option("--by", "email", help="Who closes it: the e-mail of a staff account.")
def close(month: Month, point_id: str | None, nit: str | None, everybody: bool, email: str | None) -> None:
    """Freeze a month's figures under a numbered statement; status 1 when a point could not be closed."""
    if [bool(point_id), bool(nit), everybody].count(True) != 1:
        raise click.UsageError("Give one of --point, --company and --all.")
    refused = 0
    with opened() as portal, portal.sessions() as session:
        actor = ACTOR if email is None else staff_member(session, email)
        for point in _points(session, month, point_id, nit):
            # A rollback expires the objects of the session.
            named, row_id = f"{point.name} ({point.public_id})", point.id
            try:
                closing = closings.close_month(
                    Act.at(session, actor, portal.now()), delivery_point_id=row_id, month=month
                )
            except Rejected as error:
                if everybody and error.refusal is Refusal.MONTH_NOT_SERVED:
                    continue
                refused += 1
                click.echo(f"{named}: {refusal_words(error)}", err=True)
            else:
                click.echo(f"{named}: {closing.statement_number}")
    if refused:
        raise click.ClickException(f"{refused} not closed; the others are.")


def _points(session: Session, month: Month, point_id: str | None, nit: str | None) -> Sequence[DeliveryPoint]:
    wanted = select(DeliveryPoint).order_by(DeliveryPoint.id)
    if point_id is not None:
        # A code may pass on within the month: both accounts have days in it.
        both = {delivery_point(session, point_id, day=day).id: day for day in (month.first, month.last)}
        return session.scalars(wanted.where(DeliveryPoint.id.in_(both))).unique().all()
    if nit is not None:
        wanted = wanted.where(
            DeliveryPoint.contract_id.in_(
                select(Contract.id).join(Company, Company.id == Contract.company_id).where(Company.nit == nit)
            )
        )
    found = session.scalars(wanted).unique().all()
    if not found:
        raise click.ClickException(f"No delivery point for {nit or 'that'}.")
    return found
