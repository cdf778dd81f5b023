"""Search over everything that the registry holds, whatever its accents and in any order of the words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.nits import print_nit
from portal.models import Company, Contact, Contract, DeliveryPoint, ExitPoint
from portal.services.store.actors import Actor
from portal.services.store.names import comparable

from .permissions import keeper

PAGE = 50
MOST_WORDS = 8


class Kind(StrEnum):
    """What may be found; the value is what an address says."""

    COMPANY = "empresas"
    CONTRACT = "contratos"
    POINT = "puntos"
    CONTACT = "contactos"
    EXIT_POINT = "salidas"


class Hit(NamedTuple):
    """A thing that was found: its id in addresses, its name, the code beside it, whose it is, and since when it ended.

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


def search(session: Session, *, actor: Actor, text: str, kind: Kind | None = None, page: int = 1) -> Found:
    """Return what holds every word of ``text`` in its names, codes, town, supplier or addresses; five queries.

    A blank text finds everything. Those that begin with the text come first, then by kind and name; a NIT is found
    with and without its dots. Read whole and compared here, for what a database calls alike differs: a distributor has
    hundreds of customers, not millions.
    """
    keeper(actor)
    wanted = comparable(text)
    words = wanted.split()[:MOST_WORDS]
    found = [(hit, key) for hit, key in _everything(session) if all(word in key for word in words)]
    counts = Counter(hit.kind for hit, _ in found)
    if kind is not None:
        found = [each for each in found if each[0].kind is kind]
    if wanted:
        found.sort(key=lambda each: not (each[1].startswith(wanted) or comparable(each[0].code).startswith(wanted)))
    first = (page - 1) * PAGE
    return Found([hit for hit, _ in found[first : first + PAGE]], counts, len(found) > first + PAGE)


def _everything(session: Session) -> Iterator[tuple[Hit, str]]:
    """Give everything with the text it is found by, kind after kind, by name."""
    for public_id, nit, name, city, contact, email, ended in _rows(
        session,
        select(
            Company.public_id,
            Company.nit,
            Company.name,
            Company.city,
            Company.contact_name,
            Company.contact_email,
            Company.ended_on,
        ).order_by(Company.sort_name),
    ):
        printed = print_nit(nit)
        hit = Hit(Kind.COMPANY, public_id, name, printed, city or "", None, ended)
        yield hit, _key(name, nit, nit.replace("-", ""), printed, city, contact, email)
    for public_id, number, supplier, modality, ends_on, company in _rows(
        session,
        select(
            Contract.public_id,
            Contract.number,
            Contract.supplier_name,
            Contract.modality,
            Contract.ends_on,
            Company.name,
        )
        .join(Company, Company.id == Contract.company_id)
        .order_by(Contract.number),
    ):
        yield (
            Hit(Kind.CONTRACT, public_id, number, "", company, modality, ends_on),
            _key(number, company, supplier, modality),
        )
    for public_id, name, code, town, ends_on, number, modality, company in _rows(
        session,
        select(
            DeliveryPoint.public_id,
            DeliveryPoint.name,
            DeliveryPoint.carrier_code,
            DeliveryPoint.municipality,
            DeliveryPoint.ends_on,
            Contract.number,
            Contract.modality,
            Company.name,
        )
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .order_by(DeliveryPoint.sort_name),
    ):
        hit = Hit(Kind.POINT, public_id, name, code, f"{company} · {number} · {town}", modality, ends_on)
        yield hit, _key(name, code, town, number, company)
    for public_id, name, email, phone, company in _rows(
        session,
        select(Contact.public_id, Contact.name, Contact.email, Contact.phone, Company.name)
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.removed_at.is_(None))
        .order_by(Contact.name),
    ):
        yield Hit(Kind.CONTACT, public_id, name, email, company, None, None), _key(name, email, phone, company)
    for code, name, ended in _rows(
        session, select(ExitPoint.code, ExitPoint.name, ExitPoint.ended_on).order_by(ExitPoint.name)
    ):
        yield Hit(Kind.EXIT_POINT, code, name, code, "", None, ended), _key(name, code)


def _rows(session: Session, question: Any) -> Iterator[Any]:
    yield from session.execute(question).all()


def _key(*texts: str | None) -> str:
    return comparable(" ".join(text for text in texts if text))
