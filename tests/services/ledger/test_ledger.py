"""The projection follows each change: the day, its month, and every month after it.

Source: docs/rules.md, "Balance account", "Readings".
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import GasDay
from portal.domain.nominations import CutReason
from portal.domain.quantities import HeatingValue, Unit
from portal.domain.readings import ReadingState
from portal.models import DailyBalance, DeliveryPoint, MonthlyBalance
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.services.ledger_rows import counted, day, figures, stored_day, stored_month

HHV = HeatingValue.of("1130")


def point_in(session: Session, unit: Unit = Unit.M3) -> DeliveryPoint:
    """A point whose gas is 1,130 BTU/ft³ on the first day of the history."""
    with transaction(session):
        point = factories.delivery_point(session, contract=factories.contract(session, unit=unit))
        factories.heating_value(session, point.exit_point_id, day("2014-12-01"), HHV)
    return point


def with_day(
    session: Session, point: DeliveryPoint, gas_day: GasDay, asked: str | None = None, taken: str | None = None
) -> None:
    """Nominate and measure a day, and bring the ledger up to date."""
    with transaction(session):
        if asked is not None:
            factories.nomination(session, point, gas_day, asked)
        if taken is not None:
            factories.reading(session, point, gas_day, taken)
        ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)


def test_a_nomination_and_a_reading_make_the_day_and_its_month(session: Session) -> None:
    point = point_in(session)
    with_day(session, point, day("2026-11-01"), "5000", "5320")
    row = stored_day(session, point.id, day("2026-11-01"))
    assert (figures(row.nominated_m3), figures(row.consumed_m3)) == ("5000", "5320")
    assert (figures(row.nominated_mbtu), figures(row.consumed_mbtu)) == ("199.527867", "212.29765")
    assert (row.nomination_revision, row.reading_state, row.authorised_m3) == (1, ReadingState.CERTIFIED, None)
    month = stored_month(session, point.id, "2026-11")
    assert (figures(month.imbalance_m3), figures(month.closing_m3), figures(month.opening_m3)) == ("-320", "-320", "0")
    assert (month.measured_days, month.measured_before, month.revision) == (1, 0, 1)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [(Unit.M3, ["-320", "100", "0", "-50", None]), (Unit.MBTU, ["-12.769783", "3.990557", "0", "-1.995279", None])],
)
def test_the_worked_example_of_the_domain_comes_out_in_both_units(
    session: Session, unit: Unit, expected: list[str | None]
) -> None:
    point = point_in(session)
    asked_and_taken = [("5000", "5320"), ("5000", "4900"), ("0", "0"), ("0", "50"), ("5000", None)]
    for number, (asked, taken) in enumerate(asked_and_taken, start=1):
        with_day(session, point, day(f"2026-11-{number:02}"), asked, taken)
    column = "m3" if unit is Unit.M3 else "mbtu"
    found = []
    for number in range(1, 6):
        row = stored_day(session, point.id, day(f"2026-11-{number:02}"))
        asked, taken = getattr(row, f"nominated_{column}"), getattr(row, f"consumed_{column}")
        found.append(None if taken is None else figures(asked - taken))
    assert found == expected
    month = stored_month(session, point.id, "2026-11")
    assert figures(getattr(month, f"imbalance_{column}")) == {"m3": "-270", "mbtu": "-10.774505"}[column]
    assert month.measured_days == 4


def test_the_unit_of_the_point_is_authoritative_and_the_other_follows_the_heating_value(session: Session) -> None:
    point = point_in(session, Unit.MBTU)
    with transaction(session):
        factories.nomination(session, point, day("2026-11-02"), "500", heating_value=HeatingValue.of("900"))
        factories.authorisation(session, point, day("2026-11-02"), "400", cut_reason=CutReason.PCC)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-02"))
    row = stored_day(session, point.id, day("2026-11-02"))
    assert (figures(row.nominated_mbtu), figures(row.nominated_m3)) == ("500", "12529.578138")
    assert (figures(row.authorised_mbtu), figures(row.authorised_m3)) == ("400", "10023.66251")
    assert (row.cut_reason, row.heating_value, row.heating_value_provisional) == (CutReason.PCC, HHV, True)


def test_what_was_authorised_counts_and_the_newest_version_of_each_is_in_force(session: Session) -> None:
    point = point_in(session)
    gas_day = day("2026-11-03")
    with_day(session, point, gas_day, "5000", "4000")
    with transaction(session):
        factories.nomination(session, point, gas_day, "6000", revision=2)
        factories.authorisation(session, point, gas_day, "5500")
        factories.authorisation(session, point, gas_day, "4500", version=2, cut_reason=CutReason.CCD)
        factories.reading(session, point, gas_day, "4100", version=2, state=ReadingState.CORRECTED, reason="Acta")
        ledger.rewrite_day(session, delivery_point=point, gas_day=gas_day)
    row = stored_day(session, point.id, gas_day)
    assert (figures(row.nominated_m3), figures(row.authorised_m3), figures(row.consumed_m3)) == ("6000", "4500", "4100")
    assert (row.nomination_revision, row.reading_state) == (2, ReadingState.CORRECTED)
    month = stored_month(session, point.id, "2026-11")
    assert (figures(month.imbalance_m3), month.measured_days, month.revision) == ("400", 1, 2)


def test_adjustments_of_a_day_add_up_and_move_the_account_but_not_the_imbalance(session: Session) -> None:
    point = point_in(session)
    with transaction(session):
        factories.adjustment(session, point, day("2026-11-04"), "300")
        factories.adjustment(session, point, day("2026-11-04"), "-100")
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-04"))
    month = stored_month(session, point.id, "2026-11")
    assert (figures(month.adjustment_m3), figures(month.imbalance_m3), figures(month.closing_m3)) == ("200", "0", "200")
    assert month.measured_days == 0


def test_a_day_of_which_nothing_is_known_gets_no_row(session: Session) -> None:
    point = point_in(session)
    with transaction(session):
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-05"))
    assert session.scalars(select(DailyBalance)).all() == []
    assert session.scalars(select(MonthlyBalance)).all() == []


def test_the_same_figures_again_do_not_raise_the_revision(session: Session) -> None:
    point = point_in(session)
    with_day(session, point, day("2026-11-01"), "5000", "5320")
    with_day(session, point, day("2026-11-01"))
    assert stored_month(session, point.id, "2026-11").revision == 1


def test_another_state_of_the_same_volume_raises_the_revision(session: Session) -> None:
    point = point_in(session)
    with_day(session, point, day("2026-11-01"), "5000")
    with transaction(session):
        factories.reading(session, point, day("2026-11-01"), "10", state=ReadingState.PROVISIONAL)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-01"))
        factories.reading(session, point, day("2026-11-01"), "10", version=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-11-01"))
    assert stored_month(session, point.id, "2026-11").revision == 3


def test_a_correction_of_an_old_day_rolls_every_later_month_forward(session: Session) -> None:
    point = point_in(session)
    for month in ("2014-12", "2016-02", "2020-02", "2026-11"):
        with_day(session, point, day(f"{month}-29"), "1000", "900")
    with transaction(session):
        factories.reading(
            session, point, day("2014-12-29"), "950", version=2, state=ReadingState.CORRECTED, reason="Acta"
        )
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2014-12-29"))
    months = [stored_month(session, point.id, month) for month in ("2014-12", "2016-02", "2020-02", "2026-11")]
    assert [figures(month.opening_m3) for month in months] == ["0", "50", "150", "250"]
    assert [figures(month.closing_m3) for month in months] == ["50", "150", "250", "350"]
    assert [month.measured_before for month in months] == [0, 1, 2, 3]
    assert [month.revision for month in months] == [2, 2, 2, 2]


def test_a_first_reading_in_an_old_month_without_rows_opens_it_where_the_month_before_closed(session: Session) -> None:
    point = point_in(session)
    with_day(session, point, day("2015-01-31"), "1000", "900")
    with_day(session, point, day("2015-03-01"), "1000", "800")
    with_day(session, point, day("2015-02-28"), "1000", "1400")
    february, march = stored_month(session, point.id, "2015-02"), stored_month(session, point.id, "2015-03")
    assert (figures(february.opening_m3), figures(february.closing_m3)) == ("100", "-300")
    assert (figures(march.opening_m3), figures(march.closing_m3), march.measured_before) == ("-300", "-100", 2)


def test_a_change_that_moves_no_account_leaves_later_months_alone(session: Session) -> None:
    point = point_in(session)
    with_day(session, point, day("2026-10-01"), "1000")
    with_day(session, point, day("2026-11-01"), "1000", "900")
    with transaction(session):
        factories.nomination(session, point, day("2026-10-01"), "1200", revision=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=day("2026-10-01"))
    assert stored_month(session, point.id, "2026-10").revision == 2
    assert stored_month(session, point.id, "2026-11").revision == 1


def test_other_points_keep_their_figures(session: Session) -> None:
    point, other = point_in(session), point_in(session)
    with_day(session, other, day("2026-11-01"), "70", "60")
    with_day(session, point, day("2026-10-01"), "5000", "5320")
    assert figures(stored_month(session, other.id, "2026-11").opening_m3) == "0"


def test_a_heating_value_rewrites_its_day_and_those_that_lived_on_it_to_come_included(session: Session) -> None:
    point = point_in(session)
    for number in (1, 2, 3, 30):
        with_day(session, point, day(f"2026-11-{number:02}"), "5000", "4000")
    gate = point.exit_point_id
    with transaction(session):
        factories.heating_value(session, gate, day("2026-11-03"), HeatingValue.of("1200"))
        ledger.rewrite_conversions(session, exit_point_id=gate, gas_day=day("2026-11-03"))
        factories.heating_value(session, gate, day("2026-11-02"), HeatingValue.of("1000"))
        ledger.rewrite_conversions(session, exit_point_id=gate, gas_day=day("2026-11-02"))
    rows = [stored_day(session, point.id, day(f"2026-11-{number:02}")) for number in (1, 2, 3, 30)]
    assert [row.heating_value.milli for row in rows if row.heating_value] == [1130000, 1000000, 1200000, 1200000]
    assert [row.heating_value_provisional for row in rows] == [True, False, False, True]
    assert ledger.verify(session) is None


@pytest.mark.parametrize("months", [1, 40])
def test_a_day_costs_the_same_few_statements_whatever_the_history(session: Session, months: int) -> None:
    point = point_in(session)
    for number in range(months):
        with_day(session, point, day(f"{2014 + (11 + number) // 12}-{(11 + number) % 12 + 1:02}-05"), "100", "90")
    with transaction(session):
        factories.reading(session, point, day("2014-12-05"), "80", version=2)
        with counted(_engine(session)) as statements:
            ledger.rewrite_day(session, delivery_point=point, gas_day=day("2014-12-05"))
    assert len(statements) == (5 if _engine(session).dialect.name == "sqlite" else 6)


def test_two_writers_of_one_point_lose_neither_of_their_changes(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        point = point_in(session)
    begun = threading.Barrier(2, timeout=10)

    def write(gas_day: GasDay) -> None:
        with sessions() as own:
            begun.wait()
            with transaction(own):
                factories.reading(own, point, gas_day, "100")
                ledger.rewrite_day(own, delivery_point=point, gas_day=gas_day)

    run_together([lambda: write(day("2026-11-01")), lambda: write(day("2026-11-02"))])
    with sessions() as session:
        month = stored_month(session, point.id, "2026-11")
        assert (figures(month.consumed_m3), month.measured_days) == ("200", 2)
        assert ledger.verify(session) is None


def run_together(works: list[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    return bind
