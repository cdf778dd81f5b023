"""Published tariffs by month, as rows; those that the program brings along are written after an upgrade.

Source: docs/rules.md, "Tariffs"; adr/0120.
"""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.counts import join_words
from portal.domain.gas_day import GasDay, Month
from portal.domain.passages import Passage, PassageKind
from portal.domain.publications import PublicationState
from portal.domain.tariffs import (
    TEXTS,
    UNITS,
    Concept,
    Figure,
    Rule,
    TariffSheet,
    build_sheet,
    slug_of,
)
from portal.models import TariffFigure, TariffPublication
from portal.services.files.cells import disarm
from portal.services.store import passages
from portal.services.store.acts import Act

FOLDER = Path(__file__).parent / "published"
FIELDS = ("mercado", "concepto", "norma", "estrato", "desde", "hasta", "valor", "texto", "unidad", "fuente")


class PublishedMonth(NamedTuple):
    """Month with published tariffs: the version that is shown, and since when."""

    month: Month
    version: int
    title: str
    shown_from: date
    public_id: str


@dataclass(frozen=True, slots=True)
class MonthTariffs:
    """Tariffs of a month as published: the sheet, and its figures with their sources."""

    published: PublishedMonth
    sheet: TariffSheet
    figures: Sequence[Figure]


def list_published_months(act: Act) -> list[PublishedMonth]:
    """Return the months whose tariffs are shown today, newest first; each in its last version."""
    return [_published(row) for row in act.session.scalars(select_shown(act).order_by(TariffPublication.month.desc()))]


def find_newest_month(act: Act) -> PublishedMonth | None:
    """Return the last month whose tariffs are shown today, None when the distributor has published none."""
    row = act.session.scalars(select_shown(act).order_by(TariffPublication.month.desc()).limit(1)).one_or_none()
    return None if row is None else _published(row)


def load_month(act: Act, *, month: Month) -> MonthTariffs | None:
    """Return the tariffs of a month as they are shown today; None when there are none."""
    row = act.session.scalars(select_shown(act).where(TariffPublication.month == month.first.date)).one_or_none()
    if row is None:
        return None
    figures = list_figures(act.session, publication_id=row.id)
    return MonthTariffs(_published(row), build_sheet(month, figures), figures)


def list_markets(act: Act) -> list[tuple[PublishedMonth, str]]:
    """Return the name of every market of every month that is shown today, as files have them; one query a month."""
    return [
        (published, name)
        for published in list_published_months(act)
        for name in act.session.scalars(
            select(TariffFigure.market)
            .join(TariffPublication, TariffPublication.id == TariffFigure.publication_id)
            .where(TariffPublication.public_id == published.public_id, TariffFigure.market != "")
            .group_by(TariffFigure.market)
            .order_by(func.min(TariffFigure.place))
        )
    ]


def list_figures(session: Session, *, publication_id: int) -> list[Figure]:
    """Return the figures of a publication in the order of its file."""
    rows = session.execute(
        select(
            TariffFigure.concept,
            TariffFigure.market,
            TariffFigure.rule,
            TariffFigure.stratum,
            TariffFigure.first,
            TariffFigure.last,
            TariffFigure.value,
            TariffFigure.text,
            TariffFigure.source,
        )
        .where(TariffFigure.publication_id == publication_id)
        .order_by(TariffFigure.place)
    )
    return [Figure(**row._mapping) for row in rows]


def digest_figures(figures: Sequence[Figure]) -> bytes:
    """Return the SHA-256 of figures, in their order."""
    said = [tuple(map(str, figure)) for figure in figures]
    return hashlib.sha256(repr(said).encode()).digest()


def read_packaged_figures(path: Path) -> Iterator[Figure]:
    """Yield the figures of a file that the program brings along: UTF-8, semicolons, decimal comma.

    ``ValueError`` for a row that is none: such a file is part of the program.
    """
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";", strict=True):
            concept = Concept(row["concepto"])
            yield Figure(
                concept,
                row["mercado"],
                Rule(row["norma"]) if row["norma"] else None,
                _whole(row["estrato"]),
                _whole(row["desde"]),
                _whole(row["hasta"]),
                None if concept in TEXTS else Decimal(row["valor"].replace(",", ".")),
                row["texto"],
                row["fuente"],
            )


