"""Balances that go on with their point: carried at the change, or once the days before it are measured (adr/0135)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.domain.quantities import Gas
from portal.domain.successions import SuccessionKind
from portal.models import DailyBalance, DeliveryPoint, PointSuccession
from portal.services import ledger
from portal.services.points import service_days
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction


def carry_due(act: Act) -> int:
    """Carry every balance that is due, each in a transaction of its own; return how many. Commits.

    Also what a later correction or reading left in an account whose balance was carried before.
    """
    session, today = act.session, GasDay.of(act.now)
    due = session.execute(
        select(PointSuccession.before_id, PointSuccession.after_id, PointSuccession.gas_day)
        .where(
            PointSuccession.carries,
            PointSuccession.kind != SuccessionKind.DIVISION,
            PointSuccession.gas_day <= today,
        )
        .order_by(PointSuccession.id)
    ).all()
    carried = 0
    for before_id, after_id, gas_day in due:
        if ledger.moves.find_account(session, delivery_point_id=before_id) == Gas.zero():
            continue
        with transaction(session):
            ledger.lock_points(session, [before_id, after_id])
            before, after = session.get_one(DeliveryPoint, before_id), session.get_one(DeliveryPoint, after_id)
            if _is_measured(session, before, gas_day):
                gas = ledger.moves.find_account(session, delivery_point_id=before_id)
                ledger.transfers.write(act, before=before, after=after, gas_day=gas_day, gas=gas)
                carried += 1
    return carried


def _is_measured(session: Session, point: DeliveryPoint, gas_day: GasDay) -> bool:
    """Tell whether no day of the last month of the point lacks its reading."""
    month = Month.of(gas_day.plus(-1))
    measured = session.scalars(
        select(DailyBalance.gas_day).where(
            DailyBalance.delivery_point_id == point.id,
            DailyBalance.gas_day.between(month.first, month.last),
            DailyBalance.consumed_m3.is_not(None),
        )
    ).all()
    return not service_days.list_missing_days(point, month, measured=set(measured))
