"""A delivery point found by what somebody remembers of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.domain.typed_text import as_typed
from portal.models import Company, Contract, DeliveryPoint

from .names import comparable

MOST = 20


def find(session: Session, *, text: str) -> Sequence[DeliveryPoint]:
    """Return up to 20 points whose name, company, contract or carrier's code holds ``text``; none for nothing."""
    wanted = comparable(as_typed(text))
    if not wanted:
        return []
    rows = (
        select(DeliveryPoint)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .where(
            or_(
                *(
                    column.contains(wanted, autoescape=True)
                    for column in (
                        DeliveryPoint.sort_name,
                        Company.sort_name,
                        func.lower(Contract.number),
                        func.lower(DeliveryPoint.carrier_code),
                    )
                )
            )
        )
        .order_by(Company.sort_name, DeliveryPoint.sort_name)
        .limit(MOST)
    )
    return session.scalars(rows).unique().all()
