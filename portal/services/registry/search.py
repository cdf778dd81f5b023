"""Search in the whole registry, without accents and with the words in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.accounts import Function
from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.searched import comparable, search_text, words_of
from portal.models import Company, Contact, Contract, DeliveryPoint, ExitPoint
from portal.services.store import keyset, point_search
from portal.services.store.acts import Act
from portal.services.store.keyset import PAGE, Page, Place, take_page
from portal.services.store.permissions import require


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
    """A page of hits, and how many there are of each kind.

    A place is the rank of a hit, the number of its kind and its row id.
    """

    page: Page[Hit]
    counts: Counter[Kind]


class _Ranked(NamedTuple):
    rank: int
    row_id: int
    hit: Hit


class _Asked(NamedTuple):
    """Words that are searched, the place after which the page begins, and how many rows of a kind it takes at most.

    ``contacts`` are those that fit the words, None without words.
    """

    text: str
    after: Place | None
    most: int
    contacts: list[_Ranked] | None

    def follow(
        self,
        kind: Kind,
        rank: ColumnElement[int],
        column: InstrumentedAttribute[str],
        row_id: InstrumentedAttribute[int],
    ) -> ColumnElement[bool]:
        """Return the condition that a row of a kind comes after the place: by rank, kind, this column and id."""
        if self.after is None:
            return true()
        best, number, last = self.after
        own = _KINDS.index(kind)
        if own == number:
            return or_(rank > best, and_(rank == best, keyset.match_later([column], row_id=row_id, after=last)))
        return rank >= best if own > number else rank > best


_KINDS = tuple(Kind)


def search(act: Act, *, text: str, kind: Kind | None = None, after: Place | None = None) -> Found:
    """Return the entries with every word of ``text`` in their names, codes, town, supplier or addresses.

    Fifty after a place; five queries for the counts and one for each kind that is shown. A blank text finds everything.
    An exact code, number or NIT comes first, then texts that begin alike, then by kind and name. Points, contracts and
    companies are those that every search finds (``store/point_search.py``).
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    contacts = _match_contacts(session, text) if text.strip() else None
    asked = _Asked(text, after, PAGE + 1, contacts)
    found = [each for own in _KINDS if kind in (None, own) for each in _FINDERS[own](session, asked)]
    # By rank alone: kinds come in their order, and in it the rows of each.
    found.sort(key=lambda each: each.rank)
    shown = take_page(found[: PAGE + 1], length=PAGE, place=_place)
    counts = Counter({each: count for each in _KINDS if (count := _count(session, each, asked))})
    return Found(Page([each.hit for each in shown.rows], shown.next), counts)


def _place(found: _Ranked) -> Place:
    return found.rank, _KINDS.index(found.hit.kind), found.row_id


def _count(session: Session, kind: Kind, asked: _Asked) -> int:
    text = asked.text
    if kind is Kind.CONTACT:
        return session.scalar(_CONTACTS) or 0 if asked.contacts is None else len(asked.contacts)
    match kind:
        case Kind.COMPANY:
            rows = select(func.count(Company.id)).where(point_search.match_text(text, Company))
        case Kind.CONTRACT:
            rows = select(func.count(Contract.id))
            if text.strip():
                fits = point_search.match_text(text, Contract, Company)
                rows = rows.join(Company, Company.id == Contract.company_id).where(fits)
        case Kind.POINT:
            rows = select(func.count(DeliveryPoint.id))
            rows = point_search.select_joined(rows, text) if text.strip() else rows
        case _:
            rows = select(func.count(ExitPoint.id)).where(point_search.match_text(text, ExitPoint))
    return session.scalar(rows) or 0


_CONTACTS = select(func.count(Contact.id)).where(Contact.removed_at.is_(None))


def _companies(session: Session, asked: _Asked) -> list[_Ranked]:
    rank = point_search.rank_point(asked.text, codes=(), begin=(Company.sort_name,), of_company=True)
    rows = (
        select(
            Company.id,
            Company.public_id,
            Company.nit,
            Company.name,
            Company.city,
            Company.ended_on,
            rank.label("rank"),
        )
        .where(
            point_search.match_text(asked.text, Company),
            asked.follow(Kind.COMPANY, rank, Company.sort_name, Company.id),
        )
        .order_by(*_by(asked, rank), Company.sort_name, Company.id)
    )
    return [
        _Ranked(
            row.rank,
            row.id,
            Hit(Kind.COMPANY, row.public_id, row.name, print_nit(row.nit), row.city or "", None, row.ended_on),
        )
        for row in session.execute(rows.limit(asked.most))
    ]


