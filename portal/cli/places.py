"""What the commands call delivery points and gas days."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.models import DeliveryPoint
from portal.services.points import point_codes


def delivery_point(session: Session, text: str, *, day: GasDay) -> DeliveryPoint:
    """Return the point with this id, or with this carrier's code on a gas day; one clear line when there is none."""
    found = point_codes.find_by_id_or_code(session, text=text, day=day)
    if found is None:
        raise click.ClickException(f"No delivery point has the id or code {text}.")
    return found


def gas_day(text: str) -> GasDay:
    """Return the day that was typed, as YYYY-MM-DD or dd/mm/yyyy."""
    try:
        return parse_gas_day(text)
    except BadGasDay as error:
        raise click.ClickException(f"{text} is no gas day; write it as 2026-11-03.") from error
