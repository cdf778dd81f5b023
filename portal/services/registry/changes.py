"""Registry use cases of the pages: create or change one company, contract, point or exit point."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services import ledger, nominations
from portal.services.store.acts import Act
from portal.services.store.constraints import meaning_of_constraints
from portal.services.store.permissions import require
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction

from . import entries, later, rules
from .entries import CompanyEntry, ContractEntry, Entry, ExitPointEntry, PointEntry
from .rows import Author, put_company, put_contract, put_exit_point, put_point, refuse_shared

Row = TypeVar("Row", Company, Contract, ExitPoint)


class Validity(NamedTuple):
    """A carrier's code, and the gas days on which it means a point; the last is excluded."""

    carrier_code: str
    starts_on: GasDay
    ends_on: GasDay | None


VALID = select(DeliveryPoint.carrier_code, DeliveryPoint.starts_on, DeliveryPoint.ends_on)

# Rows are locked as by ``ledger.lock`` (``FOR NO KEY UPDATE``): a signature, which holds the audit chain, can still
# insert rows that refer to them. The order is company, contract, points, audit.
#
# Every use case here commits, and refuses (``Rejected``) what cleaning and rules refuse. ``seen`` is the fingerprint
# of the entry that the page showed: ``Conflict`` when the entry changed since.


def save_company(act: Act, *, entry: CompanyEntry, company: str | None = None, seen: str = "") -> Company:
    """Create a company, or change the one with public id ``company``; commits."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    entry = rules.clean_company(entry)
    with meaning_of_constraints(), transaction(session):
        row = _company(session, company) if company else None
        check_unchanged(entries.of_company(row) if row else None, seen)
        contracts = _contracts(session, row.id) if row else []
        rules.check_company(entry, contracts=[entries.of_contract(each) for each in contracts])
        return put_company(session, row, entry, author=Author(act.actor, act.now))


def save_contract(
    act: Act,
    *,
    entry: ContractEntry,
    company: str | None = None,
    contract: str | None = None,
    seen: str = "",
    agreed: str = "",
) -> Contract:
    """Create a contract of the company with public id ``company``, or change the one called ``contract``; commits.

    The points that end with the contract follow its end; ``agreed`` as for ``save_point``.
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    entry = rules.clean_contract(entry)
    with meaning_of_constraints(), transaction(session):
        row = lock_contract(session, contract) if contract else None
        owner = row.company if row else _company(session, company)
        before = entries.of_contract(row) if row else None
        check_unchanged(before, seen)
        points = lock_points_of(session, row.id) if row else []
        known = {point.public_id: entries.of_point(point) for point in points}
        if before is None or before.number != entry.number:
            others = set(session.scalars(select(Contract.number))) - ({before.number} if before else set())
            rules.check_number(entry.number, others)
        rules.check_contract(
            entry,
            before=before,
            company=entries.of_company(owner),
            points=known,
            figures=_figures(session, points),
        )
        author = Author(act.actor, act.now)
        follow = rules.list_followers(entry, before, known) if before else {}
        ends = {point.id: follow[point.public_id].ends_on for point in points if point.public_id in follow}
        later.agree(session, ends=ends, agreed=agreed, today=GasDay.of(act.now))
        for point in points:
            if point.id in ends:
                nominations.cancel_after_end(act, point=point, ends_on=ends[point.id])
        saved = put_contract(session, row, entry, company_id=owner.id, author=author)
        for point in points:
            if point.public_id in follow:
                put_point(
                    session,
                    point,
                    follow[point.public_id],
                    contract_id=saved.id,
                    company_id=owner.id,
                    exit_point=point.exit_point,
                    author=author,
                )
        if follow:
            refuse_shared(session)
        return saved


