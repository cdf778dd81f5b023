"""What the commands call delivery points and gas days."""

from __future__ import annotations

import click
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.models import DeliveryPoint


def called(text: str) -> Select[DeliveryPoint]:
    """Return the question for the point with this id or carrier's code."""
    return select(DeliveryPoint).where(or_(DeliveryPoint.public_id == text, DeliveryPoint.carrier_code == text))


def delivery_point(session: Session, text: str) -> DeliveryPoint:
    """Return the point with this id or carrier's code; one clear line on the terminal when there is none."""
    found = session.scalars(called(text)).unique().one_or_none()
    if found is None:
        raise click.ClickException(f"No delivery point has the id or code {text}.")
    return found


def gas_day(text: str) -> GasDay:
    """Return the day that was typed, as YYYY-MM-DD or dd/mm/yyyy."""
    try:
        return parse_gas_day(text)
    except BadGasDay as error:
        raise click.ClickException(f"{text} is no gas day; write it as 2026-11-03.") from error
