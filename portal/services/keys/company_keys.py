"""Keys of all contracts that an account is bound to, company by company: what is open in this session, what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from portal.domain.gas_day import GasDay
from portal.models import Binding, Company, Contract, DeliveryPoint
from portal.services.store.acts import Act

from . import grants


class Asked(NamedTuple):
    """A key that this session has not given: of a contract, or of a point of it."""

    contract: Contract
    point: DeliveryPoint | None


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """A company and the keys of its contracts and points that this session has not given."""

    company: Company
    asked: tuple[Asked, ...]


def list_companies(act: Act) -> list[CompanyKeys]:
    """Return the companies whose contracts the account opened at some time, by name; what ended asks for nothing."""
    today = GasDay.of(act.now)
    contracts = (
        act.session.scalars(
            select(Contract)
            .join(Binding, Binding.contract_id == Contract.id)
            .join(Company, Company.id == Contract.company_id)
            .where(
                Binding.user_id == act.actor.user_id,
                Binding.disabled_at.is_(None),
                or_(Contract.ends_on.is_(None), Contract.ends_on > today),
            )
            .options(joinedload(Contract.company))
            .order_by(Company.sort_name, Contract.number)
        )
        .unique()
        .all()
    )
    served = act.session.scalars(
        select(DeliveryPoint)
        .where(
            DeliveryPoint.contract_id.in_([contract.id for contract in contracts]),
            or_(DeliveryPoint.ends_on.is_(None), DeliveryPoint.ends_on > today),
        )
        .order_by(DeliveryPoint.sort_name)
    ).unique()
    points: dict[int, list[DeliveryPoint]] = {}
    for point in served:
        points.setdefault(point.contract_id, []).append(point)
    open_contracts, open_points = grants.list_opened_contract_ids(act), grants.list_opened_point_ids(act)
    asked: dict[int, list[Asked]] = {contract.company_id: [] for contract in contracts}
    for contract in contracts:
        if contract.id not in open_contracts:
            asked[contract.company_id].append(Asked(contract, None))
        closed = [point for point in points.get(contract.id, ()) if point.id not in open_points]
        asked[contract.company_id] += [Asked(contract, point) for point in closed]
    companies = {contract.company_id: contract.company for contract in contracts}
    return [CompanyKeys(companies[company_id], tuple(keys)) for company_id, keys in asked.items()]
