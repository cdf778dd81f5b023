"""JSON of the distributor's own systems: as the shapes of the API for customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portal.domain.authorisations import Origin
from portal.domain.balance import MOST_STRAIN
from portal.domain.quantities import Gas, Unit, plain
from portal.services.account.standings import Standing
from portal.services.day_book import Line
from portal.services.measures.readings import Gap
from portal.services.trace.audit_trail import Entry

from .shapes import Shape, figure, moment, quantity

_ORIGINS = {Origin.ENTERED: "entered", Origin.POLICY: "policy", Origin.NONE: None}


def book_line(line: Line) -> Shape:
    """Return a point of the book with the nomination in force."""
    return _point(line) | {
        "kind": None if line.kind is None else line.kind.name.lower(),
        "quantity": _own(line.asked, line.unit),
        "quantity_mbtu": None if line.asked is None else quantity(line.asked.mbtu),
        "origin": _ORIGINS[line.origin],
        "revision": line.revision,
        "received_at": moment(line.received_at),
    }


def authorised_line(line: Line) -> Shape:
    """Return a point of the book with what is authorised; a quantity for another revision is left out."""
    published = line.published if line.is_answered else None
    in_force = published is not None
    return _point(line) | {
        "nominated": _own(line.asked, line.unit),
        "revision": line.revision,
        "authorised": _own(published, line.unit),
        "cut_reason": line.published_cut if in_force else None,
        "authorised_revision": line.published_revision if in_force else None,
        "published_at": moment(line.published_moment) if in_force else None,
        "recorded": _own(line.recorded, line.unit),
    }


def standing(row: Standing) -> Shape:
    """Return the balance of a point on a day."""
    names = row.names
    return {
        "delivery_point": names.public_id,
        "name": names.name,
        "carrier_code": names.carrier_code,
        "exit_point": names.gate,
        "contract": names.contract,
        "modality": names.modality.value,
        "company": names.company,
        "unit": row.unit.value,
        "imbalance": figure(row.imbalance),
        "month_to_date": quantity(row.month_to_date),
        "month_incomplete": row.month_incomplete,
        "total_to_date": quantity(row.total_to_date),
        "total_incomplete": row.total_incomplete,
        "days_out": row.days_out,
        "tolerance_percent": plain(Decimal(names.tolerance_basis_points) / 100),
        "tolerance_used_percent": None if row.strain == MOST_STRAIN else row.strain,
    }


def gap(found: Gap) -> Shape:
    """Return a day without a reading, with its estimate."""
    point, estimate = found.point, found.estimate
    return {
        "gas_day": found.gas_day.isoformat(),
        "delivery_point": point.public_id,
        "name": point.name,
        "carrier_code": point.carrier_code,
        "exit_point": point.exit_point.code,
        "contract": point.contract.number,
        "modality": point.contract.modality.value,
        "company": point.contract.company.name,
        "unit": point.unit.value,
        "estimate": None if estimate is None else quantity(estimate.quantity),
        "estimate_days": 0 if estimate is None else estimate.days,
        "estimate_months": 0 if estimate is None else estimate.months,
    }


def event(entry: Entry) -> Shape:
    """Return an event of the audit, its details as they were written."""
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "event": entry.event,
        "actor": entry.actor,
        "channel": entry.channel,
        "subject": entry.subject,
        "changes": [{"name": each.name, "old": each.old, "new": each.new} for each in entry.changes],
        "details": dict(entry.details),
    }


def _point(line: Line) -> dict[str, Any]:
    return {
        "delivery_point": line.point_public_id,
        "name": line.point,
        "carrier_code": line.carrier_code,
        "exit_point": line.exit_code,
        "contract": line.contract_number,
        "modality": line.modality_word,
        "company": line.company,
        "unit": line.unit_word,
    }


def _own(gas: Gas | None, unit: Unit) -> Shape | None:
    return None if gas is None else quantity(gas.in_unit(unit))
