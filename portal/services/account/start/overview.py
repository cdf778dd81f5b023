"""Overview of the start page: a person's contracts; of each open point tomorrow, the month so far, the last reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.domain.balance import month_band
from portal.domain.gas_day import GasDay, Month
from portal.domain.lifecycle import STILL_MISSING
from portal.domain.quantities import Quantity
from portal.models import Contract, DeliveryPoint
from portal.services import nominations
from portal.services.account import changes, consumption
from portal.services.account.balances import count_days_before
from portal.services.account.changes import PointNews
from portal.services.account.consumption import Alarm
from portal.services.keys import grants
from portal.services.nominations import FIRST_PAGE, Asked, DayStanding, PointPage, suggestions
from portal.services.nominations.suggestions import PointOffers
from portal.services.points import settings
from portal.services.store.acts import Act

from . import queries


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of an open point's account, in its unit.

    ``month`` and ``total`` are the imbalance of this month and of all time, ``band`` the most of the month
    that is within the contract's tolerance. ``missing_days`` of this month passed without a reading, and
    ``missing_before`` days of earlier ones, which ``total`` leaves out. ``alarm`` is the
    verdict of annex 4 on the consumption of the month before.
    """

    month: Quantity
    band: Quantity
    total: Quantity
    missing_days: int
    missing_before: int
    last_reading: GasDay | None
    news: PointNews | None
    alarm: Alarm

    @property
    def out_of_band(self) -> bool:
        """True when the month has strayed further than the tolerance."""
        return abs(self.month) > self.band

    def measures(self, month: Month) -> bool:
        """Tell whether a day of ``month``, the current one, has a reading: before that no month is balanced."""
        return self.last_reading is not None and self.last_reading >= month.first


@dataclass(frozen=True, slots=True)
class PointState:
    """A point of an open contract; ``figures`` only once its numeric key opened it in this session.

    ``tomorrow`` and ``today`` are the states of the two days, with quantities once this account proved the key.
    ``offers`` for tomorrow while it is not nominated, once this account proved the key (ADR 5).
    """

    point: DeliveryPoint
    tomorrow: DayStanding
    today: DayStanding
    is_proved: bool
    figures: Figures | None
    offers: PointOffers | None


@dataclass(frozen=True, slots=True)
class ContractState:
    """A contract that the person opened once; ``points`` only while its web key opens it in this session."""

    contract: Contract
    is_open: bool
    points: tuple[PointState, ...]
    # Of points that take more than one page: whether these need something.
    needs: bool | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Start page: tomorrow's gas day and the person's contracts, by company.

    Contracts with a point that needs something come first, those that are not open last. Points that take more than one
    page come those that need something first: a contract then stands twice where some of its points do, and contracts
    without a point on the page are left out.
    """

    tomorrow: GasDay
    today: GasDay
    contracts: tuple[ContractState, ...]
    page: PointPage
    # The number of contracts that are not open in this session, whether they stand on this page or not.
    to_open: int = 0


def start(act: Act, asked: Asked = FIRST_PAGE) -> Start:
    """Return the start page of a person, by at most twenty-one queries for any number of points.

    A contract without its web key in this session has its name only; a point without its numeric key only whether it is
    nominated, and no figure (ADR 5).
    """
    session, actor = act.session, act.actor
    today = GasDay.of(act.now)
    tomorrow, month = today.plus(1), Month.of(today)
    bound = queries.list_bound_contracts(session, user_id=actor.user_id)
    opened = grants.list_opened_contract_ids(act)
    contracts = [contract for contract in bound if contract.id in opened]
    shown = grants.list_opened_point_ids(act)
    on_page = nominations.load_point_page(
        session, contracts=contracts, today=today, proved=shown, asked=asked, recent_only=True
    )
    points = on_page.points
    proved = [point for point in points if point.id in shown]
    told = shown | grants.list_proved_before(act)
    standings = nominations.load_day_states(act, points=points, gas_days=(today, tomorrow), proved=told)
    accounts = queries.find_accounts(session, points=proved, month=month)
    alarms = consumption.find_alarms(session, points=proved, month=month.previous, today=today)
    news = changes.load_news(session, user_id=actor.user_id, points=proved) if actor.user_id is not None else {}
    waiting = [point for point in points if point.id in told and standings[point.id, tomorrow].state in STILL_MISSING]
    offered = suggestions.load_offers(
        session, points=waiting, gas_days={point.id: tomorrow for point in waiting}, today=today
    )

    known = settings.read(session)
    tolerances = {contract.id: known.tolerance(contract).on(today) for contract in contracts}
    # The days of the month that lie before today.
    first, until = month.first, min(month.last.plus(1), today)

    def state(point: DeliveryPoint) -> PointState:
        figures = None
        if point.id in shown:
            account = accounts[point.id]
            this_month = account.latest.of(month, point.unit)
            figures = Figures(
                month=this_month.imbalance,
                band=month_band(this_month.consumed, this_month.imbalance, tolerances[point.contract_id]),
                total=account.latest.closing,
                missing_days=max(0, _passed(point, first, until) - this_month.measured_days),
                missing_before=max(
                    0, count_days_before(month, point.starts_on, today) - account.latest.count_before(month)
                ),
                last_reading=account.last_reading,
                news=news.get(point.id),
                alarm=alarms[point.id],
            )
        return PointState(
            point,
            standings[point.id, tomorrow],
            standings[point.id, today],
            point.id in told,
            figures,
            offered.get(point.id),
        )

    found = [state(point) for point in points]
    by_contract = _set_apart(found, contracts, on_page) if on_page.is_paged else _by_contract(found, contracts)
    closed = [ContractState(contract, False, ()) for contract in bound if contract.id not in opened]
    if on_page.is_paged:
        return Start(tomorrow, today, (*by_contract, *(closed if on_page.number == 1 else ())), on_page, len(closed))
    needing = {point.contract_id for point in points if point.id in on_page.needing}
    # Stable: each kind keeps the order of the companies.
    by_contract.sort(key=lambda each: each.contract.id not in needing)
    return Start(tomorrow, today, (*by_contract, *closed), on_page, len(closed))


def _by_contract(found: Sequence[PointState], contracts: Sequence[Contract]) -> list[ContractState]:
    return [
        ContractState(contract, True, tuple([each for each in found if each.point.contract_id == contract.id]))
        for contract in contracts
    ]


def _set_apart(found: Sequence[PointState], contracts: Sequence[Contract], page: PointPage) -> list[ContractState]:
    """Return the points of a page in their order, each run of one contract together."""
    known = {contract.id: contract for contract in contracts}
    runs = groupby(found, key=lambda each: (each.point.id in page.needing, each.point.contract_id))
    return [ContractState(known[contract], True, tuple(run), needs) for (needs, contract), run in runs]


def _passed(point: DeliveryPoint, first: GasDay, until: GasDay) -> int:
    """Return the number of days with delivery from ``first`` to before ``until``."""
    for valid in (point, point.contract):
        first = max(first, valid.starts_on)
        until = until if valid.ends_on is None else min(until, valid.ends_on)
    return max(0, (until.date - first.date).days)
