"""The gaps and the closings of all points, counted by what their months keep, are those found point by point."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay, Month
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.ledger import closings
from portal.services.ledger.closings import State
from portal.services.measures import readings
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)
# First day, end, days measured ago, month closed.
LIVES: tuple[tuple[int, int | None, tuple[int, ...], Month | None], ...] = (
    (200, None, (1, 2, 40, 41), None),
    (200, None, (0, 1, 30), SEPTEMBER),
    (50, 20, (1, 19, 21, 30), None),
    (60, 30, (31, 29, 25), None),
    (10, None, (), None),
    (35, None, tuple(range(1, 36)), OCTOBER),
    (5, 5, (3,), None),
    # October is next at one of them, and behind September at the other.
    (200, None, tuple(range(60)), SEPTEMBER),
    (200, None, tuple(range(60)), AUGUST),
    # Not yet in service.
    (-3, None, (), None),
)


def lay(session: Session) -> None:
    with transaction(session):
        for number, (begins, ends, measured, closed) in enumerate(LIVES):
            ends_on = None if ends is None else TODAY.plus(-ends)
            point = factories.delivery_point(
                session, public_id=f"p{number}", name=f"EDS {number}", starts_on=TODAY.plus(-begins), ends_on=ends_on
            )
            for ago in measured:
                factories.reading(session, point, TODAY.plus(-ago), "5")
                ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-ago))
            if closed is not None:
                factories.month_closing(session, point, closed, "0")


def test_gaps_are_counted_and_listed_as_each_point_has_them(session: Session) -> None:
    lay(session)
    act = Act.of_system(session, NOW)
    ids = session.scalars(select(DeliveryPoint.public_id)).all()
    known = {(gap.point.public_id, gap.gas_day) for gap in readings.find(act, points=ids)}
    found: list[tuple[str, GasDay]] = []
    page = readings.load_gaps(act)
    assert page.every == page.fit.days == len(known) > 200
    while True:
        found += [(gap.point.public_id, gap.gas_day) for gap in page.page.rows]
        if page.page.next is None:
            break
        page = readings.load_gaps(act, after=page.page.next)
    assert len(found) == len(set(found))
    assert set(found) == known
    assert [Month.of(day) for _, day in found] == sorted(Month.of(day) for _, day in found)
    older = {(point, day) for point, day in known if day < TODAY.plus(-1)}
    assert readings.count_older_gaps(act) == len(older)


def test_the_closings_count_each_point_in_the_state_of_its_row(session: Session) -> None:
    lay(session)
    for month in (SEPTEMBER, OCTOBER, Month.of(TODAY)):
        board = closings.load_board(session, month=month)
        states = [row.state for row in board.page.rows]
        assert board.every.by_state == {state: states.count(state) for state in State}, month
        for state in State:
            rows = closings.load_board(session, month=month, state=state).page.rows
            assert [row.point.public_id for row in rows] == [
                row.point.public_id for row in board.page.rows if row.state is state
            ], (month, state)
        assert list(closings.find_ready(session, month=month).points) == [
            row.point.public_id for row in board.page.rows if row.state is State.READY
        ]
