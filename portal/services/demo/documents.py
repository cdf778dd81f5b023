"""A fictitious regulation of nominations: a version that is over, one in force, and one to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from portal.domain.accounts import Role
from portal.domain.documents import DocumentKind, SummaryPoint
from portal.domain.gas_day import GasDay, Month
from portal.domain.publications import PublicationState
from portal.models import Document
from portal.services import market
from portal.services.files.typst import typeset
from portal.services.market import NewVersion
from portal.services.store.acts import Act

from .disputes import find_user

TITLE, SLUG = "Reglamento de nominaciones", "reglamento-de-nominaciones"
TEMPLATE = Path(__file__).with_name("regulation.typ")
SENDING, DAY, QUANTITY = "Cómo se nomina", "El día de gas", "Cantidades"
FIRST = (
    SummaryPoint(SENDING, "Cada punto nomina por el portal o, si no puede, por teléfono.", "art. 2"),
    SummaryPoint(SENDING, "Una nominación queda en firme con su código de seguridad.", "art. 3"),
    SummaryPoint(DAY, "El día de gas es el día calendario de Colombia.", "art. 4"),
    SummaryPoint(QUANTITY, "La cantidad es el total del día, en la unidad del contrato.", "art. 5"),
)
SECOND = (
    *FIRST[:3],
    SummaryPoint(
        QUANTITY,
        "La cantidad es el total del día, en la unidad del contrato; cero también nomina.",
        "art. 5",
    ),
    SummaryPoint(QUANTITY, "Una cantidad fuera de lo usual se confirma antes de firmarla.", "art. 6"),
)
THIRD = (SummaryPoint(SENDING, "Cada punto nomina por el portal o por la línea de atención.", "art. 2"), *SECOND[1:])


class _Edition(NamedTuple):
    valid_from: dt.date
    points: Sequence[SummaryPoint]
    changes: str


def write(act: Act) -> int:
    """Write the regulation with its versions and files, inside the caller's transaction; return how many versions."""
    operator, supervisor = (find_user(act.session, role) for role in (Role.OPERATOR, Role.SUPERVISOR))
    document = Document(
        published_by=act.distributor.nit,
        slug=SLUG,
        kind=DocumentKind.REGULATION,
        title=TITLE,
        created_at=act.now,
    )
    act.session.add(document)
    act.session.flush()
    editions = _editions(Month.of(GasDay.of(act.now)))
    for number, edition in enumerate(editions, start=1):
        # Proposed in the morning a month before it is in force, and never later than now.
        proposed_at = min(GasDay(edition.valid_from).plus(-30).at(0, dt.time(9)), act.now)
        content = typeset(
            TEMPLATE,
            {
                "title": TITLE,
                "distributor": act.distributor.name,
                "version": f"Versión {number}, rige desde el {edition.valid_from:%d/%m/%Y}",
                "points": [point._asdict() for point in edition.points],
            },
            now=proposed_at,
            complete_in="el portal",
        )
        said = NewVersion(edition.valid_from, None, edition.changes, edition.points, f"{SLUG}-{number}.pdf", content)
        row = market.add_version(act.session, document, number=number, said=said, now=proposed_at)
        row.state, row.decided_at = PublicationState.PUBLISHED, min(proposed_at + dt.timedelta(hours=3), act.now)
        row.proposed_by_id, row.decided_by_id = operator, supervisor
        act.session.flush()
    market.index_document(act.session, document, now=act.now)
    return len(editions)


def _editions(month: Month) -> tuple[_Edition, ...]:
    return (
        _Edition(dt.date(2019, 1, 1), FIRST, ""),
        _Edition(
            dt.date(month.year - 1, 3, 1),
            SECOND,
            "Se aclara que cero también es una nominación, y se pide confirmar las cantidades fuera de lo usual.",
        ),
        _Edition(month.next.first.date, THIRD, "La línea de atención recibe nominaciones a cualquier hora hábil."),
    )
