"""Delivery points and gas days as typed in commands."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.models import DeliveryPoint
from portal.services.points import point_codes


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
