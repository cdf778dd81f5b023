"""Search in the whole registry, without accents and with the words in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.searched import comparable, search_text, words_of
from portal.models import Company, Contact, Contract, DeliveryPoint, ExitPoint
from portal.services.store import point_search
from portal.services.store.acts import Act
from portal.services.store.permissions import require

PAGE = 50


class Kind(StrEnum):
    """Kind of a hit; the value is that of the URL parameter."""

    COMPANY = "empresas"
    CONTRACT = "contratos"
    POINT = "puntos"
    CONTACT = "contactos"
    EXIT_POINT = "salidas"


class Hit(NamedTuple):
    """A hit: its id in URLs, its name and code, its owner, and the day it ended.

    ``modality`` is that of a contract or a point.
    """

    kind: Kind
    public_id: str
    name: str
    code: str
    owner: str
    modality: Modality | None
    ends_on: GasDay | None


class Found(NamedTuple):
    """A page of hits, how many there are of each kind, and whether more follow."""

    hits: Sequence[Hit]
    counts: Counter[Kind]
    has_more: bool


class _Some(NamedTuple):
    """The first hits of a kind with their rank, and how many there are in all."""

    ranked: list[tuple[int, Hit]]
    total: int


def search(act: Act, *, text: str, kind: Kind | None = None, page: int = 1) -> Found:
    """Return the entries with every word of ``text`` in their names, codes, town, supplier or addresses; five queries.

    A blank text finds everything. An exact code, number or NIT comes first, then texts that begin alike, then by
    kind and name. Points, contracts and companies are those that every search finds (``store/point_search.py``).
    """
    require(act, Function.KEEP_REGISTRY)
    first = (page - 1) * PAGE
    found = {each: find(act.session, text, first + PAGE + 1) for each, find in _FINDERS.items()}
    ranked = [pair for each, some in found.items() if kind in (None, each) for pair in some.ranked]
    ranked.sort(key=lambda pair: pair[0])
    hits = [hit for _, hit in ranked[first : first + PAGE]]
    counts = Counter({each: some.total for each, some in found.items() if some.total})
    return Found(hits, counts, len(ranked) > first + PAGE)


def _companies(session: Session, text: str, most: int) -> _Some:
    rank = point_search.rank_point(text, codes=(), begin=(Company.sort_name,), of_company=True)
    rows = select(Company.public_id, Company.nit, Company.name, Company.city, Company.ended_on, *_ranked(rank))
    found = session.execute(
        rows.where(point_search.match_text(text, Company)).order_by(rank, Company.sort_name).limit(most)
    ).all()
    return _Some(
        [
            (
                row.rank,
                Hit(Kind.COMPANY, row.public_id, row.name, print_nit(row.nit), row.city or "", None, row.ended_on),
            )
            for row in found
        ],
        found[0].total if found else 0,
    )


def _contracts(session: Session, text: str, most: int) -> _Some:
    rank = point_search.rank_point(text, codes=(Contract.number,))
    rows = (
        select(
            Contract.public_id,
            Contract.number,
            Contract.modality,
            Contract.ends_on,
            Company.name.label("company"),
            *_ranked(rank),
        )
        .join(Company, Company.id == Contract.company_id)
        .where(point_search.match_text(text, Contract, Company))
    )
    found = session.execute(rows.order_by(rank, Contract.number).limit(most)).all()
    return _Some(
        [
            (row.rank, Hit(Kind.CONTRACT, row.public_id, row.number, "", row.company, row.modality, row.ends_on))
            for row in found
        ],
        found[0].total if found else 0,
    )


def _points(session: Session, text: str, most: int) -> _Some:
    order = point_search.order_points(text)
    rows = select(
        DeliveryPoint.public_id,
        DeliveryPoint.name,
        DeliveryPoint.carrier_code,
        DeliveryPoint.municipality,
        DeliveryPoint.ends_on,
        Contract.number,
        Contract.modality,
        Company.name.label("company"),
        *_ranked(order[0]),
    )
    by_name = (order[0], DeliveryPoint.sort_name, DeliveryPoint.id)
    found = session.execute(point_search.select_joined(rows, text).order_by(*by_name).limit(most)).all()
    return _Some([(row.rank, _point(row)) for row in found], found[0].total if found else 0)


def _point(row: Any) -> Hit:
    owner = f"{row.company} · {row.number} · {row.municipality}"
    return Hit(Kind.POINT, row.public_id, row.name, row.carrier_code, owner, row.modality, row.ends_on)


def _contacts(session: Session, text: str, _most: int) -> _Some:
    """Compare contacts in Python: their names are stored as written, and a company has few."""
    rows = (
        select(Contact.public_id, Contact.name, Contact.email, Contact.phone, Company.name.label("company"))
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.removed_at.is_(None))
        .order_by(Contact.name)
    )
    words, wanted = words_of(text), comparable(text)
    found = []
    for row in session.execute(rows):
        key = search_text(row.name, row.email, row.phone, row.company)
        if all(word in key for word in words):
            hit = Hit(Kind.CONTACT, row.public_id, row.name, row.email, row.company, None, None)
            found.append((1 if key.startswith(wanted) or row.email.startswith(wanted) else 2, hit))
    return _Some(found, len(found))


def _exit_points(session: Session, text: str, most: int) -> _Some:
    rank = point_search.rank_point(text, codes=(ExitPoint.code,))
    rows = select(ExitPoint.code, ExitPoint.name, ExitPoint.ended_on, *_ranked(rank))
    found = session.execute(
        rows.where(point_search.match_text(text, ExitPoint)).order_by(rank, ExitPoint.name).limit(most)
    ).all()
    return _Some(
        [(row.rank, Hit(Kind.EXIT_POINT, row.code, row.name, row.code, "", None, row.ended_on)) for row in found],
        found[0].total if found else 0,
    )


def _ranked(rank: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return rank.label("rank"), func.count().over().label("total")


_FINDERS: Mapping[Kind, Callable[[Session, str, int], _Some]] = {
    Kind.COMPANY: _companies,
    Kind.CONTRACT: _contracts,
    Kind.POINT: _points,
    Kind.CONTACT: _contacts,
    Kind.EXIT_POINT: _exit_points,
}
