"""The customer is told when a reading that was certified is corrected (domain.md §7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.gas_day import GasDay
from portal.models import Company, DeliveryPoint
from portal.services import outbox

# A mail names so many days; the sheet shows them all.
NAMED_DAYS = 40


def tell(session: Session, *, days: Sequence[tuple[DeliveryPoint, GasDay]], now: datetime) -> None:
    """Post one mail a company with the corrected days, inside the caller's transaction."""
    by_company: dict[Company, list[tuple[DeliveryPoint, GasDay]]] = defaultdict(list)
    for point, day in days:
        by_company[point.contract.company].append((point, day))
    for company, corrected in by_company.items():
        if company.contact_email:
            outbox.post(
                session,
                kind="readings-corrected",
                recipient=company.contact_email,
                subject="Se corrigieron mediciones de sus puntos de entrega",
                body=_body(company, corrected),
                now=now,
            )


def _body(company: Company, corrected: Sequence[tuple[DeliveryPoint, GasDay]]) -> str:
    ordered = sorted(corrected, key=lambda each: (each[0].sort_name, each[1]))
    lines = [f"- {point.name}: {day_words(day)}" for point, day in ordered[:NAMED_DAYS]]
    if len(ordered) > NAMED_DAYS:
        lines.append(f"- y {len(ordered) - NAMED_DAYS} días más")
    return (
        f"Señores {company.name}:\n\n"
        "Llanogas corrigió la medición certificada de estos días de gas:\n\n"
        + "\n".join(lines)
        + "\n\nLa cuenta de balance se calculó de nuevo desde el primero de ellos. "
        "La hoja de balance del portal muestra el consumo corregido.\n"
    )
