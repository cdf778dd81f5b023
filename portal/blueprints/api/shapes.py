"""JSON of the API: exact figures as text with their unit, moments with zone, gas days as dates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, plain
from portal.domain.timetable import RequestKind
from portal.models import DeliveryPoint, Nomination
from portal.services.account.balances import MonthSheet, SheetDay
from portal.services.points.company_points import ReachedPoint, Revision
from portal.services.store.vault import Vault
from portal.services.trace import receipts

Shape = dict[str, Any]


def delivery_point(found: ReachedPoint, *, tolerance_basis_points: int, maximum: Quantity) -> Shape:
    """Return a point with its contract, and the tolerance and daily maximum of today."""
    point, contract = found.point, found.point.contract
    return {
        "id": point.public_id,
        "name": point.name,
        "municipality": point.municipality,
        "kind": point.kind.value,
        "unit": point.unit.value,
        "carrier_code": point.carrier_code,
        "exit_point": point.exit_point.code,
        "starts_on": point.starts_on.isoformat(),
        "ends_on": _day(point.ends_on),
        "figures_open": found.is_open,
        "contract": {
            "number": contract.number,
            "modality": contract.modality.value,
            "company": contract.company.name,
            "daily_maximum": quantity(maximum),
            "maximum_blocks": contract.maximum_blocks,
            "tolerance_percent": plain(Decimal(tolerance_basis_points) / 100),
        },
    }


def balance(point: DeliveryPoint, sheet: MonthSheet) -> Shape:
    """Return the account of a month, day by day."""
    account = sheet.account
    return {
        "delivery_point": point.public_id,
        "month": sheet.month.isoformat(),
        "unit": sheet.unit.value,
        "converted": sheet.converted,
        "opening": quantity(account.opening),
        "nominated": quantity(account.nominated),
        "authorised": quantity(account.authorised),
        "measured_days": account.measured_days,
        "pending": {
            "days": account.pending.days,
            "nominated": quantity(account.pending.nominated),
            "authorised": quantity(account.pending.authorised),
        },
        "consumed": quantity(account.consumed),
        "imbalance": quantity(account.imbalance),
        "adjustment": quantity(account.adjustment),
        "closing": quantity(account.closing),
        "incomplete": account.incomplete,
        "closing_incomplete": account.closing_incomplete,
        "missing_days": sheet.missing_days,
        "days": [_sheet_day(each, sheet) for each in sheet.days],
    }


def _sheet_day(each: SheetDay, sheet: MonthSheet) -> Shape:
    day = each.account
    return {
        "gas_day": day.gas_day.isoformat(),
        "nominated": figure(day.nominated),
        "authorised": figure(day.authorised),
        "cut_reason": each.cut_reason.value if each.cut_reason else None,
        "consumed": figure(day.consumed),
        "reading_state": each.reading_state.value if each.reading_state else None,
        "adjustment": quantity(day.adjustment),
        "imbalance": figure(day.imbalance),
        "variation_percent": None if day.variation is None else plain(day.variation),
        "out_of_tolerance": each.out_of_tolerance,
        "month_to_date": quantity(day.month_to_date),
        "total_to_date": quantity(day.total_to_date),
        "heating_value": _heating_value(each.heating_value),
        "heating_value_provisional": each.heating_value_provisional,
        "holiday": each.holiday,
        "after_end": sheet.is_after_end(day.gas_day),
    }


def revision(point: DeliveryPoint, found: Revision) -> Shape:
    """Return a revision with its present state."""
    late = None
    if found.nomination.is_late:
        late = "awaiting" if found.decision is None else "accepted" if found.decision.accepted else "refused"
    return _nomination(point, found.nomination) | {"in_force": found.in_force, "late_decision": late}


def receipt(nomination: Nomination, *, vault: Vault) -> Shape:
    """Return the unchanging part of a receipt: the answer to the request that made it and to every later one.

    A receipt from before the chain has no place in it.
    """
    chain = None
    if nomination.receipt_hash is not None and nomination.previous_hash is not None:
        chain = {
            "position": nomination.chain_position,
            "previous_hash": nomination.previous_hash.hex(),
            "hash": nomination.receipt_hash.hex(),
        }
    return _nomination(nomination.delivery_point, nomination) | {
        "verification_code": receipts.seal(vault, nomination=nomination),
        "chain": chain,
    }


def _nomination(point: DeliveryPoint, nomination: Nomination) -> Shape:
    return {
        "id": nomination.public_id,
        "filing_number": nomination.filing_number,
        "delivery_point": point.public_id,
        "gas_day": nomination.gas_day.isoformat(),
        "revision": nomination.revision,
        "kind": kind(nomination.kind),
        "cancels": bool(nomination.cancels),
        "is_late": bool(nomination.is_late),
        "quantity": quantity(nomination.quantity),
        "quantity_m3": quantity(nomination.quantity_m3),
        "quantity_mbtu": quantity(nomination.quantity_mbtu),
        "heating_value": _heating_value(nomination.heating_value),
        "effective_at": moment(nomination.effective_at),
        "received_at": moment(nomination.received_at),
        "channel": nomination.channel.value,
    }


def quantity(value: Quantity) -> Shape:
    """Return an amount as text, exact, with its unit."""
    return {"amount": plain(value), "unit": value.unit.value}


def kind(value: RequestKind) -> str:
    """Return the API's name of a kind of request."""
    return value.name.lower()


def figure(value: Quantity | None) -> Shape | None:
    """Return a quantity with its unit; None without one."""
    return None if value is None else quantity(value)


def _heating_value(value: HeatingValue | None) -> Shape | None:
    return None if value is None else {"amount": plain(value.amount), "unit": "BTU/ft3"}


def moment(value: datetime | None) -> str | None:
    """Return a moment in ISO 8601; None without one."""
    return None if value is None else value.isoformat()


def _day(value: GasDay | None) -> str | None:
    return None if value is None else value.isoformat()
