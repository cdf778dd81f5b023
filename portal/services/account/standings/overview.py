"""Overview of the balance accounts on a gas day: sums first, then a page of points with names and trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Function
from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services.store.acts import Act
from portal.services.store.permissions import require
from portal.services.store.snapshots import one_moment

from . import queries
from .queries import Place, Row, Sum
from .selects import Filter, select_tolerance

PAGE_LENGTH = 50
TREND_DAYS = 28


class Names(NamedTuple):
    """Point with its contract, company and gate, as they are called, and the tolerance of the month."""

    public_id: str
    name: str
    carrier_code: str
    contract: str
    modality: Modality
    company: str
    company_id: str
    nit: str
    gate: str
    gate_name: str
    starts_on: GasDay
    tolerance_basis_points: int


class Standing(NamedTuple):
    """A point on the day, in its unit.

    ``imbalance`` is None without a consumption. ``month_incomplete`` and ``total_incomplete`` say that a past day is
    missing in them. ``strain`` is the imbalance of the month to date in percent of what the tolerance leaves of it.
    ``trend`` is the imbalance of each of the last 28 days in millionths, the oldest first.
    """

    names: Names
    unit: Unit
    imbalance: Quantity | None
    month_to_date: Quantity
    month_incomplete: bool
    total_to_date: Quantity
    total_incomplete: bool
    days_out: int
    strain: int
    trend: Sequence[int | None]


class ContractSum(NamedTuple):
    """Sums of the points of a contract in one unit."""

    number: str
    modality: Modality
    sum: Sum


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of the overview: the sums are of all that fits, one for each unit.

    ``next`` is the place after which the next page begins, None on the last one. ``company`` names the company that is
    asked for, with the sums of its contracts.
    """

    gas_day: GasDay
    sums: Sequence[Sum]
    rows: Sequence[Standing]
    next: Place | None
    company: str | None
    contracts: Sequence[ContractSum]

    @property
    def points(self) -> int:
        """The number of points that fit."""
        return sum(each.points for each in self.sums)


def load_overview(act: Act, *, day: GasDay, asked: Filter, after: Place | None = None) -> Overview:
    """Return a page of 50 points in service on ``day``: most days out of tolerance this month first.

    Among equals those with the largest imbalance of the month against its tolerance. Six queries, seven where points
    without figures fit, three more for a company; ``NotAllowed`` for a person who sees no overview.
    """
    session = act.session
    require(act, Function.SEE_OVERVIEW)
    with one_moment(session):
        sums, found = queries.list_rows(session, day=day, asked=asked, after=after, most=PAGE_LENGTH + 1)
        shown = found[:PAGE_LENGTH]
        rows = _standings(session, shown, day=day, today=GasDay.of(act.now), with_trend=True)
        company, contracts = _of_company(session, day, asked) if asked.company else (None, [])
    following = shown[-1] if len(found) > PAGE_LENGTH else None
    return Overview(
        day,
        sums,
        rows,
        None if following is None else Place(following.days_out, following.strain, following.point_id),
        company,
        contracts,
    )


def load_all(act: Act, *, day: GasDay, asked: Filter) -> Sequence[Standing]:
    """Return every point that fits, in the order of the overview, without trends: the rows of its files."""
    session = act.session
    require(act, Function.SEE_OVERVIEW)
    with one_moment(session):
        _, found = queries.list_rows(session, day=day, asked=asked, after=None, most=None)
        return _standings(session, found, day=day, today=GasDay.of(act.now), with_trend=False)


def list_gates(session: Session) -> list[tuple[str, str]]:
    """Return code and name of the gates with points."""
    rows = session.execute(
        select(ExitPoint.code, ExitPoint.name)
        .where(exists().where(DeliveryPoint.exit_point_id == ExitPoint.id))
        .order_by(ExitPoint.code)
    )
    return [(row.code, row.name) for row in rows]


def list_companies(session: Session, *, most: int) -> list[tuple[str, str]]:
    """Return public id and name of the companies, at most ``most``, by name."""
    rows = session.execute(select(Company.public_id, Company.name).order_by(Company.sort_name, Company.id).limit(most))
    return [(row.public_id, row.name) for row in rows]


def _standings(
    session: Session, found: Sequence[Row], *, day: GasDay, today: GasDay, with_trend: bool
) -> list[Standing]:
    ids = [row.point_id for row in found]
    names = _list_names(session, ids, month=Month.of(day))
    trends = queries.list_trends(session, points=ids, last=day, days=TREND_DAYS) if with_trend else {}
    # A day still running is no gap.
    until = min(day.plus(1), today)
    return [_standing(row, names[row.point_id], until, trends.get(row.point_id, ())) for row in found]


def _standing(row: Row, names: Names, until: GasDay, trend: Sequence[int | None]) -> Standing:
    unit = row.unit
    month = max(Month.of(until.plus(-1)).first, names.starts_on)
    in_month, in_all = (max(0, (until.date - since.date).days) for since in (month, names.starts_on))
    return Standing(
        names,
        unit,
        None if row.imbalance is None else Quantity(row.imbalance, unit),
        Quantity(row.month_to_date, unit),
        row.measured < in_month,
        Quantity(row.total_to_date, unit),
        row.measured_before + row.measured < in_all,
        row.days_out,
        row.strain,
        trend,
    )


# A list of so many values is one parameter each.
AT_ONCE = 5000


def _list_names(session: Session, ids: Sequence[int], *, month: Month) -> dict[int, Names]:
    found: dict[int, Names] = {}
    for begin in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(
                DeliveryPoint.id,
                DeliveryPoint.public_id,
                DeliveryPoint.name,
                DeliveryPoint.carrier_code,
                Contract.number,
                Contract.modality,
                Company.name.label("company"),
                Company.public_id.label("company_id"),
                Company.nit,
                ExitPoint.code,
                ExitPoint.name.label("gate_name"),
                DeliveryPoint.starts_on,
                select_tolerance(month).label("tolerance"),
            )
            .join(Contract, Contract.id == DeliveryPoint.contract_id)
            .join(Company, Company.id == Contract.company_id)
            .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
            .where(DeliveryPoint.id.in_(ids[begin : begin + AT_ONCE]))
        )
        found |= {row.id: _names(row) for row in rows}
    return found


def _names(row: Any) -> Names:
    return Names(
        row.public_id,
        row.name,
        row.carrier_code,
        row.number,
        row.modality,
        row.company,
        row.company_id,
        row.nit,
        row.code,
        row.gate_name,
        row.starts_on,
        row.tolerance,
    )


def _of_company(session: Session, day: GasDay, asked: Filter) -> tuple[str | None, list[ContractSum]]:
    name = session.scalar(select(Company.name).where(Company.public_id == asked.company))
    if name is None:
        return None, []
    sums = queries.list_contract_sums(session, day=day, asked=asked)
    ids = [contract_id for contract_id, _ in sums]
    contracts = {
        row.id: row
        for row in session.execute(select(Contract.id, Contract.number, Contract.modality).where(Contract.id.in_(ids)))
    }
    return name, [ContractSum(contracts[each].number, contracts[each].modality, total) for each, total in sums]
