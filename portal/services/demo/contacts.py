"""Contacts of each demonstration company, and the past closes marked as applied."""

from __future__ import annotations

from sqlalchemy import select

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.timetable import RequestKind, find_window
from portal.models import Company, Contact, DayClose
from portal.services import timetable
from portal.services.nominations import day_closes
from portal.services.store.acts import Act

from .registry import public_id_of


def write(act: Act) -> int:
    """Create a gas desk and a deputy for every company, inside the caller's transaction; return their number."""
    session = act.session
    companies = session.scalars(select(Company).order_by(Company.id)).all()
    for company in companies:
        mailbox = (company.contact_email or "").removeprefix("gas.")
        for name, email, is_deputy in (
            (company.contact_name or "Área de gas", company.contact_email or "", False),
            ("Suplente de turno", f"suplente.{mailbox}", True),
        ):
            session.add(
                Contact(
                    public_id=public_id_of("contact", email),
                    company_id=company.id,
                    name=name,
                    email=email,
                    phone=company.contact_phone,
                    is_deputy=is_deputy,
                    created_at=act.now,
                )
            )
    session.flush()
    return 2 * len(companies)


def mark_closes(act: Act) -> int:
    """Mark the past closes as applied: the history already has their nominations."""
    session = act.session
    rows = timetable.list_windows(session)
    closes: list[tuple[GasDay, Modality]] = day_closes.list_due(act)
    for day, modality in closes:
        closed_at = find_window(rows, modality, RequestKind.NOMINATION, day).closes_at(day)
        session.add(DayClose(gas_day=day, modality=modality, closed_at=closed_at, applied_at=act.now, filled=0))
    session.flush()
    return len(closes)
