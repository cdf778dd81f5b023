"""Pages of the registry: an entry, the entries that belong to it, and its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.audit_events import AuditEvent
from portal.domain.gas_day import GasDay
from portal.domain.quantities import Quantity
from portal.models import Company, Contact, Contract, DeliveryPoint, ExitPoint
from portal.services import mail
from portal.services.points.stations import Reach, reach_of
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.refusals import NotFound
from portal.services.trace import audit_trail

from . import entries
from .entries import CompanyEntry, ContractEntry, ExitPointEntry, PointEntry
from .maxima import find_maxima
from .rules import Figures, find_figures
from .timelines import MaximumFrom, Span, load_maxima, load_timeline

Row = TypeVar("Row")
# Changes shown on these pages; who opened what with which key is on the audit's own page.
EVENTS = (
    AuditEvent.COMPANY_CREATED,
    AuditEvent.COMPANY_CHANGED,
    AuditEvent.CONTRACT_CREATED,
    AuditEvent.CONTRACT_CHANGED,
    AuditEvent.DELIVERY_POINT_CREATED,
    AuditEvent.DELIVERY_POINT_CHANGED,
    AuditEvent.EXIT_POINT_CREATED,
    AuditEvent.EXIT_POINT_CHANGED,
    AuditEvent.CONTACT_ADDED,
    AuditEvent.CONTACT_CHANGED,
    AuditEvent.CONTACT_REMOVED,
)


class CompanySheet(NamedTuple):
    """A company with its contracts, their maxima of today by row id, its contacts and their changes."""

    row: Company
    entry: CompanyEntry
    contracts: Sequence[Contract]
    maxima: Mapping[int, Quantity]
    contacts: Sequence[Contact]
    changes: list[audit_trail.Entry]


class ContractSheet(NamedTuple):
    """A contract with its points; ``has_figures`` is true when modality, unit, maximum and tolerance are fixed."""

    row: Contract
    entry: ContractEntry
    points: Sequence[DeliveryPoint]
    has_figures: bool
    maxima: Sequence[MaximumFrom]
    changes: list[audit_trail.Entry]


class PointSheet(NamedTuple):
    """A delivery point, the first and last day with figures, and its timeline."""

    row: DeliveryPoint
    entry: PointEntry
    figures: Figures
    timeline: Sequence[Span]
    changes: list[audit_trail.Entry]

    @property
    def reach(self) -> Reach:
        """Person and telephone of the point, else of its company."""
        return reach_of(self.row)


class ExitPointSheet(NamedTuple):
    """An exit point with the points that it feeds."""

    row: ExitPoint
    entry: ExitPointEntry
    points: Sequence[DeliveryPoint]
    changes: list[audit_trail.Entry]


# Points that the page of an exit point shows; all are found by its code in the registry.
MOST_POINTS = 50


class ContactSheet(NamedTuple):
    """A contact and its company."""

    row: Contact
    company: Company
    changes: list[audit_trail.Entry]


def load_company_sheet(act: Act, *, company: str) -> CompanySheet:
    """Return the page of a company; ``NotFound`` when there is none with this id."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    row = _found(session.scalars(select(Company).where(Company.public_id == company)).one_or_none())
    contracts = session.scalars(
        select(Contract).where(Contract.company_id == row.id).order_by(Contract.ends_on.is_not(None), Contract.number)
    ).all()
    contacts = mail.list_contacts(session, company_id=row.id)
    # Include removed contacts: their removal is a change of the company.
    known = session.scalars(select(Contact.public_id).where(Contact.company_id == row.id))
    subjects = [row.public_id, *known]
    maxima = find_maxima(session, contracts=contracts, day=GasDay.of(act.now))
    return CompanySheet(row, entries.of_company(row), contracts, maxima, contacts, _changes(session, subjects))


def load_contract_sheet(act: Act, *, contract: str) -> ContractSheet:
    """Return the page of a contract; ``NotFound`` when there is none with this id."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    row = _found(session.scalars(select(Contract).where(Contract.public_id == contract)).one_or_none())
    points = session.scalars(
        select(DeliveryPoint).where(DeliveryPoint.contract_id == row.id).order_by(DeliveryPoint.sort_name)
    ).all()
    figures = find_figures(session, point_ids=[point.id for point in points])
    changes = _changes(session, [row.public_id])
    maxima = load_maxima(session, contract=row)
    return ContractSheet(row, entries.of_contract(row), points, bool(figures), maxima, changes)


def load_point_sheet(act: Act, *, point: str) -> PointSheet:
    """Return the page of a delivery point; ``NotFound`` when there is none with this id."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    row = _found(session.scalars(select(DeliveryPoint).where(DeliveryPoint.public_id == point)).one_or_none())
    figures = find_figures(session, point_ids=[row.id]).get(row.id, Figures())
    timeline = load_timeline(session, point=row)
    return PointSheet(row, entries.of_point(row), figures, timeline, _changes(session, [row.public_id]))


def load_exit_point_sheet(act: Act, *, code: str) -> ExitPointSheet:
    """Return the page of an exit point; ``NotFound`` when there is none with this code."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    row = _found(session.scalars(select(ExitPoint).where(ExitPoint.code == code)).one_or_none())
    points = session.scalars(
        select(DeliveryPoint)
        .where(DeliveryPoint.exit_point_id == row.id)
        .order_by(DeliveryPoint.sort_name, DeliveryPoint.id)
        .limit(MOST_POINTS + 1)
    ).all()
    return ExitPointSheet(row, entries.of_exit_point(row), points, _changes(session, [row.code]))


def load_contact_sheet(act: Act, *, contact: str) -> ContactSheet:
    """Return the page of a contact that still gets mail; ``NotFound`` when there is none with this id."""
    require(act, Function.KEEP_REGISTRY)
    found = act.session.execute(
        select(Contact, Company)
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.public_id == contact, Contact.removed_at.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound
    return ContactSheet(found[0], found[1], _changes(act.session, [found[0].public_id]))


def list_contract_numbers(act: Act, *, company_id: int) -> Sequence[str]:
    """Return the numbers of a company's contracts, in their order."""
    require(act, Function.KEEP_REGISTRY)
    return act.session.scalars(
        select(Contract.number).where(Contract.company_id == company_id).order_by(Contract.number)
    ).all()


def list_exit_points(act: Act) -> Sequence[ExitPoint]:
    """Return every exit point by name, for the form of a delivery point."""
    require(act, Function.KEEP_REGISTRY)
    return act.session.scalars(select(ExitPoint).order_by(ExitPoint.name)).all()


def _changes(session: Session, subjects: list[str]) -> list[audit_trail.Entry]:
    return audit_trail.list_of_subjects(session, subjects=subjects, events=EVENTS)


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row