def list_file_rows(figures: Sequence[Figure]) -> list[tuple[str, ...]]:
    """Return figures as the rows of their file, in the order of ``FIELDS``."""
    return [
        (
            disarm(figure.market),
            figure.concept.value,
            "" if figure.rule is None else figure.rule.value,
            _written(figure.stratum),
            _written(figure.first),
            _written(figure.last),
            "" if figure.value is None else f"{figure.value:f}".replace(".", ","),
            disarm(figure.text),
            UNITS.get(figure.concept, ""),
            disarm(figure.source),
        )
        for figure in figures
    ]


def seed(session: Session, *, now: datetime) -> None:
    """Write the tariffs that the program brings along and the database lacks, inside the caller's transaction."""
    for path in sorted(FOLDER.glob("*.csv")):
        month = Month(*map(int, path.stem.split("-")))
        figures = list(read_packaged_figures(path))
        sheet = build_sheet(month, figures)
        known = select(TariffPublication.id).where(
            TariffPublication.published_by == sheet.published_by, TariffPublication.month == month.first.date
        )
        if session.scalars(known.limit(1)).one_or_none() is None:
            row = make_publication(sheet, figures, version=1, file_name=path.name, now=now)
            row.state, row.shown_from, row.decided_at = PublicationState.PUBLISHED, sheet.month.first.date, now
            add_publication(session, row, figures=figures)


def index_tariffs(session: Session, *, nit: str) -> None:
    """Write what the search finds of the tariffs anew: each market with its towns, in the caller's transaction."""
    rows = session.execute(
        select(TariffFigure.market, TariffFigure.text)
        .join(TariffPublication, TariffPublication.id == TariffFigure.publication_id)
        .where(
            TariffPublication.published_by == nit,
            TariffPublication.state == PublicationState.PUBLISHED,
            TariffFigure.concept == Concept.TOWN,
        )
        .order_by(TariffFigure.market, TariffFigure.place)
    )
    towns: dict[str, list[str]] = {}
    for row in rows:
        towns.setdefault(row.market, []).append(row.text)
    found = [
        Passage(
            PassageKind.PAGE,
            f"Tarifas de gas en {market}",
            f"Precio o costo del gas en {join_words(list(dict.fromkeys(names)))}: cargo fijo y cargo variable por m³.",
            f"/tarifas#{slug_of(market)}",
        )
        for market, names in towns.items()
    ]
    passages.rewrite(session, source="tariffs", passages=found, published_by=nit)


def make_publication(
    sheet: TariffSheet, figures: Sequence[Figure], *, version: int, file_name: str, now: datetime
) -> TariffPublication:
    """Return a version of a month that is proposed, not added yet."""
    return TariffPublication(
        public_id=secrets.token_urlsafe(12),
        published_by=sheet.published_by,
        month=sheet.month.first.date,
        version=version,
        state=PublicationState.PROPOSED,
        title=sheet.source,
        file_name=file_name[-120:],
        digest=digest_figures(figures),
        proposed_at=now,
    )


def add_publication(session: Session, row: TariffPublication, *, figures: Sequence[Figure]) -> TariffPublication:
    """Add a publication with its figures, inside the caller's transaction."""
    session.add(row)
    session.flush()
    session.add_all(
        TariffFigure(publication_id=row.id, place=place, **figure._asdict()) for place, figure in enumerate(figures)
    )
    session.flush()
    return row


def _written(number: int | None) -> str:
    return "" if number is None else str(number)


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _published(row: TariffPublication) -> PublishedMonth:
    if row.shown_from is None:
        raise ValueError(f"publication {row.public_id} is not shown")
    month = Month.of(GasDay(row.month))
    return PublishedMonth(month, row.version, row.title, row.shown_from, row.public_id)


def select_shown(act: Act) -> Select[TariffPublication]:
    """Select the publications of this distributor that are shown today: of each month the last version."""
    today = GasDay.of(act.now).date
    later = aliased(TariffPublication)
    newest = (
        select(func.max(later.version))
        .where(
            later.published_by == TariffPublication.published_by,
            later.month == TariffPublication.month,
            later.state == PublicationState.PUBLISHED,
            later.shown_from <= today,
        )
        .correlate(TariffPublication)
        .scalar_subquery()
    )
    return select(TariffPublication).where(
        TariffPublication.published_by == act.distributor.nit,
        TariffPublication.state == PublicationState.PUBLISHED,
        TariffPublication.shown_from <= today,
        TariffPublication.version == newest,
    )
