"""Contact and telephone of a delivery point: the station's own, else those of its company (adr/0134)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func

from portal.models import Company, DeliveryPoint


class Reach(NamedTuple):
    """Person and telephone to call about a point; ``shift_hours`` are the station's, in free words."""

    contact: str | None
    phone: str | None
    shift_hours: str | None


def select_contact() -> ColumnElement[str | None]:
    """Return the person for the telephone of ``select_phone``, in statements over points and companies.

    A station's telephone never goes with the name of a person of its company, who is elsewhere.
    """
    of_company = func.coalesce(DeliveryPoint.contact_name, Company.contact_name)
    return case((DeliveryPoint.contact_phone.is_not(None), DeliveryPoint.contact_name), else_=of_company)


def select_phone() -> ColumnElement[str | None]:
    """Return the station's telephone, else the company's, in statements over points and companies."""
    return func.coalesce(DeliveryPoint.contact_phone, Company.contact_phone)


def reach_of(point: DeliveryPoint) -> Reach:
    """Return whom to call about a point; no query, its company is loaded with it."""
    company = point.contract.company
    if point.contact_phone is not None:
        return Reach(point.contact_name, point.contact_phone, point.shift_hours)
    return Reach(point.contact_name or company.contact_name, company.contact_phone, point.shift_hours)