def _contracts(session: Session, asked: _Asked) -> list[_Ranked]:
    rank = point_search.rank_point(asked.text, codes=(Contract.number,))
    rows = (
        select(
            Contract.id,
            Contract.public_id,
            Contract.number,
            Contract.modality,
            Contract.ends_on,
            Company.name.label("company"),
            rank.label("rank"),
        )
        .join(Company, Company.id == Contract.company_id)
        .where(
            point_search.match_text(asked.text, Contract, Company),
            asked.follow(Kind.CONTRACT, rank, Contract.number, Contract.id),
        )
        .order_by(*_by(asked, rank), Contract.number, Contract.id)
    )
    return [
        _Ranked(
            row.rank,
            row.id,
            Hit(Kind.CONTRACT, row.public_id, row.number, "", row.company, row.modality, row.ends_on),
        )
        for row in session.execute(rows.limit(asked.most))
    ]


def _points(session: Session, asked: _Asked) -> list[_Ranked]:
    rank = point_search.order_points(asked.text)[0]
    rows = select(
        DeliveryPoint.id,
        DeliveryPoint.public_id,
        DeliveryPoint.name,
        DeliveryPoint.carrier_code,
        DeliveryPoint.municipality,
        DeliveryPoint.ends_on,
        Contract.number,
        Contract.modality,
        Company.name.label("company"),
        rank.label("rank"),
    )
    rows = point_search.select_joined(rows, asked.text).where(
        asked.follow(Kind.POINT, rank, DeliveryPoint.sort_name, DeliveryPoint.id)
    )
    rows = rows.order_by(*_by(asked, rank), DeliveryPoint.sort_name, DeliveryPoint.id)
    return [_Ranked(row.rank, row.id, _point(row)) for row in session.execute(rows.limit(asked.most))]


def _by(asked: _Asked, rank: ColumnElement[int]) -> tuple[ColumnElement[int], ...]:
    """Return the rank to order by: none without words, for then all have one, and an index gives the order."""
    return (rank,) if asked.text.strip() else ()


def _point(row: Any) -> Hit:
    owner = f"{row.company} · {row.number} · {row.municipality}"
    return Hit(Kind.POINT, row.public_id, row.name, row.carrier_code, owner, row.modality, row.ends_on)


def _contacts(session: Session, asked: _Asked) -> list[_Ranked]:
    if asked.contacts is None:
        after = asked.follow(Kind.CONTACT, literal(_LAST), Contact.name, Contact.id)
        rows = session.execute(_select_contacts().where(after).limit(asked.most))
        return [_Ranked(_LAST, row.id, _contact(row)) for row in rows]
    # By name within each rank, as they come.
    found = sorted(asked.contacts, key=lambda each: each.rank)
    if asked.after is None:
        return found[: asked.most]
    best, number, last = asked.after
    own = _KINDS.index(Kind.CONTACT)
    if own != number:
        return [each for each in found if each.rank > best or (each.rank == best and own > number)][: asked.most]
    at = next((place for place, each in enumerate(found) if each.row_id == last), len(found))
    return found[at + 1 :][: asked.most]


# Rank of what is no exact code and begins otherwise.
_LAST = 2


def _match_contacts(session: Session, text: str) -> list[_Ranked]:
    """Compare contacts in Python: their names are stored as written, and a company has few."""
    words, wanted = words_of(text), comparable(text)
    found = []
    for row in session.execute(_select_contacts()):
        key = search_text(row.name, row.email, row.phone, row.company)
        if all(word in key for word in words):
            begins = key.startswith(wanted) or row.email.startswith(wanted)
            found.append(_Ranked(1 if begins else _LAST, row.id, _contact(row)))
    return found


def _select_contacts() -> Any:
    return (
        select(Contact.id, Contact.public_id, Contact.name, Contact.email, Contact.phone, Company.name.label("company"))
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.removed_at.is_(None))
        .order_by(Contact.name, Contact.id)
    )


def _contact(row: Any) -> Hit:
    return Hit(Kind.CONTACT, row.public_id, row.name, row.email, row.company, None, None)


def _exit_points(session: Session, asked: _Asked) -> list[_Ranked]:
    rank = point_search.rank_point(asked.text, codes=(ExitPoint.code,))
    rows = (
        select(ExitPoint.id, ExitPoint.code, ExitPoint.name, ExitPoint.ended_on, rank.label("rank"))
        .where(
            point_search.match_text(asked.text, ExitPoint),
            asked.follow(Kind.EXIT_POINT, rank, ExitPoint.name, ExitPoint.id),
        )
        .order_by(*_by(asked, rank), ExitPoint.name, ExitPoint.id)
    )
    return [
        _Ranked(row.rank, row.id, Hit(Kind.EXIT_POINT, row.code, row.name, row.code, "", None, row.ended_on))
        for row in session.execute(rows.limit(asked.most))
    ]


_FINDERS: Mapping[Kind, Callable[[Session, _Asked], list[_Ranked]]] = {
    Kind.COMPANY: _companies,
    Kind.CONTRACT: _contracts,
    Kind.POINT: _points,
    Kind.CONTACT: _contacts,
    Kind.EXIT_POINT: _exit_points,
}