def save_point(
    act: Act,
    *,
    entry: PointEntry,
    contract: str | None = None,
    point: str | None = None,
    seen: str = "",
    agreed: str = "",
) -> DeliveryPoint:
    """Create a delivery point of the contract with this public id, or change the one called ``point``; commits.

    ``agreed`` is the fingerprint of the consequences that were shown for a new end: ``END_UNCONFIRMED`` without it.
    """
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    entry = rules.clean_point(entry)
    with meaning_of_constraints(), transaction(session):
        row = lock_point(session, point) if point else None
        owner = row.contract if row else lock_contract(session, contract)
        before = entries.of_point(row) if row else None
        check_unchanged(before, seen)
        if before is None or _valid(before) != _valid(entry):
            others = session.execute(VALID if row is None else VALID.where(DeliveryPoint.id != row.id))
            rules.check_point_code(entry, before=before, others=[Validity(*each) for each in others])
        gate = session.scalars(select(ExitPoint).where(ExitPoint.code == entry.exit_point)).one_or_none()
        rules.check_point(
            entry,
            before=before,
            contract=entries.of_contract(owner),
            exit_point=entries.of_exit_point(gate) if gate else None,
            figures=_figures(session, [row] if row else []).get(row.public_id if row else "", rules.NO_FIGURES),
        )
        if row is not None and before is not None and before.ends_on != entry.ends_on:
            later.agree(session, ends={row.id: entry.ends_on}, agreed=agreed, today=GasDay.of(act.now))
            nominations.cancel_after_end(act, point=row, ends_on=entry.ends_on)
        if gate is None:
            raise Rejected(Refusal.EXIT_POINT_UNKNOWN, "exit_point")
        saved = put_point(
            session,
            row,
            entry,
            contract_id=owner.id,
            company_id=owner.company_id,
            exit_point=gate,
            author=Author(act.actor, act.now),
        )
        refuse_shared(session)
        return saved


def save_exit_point(act: Act, *, entry: ExitPointEntry, code: str | None = None, seen: str = "") -> ExitPoint:
    """Create an exit point, or change the one with this code, which stays; commits."""
    session = act.session
    require(act, Function.KEEP_REGISTRY)
    entry = rules.clean_exit_point(entry)
    with meaning_of_constraints(), transaction(session):
        row = _exit_point(session, code) if code else None
        check_unchanged(entries.of_exit_point(row) if row else None, seen)
        if row is not None and entry.code != row.code:
            raise Rejected(Refusal.CODE_FIXED, "code")
        gate_id = row.id if row else None
        points = session.scalars(select(DeliveryPoint).where(DeliveryPoint.exit_point_id == gate_id))
        if row is None:
            rules.check_code(entry.code, session.scalars(select(ExitPoint.code)), field="code")
        rules.check_exit_point(entry, points=[entries.of_point(each) for each in points])
        return put_exit_point(session, row, entry, author=Author(act.actor, act.now))


def _valid(entry: PointEntry) -> Validity:
    return Validity(entry.carrier_code, entry.starts_on, entry.ends_on)


def check_unchanged(entry: Entry | None, seen: str) -> None:
    """Raise ``Conflict`` when the fingerprint of the entry differs from the one ``seen``."""
    if entries.fingerprint(entry) != seen:
        raise Conflict("registry-changed")


def _company(session: Session, public_id: str | None) -> Company:
    return _locked(session, select(Company).where(Company.public_id == public_id), Company)


def lock_contract(session: Session, public_id: str | None) -> Contract:
    """Return the contract with its row locked; ``NotFound`` for an unknown one."""
    return _locked(session, select(Contract).where(Contract.public_id == public_id), Contract)


def _exit_point(session: Session, code: str) -> ExitPoint:
    return _locked(session, select(ExitPoint).where(ExitPoint.code == code), ExitPoint)


def _locked(session: Session, question: Select[Row], model: type[Row]) -> Row:
    found = session.scalars(question.with_for_update(of=model, key_share=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_point(session: Session, public_id: str | None) -> DeliveryPoint:
    """Return the point with its account locked; ``NotFound`` for an unknown one."""
    found = session.scalars(select(DeliveryPoint.id).where(DeliveryPoint.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    # Lock as every writer of its account does: no figures can be added in between.
    ledger.lock(session, found)
    return session.get_one(DeliveryPoint, found)


def _contracts(session: Session, company_id: int) -> list[Contract]:
    return list(session.scalars(select(Contract).where(Contract.company_id == company_id)))


def lock_points_of(session: Session, contract_id: int) -> list[DeliveryPoint]:
    """Return the points of a contract, by their ids, with their accounts locked."""
    ids = session.scalars(
        select(DeliveryPoint.id).where(DeliveryPoint.contract_id == contract_id).order_by(DeliveryPoint.id)
    ).all()
    for each in ids:
        ledger.lock(session, each)
    return [session.get_one(DeliveryPoint, each) for each in ids]


def _figures(session: Session, points: list[DeliveryPoint]) -> dict[str, rules.Figures]:
    found = rules.find_figures(session, point_ids=[point.id for point in points])
    return {point.public_id: found[point.id] for point in points if point.id in found}
