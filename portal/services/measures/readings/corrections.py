"""Mails to customers about corrected readings that had been certified (docs/rules.md, "Readings")."""

from __future__ import annotations

from array import array
from collections import defaultdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.calendar import day_words
from portal.domain.counts import counted
from portal.models import Company, DeliveryPoint
from portal.services.mail import outbox
from portal.services.store.acts import Act
from portal.services.store.distributors import distributor_of

# Most days listed in a mail; the sheet shows them all.
NAMED_DAYS = 40


class CorrectedDays:
    """Days that an import corrected, four bytes each, for one mail per company."""

    def __init__(self) -> None:
        self._days: dict[DeliveryPoint, array[int]] = defaultdict(lambda: array("I"))

    def add(self, point: DeliveryPoint, day: date) -> None:
        """Add a corrected day of a point."""
        self._days[point].append(day.toordinal())

    def tell(self, session: Session, *, now: datetime) -> None:
        """Post one mail per company with the corrected days, inside the caller's transaction."""
        by_company: dict[Company, list[DeliveryPoint]] = defaultdict(list)
        for point in self._days:
            by_company[point.contract.company].append(point)
        for company, points in by_company.items():
            if company.contact_email:
                outbox.post(
                    Act.of_system(session, now),
                    kind="readings-corrected",
                    recipient=company.contact_email,
                    subject="Se corrigieron mediciones de sus puntos de entrega",
                    body=self._body(distributor_of(session).name, company, points),
                )

    def _body(self, distributor: str, company: Company, points: list[DeliveryPoint]) -> str:
        lines: list[str] = []
        for point in sorted(points, key=lambda each: each.sort_name):
            room = NAMED_DAYS - len(lines)
            lines += [f"- {point.name}: {day_words(date.fromordinal(day))}" for day in sorted(self._days[point])[:room]]
        left = sum([len(self._days[point]) for point in points]) - len(lines)
        if left:
            lines.append(f"- y {counted(left, 'día', 'días')} más")
        return (
            f"Señores {company.name}:\n\n"
            f"{distributor} corrigió la medición certificada de estos días de gas:\n\n"
            + "\n".join(lines)
            + "\n\nLa cuenta de balance se calculó de nuevo desde el primero de ellos. "
            "La hoja de balance del portal muestra el consumo corregido.\n"
        )
