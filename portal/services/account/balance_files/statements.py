"""Statement of a month: its account in both units, its parties, and the code that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.month_proofs import SheetDay
from portal.domain.quantities import Unit
from portal.models import Company, Contract, DeliveryPoint, ExitPoint
from portal.services.account.opened_points import OpenedPoint
from portal.services.ledger import closings
from portal.services.points.service_days import count_measured_after_end
from portal.services.store.acts import Act
from portal.services.store.snapshots import one_moment
from portal.services.store.vault import Vault
from portal.services.timetable import holidays
from portal.services.trace import paper_checks

from . import seals
from .accounts import AccountSpan, FileMonth
from .queries import ClosedMonth, DayRow, Records, read


class Parties(NamedTuple):
    """Company and point in a statement, besides their data on the sheet."""

    nit: str
    carrier_code: str
    exit_point_code: str
    exit_point_name: str


@dataclass(frozen=True, slots=True)
class MonthStatement:
    """A month of the account as printed. ``closed`` is the numbered statement in force.

    It is None while the month is open, and for a month that was ``frozen`` with the first that got a number;
    ``differs`` when the account has changed since the closing; ``code`` is the seal of the printed figures.
    """

    span: AccountSpan
    month: FileMonth
    parties: Parties
    closed: ClosedMonth | None
    frozen: bool
    differs: bool
    code: str


class Verdict(Enum):
    """Verdict on a paper: not ours or altered; ours; ours, but the account has changed since.

    ``ALTERED`` is a seal of ours beside figures of days that are not those it was printed with.
    """

    NOT_GENUINE = auto()
    GENUINE = auto()
    OUTDATED = auto()
    ALTERED = auto()


def load_month_statement(
    session: Session, *, vault: Vault, point: OpenedPoint, month: Month, today: GasDay
) -> MonthStatement:
    """Return the statement of a month of an opened point, by six queries at one moment, seven after its end."""
    named = holidays.load_known(session)
    with one_moment(session):
        parties = _parties(session, point.id)
        records = read(session, delivery_point_id=point.id, first=month.first.date, last=month.last.date)
        later = count_measured_after_end(
            session, delivery_point_id=point.id, ends_on=point.ends_on, before=month.first.date
        )
        through = closings.find_last_closed_month(session, delivery_point_id=point.id)
    span = AccountSpan(point, point.unit, month, month, today, records, named, records.measured_before - later)
    found = next(span.months())
    closed = found.closed[-1] if found.closed else None
    code = seals.seal(
        vault,
        point=point.public_id,
        month=month,
        closed=closed,
        figures=seals.fingerprint(records),
        total=seals.print_total(found.accounts[point.unit].closing),
    )
    return MonthStatement(
        span=span,
        month=found,
        parties=parties,
        closed=closed,
        frozen=through is not None and month <= through,
        differs=closed is not None and _differs(found, closed),
        code=code,
    )


def verify(
    act: Act, *, point: str, month: Month, code: str, total: str, address: str, days: Sequence[SheetDay] = ()
) -> Verdict:
    """Tell whether a paper with this normalised ``code`` and ``parse_total`` is a statement of ours; commits.

    ``days`` are those that came with it. The seal holds their digest, so they are compared with the account while that
    is as it was printed; later nobody knows them any more.

    ``point`` is the public id on the paper. Each call is charged to its network address before any query:
    ``TooManyAttempts`` beyond thirty in five minutes. A paper with an unknown point is not genuine, like any
    other.
    """
    session = act.session
    paper_checks.charge(act, address=address)
    with one_moment(session):
        found = session.scalar(select(DeliveryPoint.id).where(DeliveryPoint.public_id == point))
        # Query also for an unknown point, so that the answer takes as long.
        records = read(session, delivery_point_id=found or 0, first=month.first.date, last=month.last.date)
    candidates = (None, *records.closed)
    if (
        not seals.is_valid(act.vault, code=code, point=point, month=month, closed=candidates, total=total)
        or found is None
    ):
        return Verdict.NOT_GENUINE
    if seals.fingerprint(records) != seals.read_figures(code):
        return Verdict.OUTDATED
    return Verdict.GENUINE if not days or _are_printed(days, records) else Verdict.ALTERED


def _are_printed(days: Sequence[SheetDay], records: Records) -> bool:
    """Tell whether the days of a paper have the figures of the rows, in one unit.

    What follows from others is not compared: the proof of the month recomputes it.
    """
    by_day = {row.day: row for row in records.rows}
    said = [(each.nominated, each.authorised, each.consumed, each.adjustment or 0) for each in days]
    measured = {row.day for row in records.rows if row.consumed_m3 is not None}
    if not measured <= {each.gas_day.date for each in days}:
        return False
    rows = [by_day.get(each.gas_day.date) for each in days]
    return any(said == [_figures_of(row, unit) for row in rows] for unit in Unit)


def _figures_of(row: DayRow | None, unit: Unit) -> tuple[Decimal | None, ...]:
    if row is None:
        return (None, None, None, Decimal(0))
    micros = (
        (row.nominated_m3, row.authorised_m3, row.consumed_m3, row.adjustment_m3)
        if unit is Unit.M3
        else (row.nominated_mbtu, row.authorised_mbtu, row.consumed_mbtu, row.adjustment_mbtu)
    )
    return tuple([None if micro is None else Decimal(micro).scaleb(-6) for micro in micros])


def _parties(session: Session, point_id: int) -> Parties:
    row = session.execute(
        select(Company.nit, DeliveryPoint.carrier_code, ExitPoint.code, ExitPoint.name)
        .join(Contract, Contract.id == DeliveryPoint.contract_id)
        .join(Company, Company.id == Contract.company_id)
        .join(ExitPoint, ExitPoint.id == DeliveryPoint.exit_point_id)
        .where(DeliveryPoint.id == point_id)
    ).one()
    return Parties(row.nit, row.carrier_code, row.code, row.name)


def _differs(month: FileMonth, closed: ClosedMonth) -> bool:
    """Tell whether the account has changed since the closing, which counts every recorded day."""
    for unit in Unit:
        account = month.accounts[unit]
        asked = account.nominated + account.pending.nominated
        allowed = account.authorised + account.pending.authorised
        same = ("opening", "consumed", "imbalance", "adjustment", "closing")
        if closed.nominated.in_unit(unit) != asked or closed.authorised.in_unit(unit) != allowed:
            return True
        if any(getattr(closed, name).in_unit(unit) != getattr(account, name) for name in same):
            return True
    return False
