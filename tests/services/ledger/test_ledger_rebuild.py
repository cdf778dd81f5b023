"""The projection can be thrown away: made anew it is the same, and a difference is found and named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.domain.gas_day import GasDay
from portal.domain.quantities import HeatingValue, Quantity, Unit
from portal.domain.readings import ReadingState
from portal.models import DailyBalance, DeliveryPoint, MonthlyBalance
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.ledger_rows import day, projection, stored_month

# Around month ends, the first day of the history and a leap day.
DAYS = [
    GasDay(start + timedelta(days=after))
    for start in (date(2014, 12, 1), date(2014, 12, 31), date(2016, 2, 27), date(2026, 11, 29))
    for after in range(4)
]
AMOUNTS = st.integers(0, 10**10).map(lambda micro: str(Quantity(micro, Unit.M3).amount))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["nominate", "authorise", "read", "correct", "adjust", "heat", "nothing"]),
        st.sampled_from(DAYS),
        AMOUNTS,
    ),
    max_size=12,
)


class Account:
    """A new point of its own, driven through a sequence of changes as the services make them."""

    def __init__(self, session: Session, unit: Unit) -> None:
        self.session = session
        self.point = factories.delivery_point(session, contract=factories.contract(session, unit=unit))
        self.versions: dict[tuple[str, GasDay], int] = {}

    def take(self, step: str, gas_day: GasDay, amount: str) -> None:
        if step == "heat":
            value = HeatingValue.of(700 + int(amount.split(".", maxsplit=1)[0]) % 800)
            version = self._next(step, gas_day)
            factories.heating_value(self.session, self.point.exit_point_id, gas_day, value, version=version)
            ledger.rewrite_conversions(self.session, exit_point_id=self.point.exit_point_id, gas_day=gas_day)
            return
        if step == "nominate":
            factories.nomination(self.session, self.point, gas_day, amount, revision=self._next(step, gas_day))
        elif step == "authorise":
            factories.authorisation(self.session, self.point, gas_day, amount, version=self._next(step, gas_day))
        elif step == "adjust":
            factories.adjustment(self.session, self.point, gas_day, f"-{amount}")
        elif step in ("read", "correct"):
            state = {"state": ReadingState.CORRECTED, "reason": "Acta"} if step == "correct" else {}
            version = self._next("read", gas_day)
            factories.reading(self.session, self.point, gas_day, amount, version=version, **state)
        ledger.rewrite_day(self.session, delivery_point=self.point, gas_day=gas_day)

    def _next(self, kind: str, gas_day: GasDay) -> int:
        self.versions[kind, gas_day] = self.versions.get((kind, gas_day), 0) + 1
        return self.versions[kind, gas_day]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=settings.default.max_examples // 2,
)
@given(steps=STEPS, unit=st.sampled_from(Unit))
def test_any_sequence_of_changes_ends_with_what_a_rebuild_makes(
    session: Session, steps: list[tuple[str, GasDay, str]], unit: Unit
) -> None:
    with transaction(session):
        account = Account(session, unit)
        for step in steps:
            account.take(*step)
    kept = projection(session, account.point.id)
    assert ledger.verify(session) is None
    with transaction(session):
        ledger.rebuild_point(session, delivery_point=account.point)
    assert projection(session, account.point.id) == kept


def two_months(session: Session) -> DeliveryPoint:
    with transaction(session):
        account = Account(session, Unit.M3)
        for month in ("2026-10", "2026-11"):
            account.take("nominate", day(f"{month}-05"), "1000")
            account.take("read", day(f"{month}-05"), "900")
    return account.point


def test_a_rebuild_restores_what_was_spoiled_at_every_point(session: Session) -> None:
    points = [two_months(session), two_months(session)]
    before = [projection(session, point.id) for point in points]
    with transaction(session):
        session.execute(delete(DailyBalance).where(DailyBalance.delivery_point_id == points[0].id))
        session.execute(update(MonthlyBalance).values(closing_m3=Quantity(5, Unit.M3)))
    told: list[tuple[int, int]] = []
    ledger.rebuild(session, progress=lambda done, total: told.append((done, total)))
    assert [projection(session, point.id) for point in points] == before
    assert told == [(1, 2), (2, 2)]
    assert ledger.verify(session) is None


def test_a_rebuild_takes_a_row_away_that_has_no_reason(session: Session) -> None:
    point = two_months(session)
    with transaction(session):
        stranger = {"gas_day": day("2020-01-01"), "adjustment_m3": Quantity(0, Unit.M3)}
        session.add(DailyBalance(delivery_point_id=point.id, adjustment_mbtu=Quantity(0, Unit.MBTU), **stranger))
    difference = ledger.verify(session)
    assert difference is not None
    assert "gas day 2020-01-01: the row is there without a reason" in difference
    ledger.rebuild(session)
    assert ledger.verify(session) is None


def test_a_rebuild_never_takes_a_months_revision_back(session: Session) -> None:
    point = two_months(session)
    highest = stored_month(session, point.id, "2026-10").revision
    ledger.rebuild(session)
    assert stored_month(session, point.id, "2026-10").revision > highest


@pytest.mark.parametrize(
    ("model", "column", "value", "named"),
    [
        (
            DailyBalance,
            "consumed_m3",
            Quantity(900_000_001, Unit.M3),
            "gas day 2026-10-05, consumed_m3: 900.000001 is stored, 900 is right",
        ),
        (DailyBalance, "consumed_m3", None, "gas day 2026-10-05, consumed_m3: nothing is stored, 900 is right"),
        (
            DailyBalance,
            "heating_value",
            HeatingValue.of("1131.5"),
            "gas day 2026-10-05, heating_value: 1131.5 is stored, 1130 is right",
        ),
        (MonthlyBalance, "measured_before", 7, "month 2026-10, measured_before: 7 is stored, 0 is right"),
        (MonthlyBalance, "closing_mbtu", Quantity(0, Unit.MBTU), "month 2026-10, closing_mbtu: 0 is stored"),
    ],
)
def test_verify_names_the_first_difference(
    session: Session,
    model: type[DailyBalance] | type[MonthlyBalance],
    column: str,
    value: object,
    named: str,
) -> None:
    point = two_months(session)
    with transaction(session):
        session.execute(update(model).values({column: value}))
    difference = ledger.verify(session)
    assert difference is not None
    assert difference.startswith(f"delivery point {point.public_id} ({point.name}), {named}")


def test_verify_misses_no_row(session: Session) -> None:
    point = two_months(session)
    with transaction(session):
        session.execute(delete(MonthlyBalance).where(MonthlyBalance.month == date(2026, 11, 1)))
    assert ledger.verify(session) == (
        f"delivery point {point.public_id} ({point.name}), month 2026-11: the row is missing"
    )
