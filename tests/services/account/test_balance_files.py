"""What files are written from: whole months in both units, as they were at one moment; seals over their figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.gas_day import Month
from portal.domain.keys import BadKeyFormat
from portal.domain.modalities import Modality
from portal.domain.quantities import Gas, HeatingValue, Quantity, Unit
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.account import balances
from portal.services.account.balance_files import AccountSpan, Verdict, load_account_span, queries, seals, statements
from portal.services.account.balance_files.queries import DayRow, Records
from portal.services.account.opened_points import OpenedPoint
from portal.services.store.acts import Act
from portal.services.store.snapshots import one_moment
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.filters import measure, quantity
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.ledger_rows import counted, day

SEPTEMBER, OCTOBER, NOVEMBER = (Month(2026, number) for number in (9, 10, 11))


@pytest.fixture(params=list(Unit))
def point(request: pytest.FixtureRequest, session: Session) -> DeliveryPoint:
    """A point since 20 September: some days measured, one not nominated, one adjusted, one converted otherwise."""
    with transaction(session):
        contract = factories.contract(session, starts_on=day("2026-09-20"), unit=request.param)
        made = factories.delivery_point(session, contract=contract)
        factories.heating_value(session, made.exit_point_id, day("2026-09-01"), HeatingValue.of("1130"))
        factories.heating_value(session, made.exit_point_id, day("2026-10-02"), HeatingValue.of("1098.7"))
        for text, asked, taken in (
            ("2026-09-20", "500", "511"),
            ("2026-09-30", "500", "321"),
            ("2026-10-01", "400", "900"),
            ("2026-10-02", None, "77.5"),
            ("2026-11-22", "100", None),
            ("2026-11-25", "130", None),
        ):
            if asked:
                factories.nomination(session, made, day(text), asked)
            if taken:
                factories.reading(session, made, day(text), taken)
        factories.adjustment(session, made, day("2026-10-31"), "-12.25")
        ledger.rebuild_point(session, delivery_point=made)
    return made


def opened(point: DeliveryPoint) -> OpenedPoint:
    contract = point.contract
    return OpenedPoint(
        *(point.id, point.public_id, point.name, point.municipality, point.unit, point.starts_on, point.ends_on),
        *(point.exit_point_id, Modality.GNV_SUPPLY, contract.number, None, contract.tolerance_basis_points),
        *(contract.company.name, NOW, NOW),
    )


def span_of(session: Session, point: DeliveryPoint, first: Month = SEPTEMBER, last: Month = NOVEMBER) -> AccountSpan:
    return load_account_span(session, point=opened(point), unit=point.unit, first=first, last=last, today=TODAY)


def test_each_month_in_each_unit_is_that_of_the_sheet(session: Session, point: DeliveryPoint) -> None:
    months = list(span_of(session, point).months())
    assert [month.month for month in months] == [SEPTEMBER, OCTOBER, NOVEMBER]
    for month in months:
        for unit in Unit:
            sheet = balances.load_month_sheet(
                session,
                delivery_point_id=point.id,
                unit=unit,
                own_unit=point.unit,
                tolerance_basis_points=point.contract.tolerance_basis_points,
                month=month.month,
                today=TODAY,
                starts_on=point.starts_on,
            )
            assert month.accounts[unit] == sheet.account
            assert month.missing_days == sheet.missing_days
            for mine, theirs in zip(month.days, sheet.days, strict=True):
                assert (mine.accounts[unit], mine.out_of_tolerance) == (theirs.account, theirs.out_of_tolerance)
                assert (mine.state, mine.cut_reason, mine.holiday) == (
                    *(theirs.reading_state, theirs.cut_reason, theirs.holiday),
                )
                assert mine.heating_value == theirs.heating_value


def test_a_span_that_begins_later_opens_where_the_account_stood(session: Session, point: DeliveryPoint) -> None:
    whole = list(span_of(session, point).months())
    assert list(span_of(session, point, OCTOBER).months()) == whole[1:]
    # No figure stands in the months between: December opens as November closed.
    [december] = span_of(session, point, Month(2026, 12), Month(2026, 12)).months()
    for unit in Unit:
        assert december.accounts[unit].opening == whole[-1].accounts[unit].closing


def test_a_month_is_complete_when_every_day_before_it_is_measured(session: Session) -> None:
    with transaction(session):
        made = factories.delivery_point(session, contract=factories.contract(session, starts_on=day("2026-09-29")))
        factories.heating_value(session, made.exit_point_id, day("2026-09-01"), HeatingValue.of("1130"))
        for each in [*SEPTEMBER.days()[-2:], *OCTOBER.days(), day("2026-11-01")]:
            factories.reading(session, made, each, "10")
        ledger.rebuild_point(session, delivery_point=made)
    months = list(span_of(session, made).months())
    assert [month.accounts[Unit.M3].closing_incomplete for month in months] == [False, False, True]
    assert not months[2].days[0].accounts[Unit.M3].total_incomplete


def test_a_point_that_ended_has_no_gaps_after_its_end(session: Session, point: DeliveryPoint) -> None:
    with transaction(session):
        session.get_one(DeliveryPoint, point.id).ends_on = day("2026-10-03")
    [october] = span_of(session, session.get_one(DeliveryPoint, point.id), OCTOBER, OCTOBER).months()
    # An adjustment after the end is listed with the days up to it, none of which is missing.
    assert (october.missing_days, len(october.days)) == (0, 31)


def test_four_questions_whatever_the_span(session: Session, point: DeliveryPoint) -> None:
    found = opened(point)
    span_of(session, point)
    for first in (SEPTEMBER, NOVEMBER):
        with counted(session.get_bind().engine) as seen:
            span = load_account_span(session, point=found, unit=found.unit, first=first, last=NOVEMBER, today=TODAY)
            asked = [text for text in seen if "SELECT" in text]
            assert len(asked) == 4
            list(span.months())
        assert len([text for text in seen if "SELECT" in text]) == 4
        assert not session.in_transaction()


def test_who_writes_between_two_questions_is_not_seen(
    sessions: sessionmaker[Session], session: Session, point: DeliveryPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(span_of(session, point).months())
    ask = queries._before

    def write_first(*asked: Any) -> Any:
        found = ask(*asked)
        with sessions() as other, transaction(other):
            row = other.get_one(DeliveryPoint, point.id)
            factories.reading(other, row, day("2026-10-01"), "1", version=2)
            factories.adjustment(other, row, day("2026-11-01"), "99")
            ledger.rebuild_point(other, delivery_point=row)
        return found

    monkeypatch.setattr(queries, "_before", write_first)
    assert list(span_of(session, point).months()) == before
    monkeypatch.undo()
    assert list(span_of(session, point).months()) != before


def test_a_moment_is_not_asked_for_with_changes_waiting(session: Session, point: DeliveryPoint) -> None:
    row = session.get_one(DeliveryPoint, point.id)
    row.name = "otro"
    with pytest.raises(RuntimeError, match="outside of a transaction"), one_moment(session):
        pass
    session.rollback()


# --- seals ------------------------------------------------------------------------------------------------------------

ROW = DayRow(day("2026-10-01").date, 1, 2, 3, 4, 5, 6, 7, 8, "certified", None, 1_130_000, False)


def records(*rows: DayRow, opening: Gas | None = None) -> Records:
    return Records(rows or (ROW,), opening or Gas.zero(), 0, (), ())


def sealed(vault: Vault, **other: Any) -> str:
    values: dict[str, Any] = {"point": "pun1", "month": OCTOBER, "closed": None, "figures": 7, "total": "-12"}
    return seals.seal(vault, **values | other)


def test_any_figure_of_a_month_changes_its_fingerprint() -> None:
    first = seals.fingerprint(records())
    others = {seals.fingerprint(records(ROW._replace(**{name: 9}))) for name in DayRow._fields[1:9]}
    others.add(seals.fingerprint(records(ROW._replace(consumed_m3=None))))
    others.add(seals.fingerprint(records(ROW._replace(day=day("2026-10-02").date))))
    others.add(seals.fingerprint(records(opening=Gas(Quantity(1, Unit.M3), Quantity(0, Unit.MBTU)))))
    assert len(others) == 11
    assert first not in others


def test_how_a_reading_came_to_be_changes_no_fingerprint() -> None:
    again = ROW._replace(reading_state="provisional", heating_value=None, heating_value_provisional=True)
    assert seals.fingerprint(records(again)) == seals.fingerprint(records())


def test_whatever_is_sealed_changes_the_code(vault: Vault) -> None:
    closed = queries.ClosedMonth(OCTOBER.first.date, "CB-2026-000001", 1, None, NOW, *[Gas.zero()] * 7)
    codes = {
        sealed(vault),
        sealed(vault, point="pun2"),
        sealed(vault, month=SEPTEMBER),
        sealed(vault, figures=8),
        sealed(vault, total="+12"),
        sealed(vault, closed=closed),
        sealed(vault, closed=closed._replace(number="CB-2026-000002")),
        sealed(vault, closed=closed._replace(version=2)),
        sealed(Vault(b"another pepper that is as long as it has to be, 32 bytes")),
    }
    assert len({code[-12:] for code in codes}) == 9
    assert sealed(vault) in codes


@given(figures=st.integers(0, 2**seals.FINGERPRINT_BITS - 1))
def test_a_code_carries_its_fingerprint(figures: int) -> None:
    vault = Vault(b"a pepper that only the tests know, 32 bytes and more")
    code = sealed(vault, figures=figures)
    assert (len(code), seals.read_figures(code)) == (20, figures)
    assert seals.is_valid(vault, code=code, point="pun1", month=OCTOBER, closed=(None,), total="-12")
    assert not seals.is_valid(vault, code=code, point="pun1", month=OCTOBER, closed=(), total="-12")


@given(micro=st.integers(-(10**14), 10**14), unit=st.sampled_from(list(Unit)))
def test_a_balance_is_read_from_the_paper_as_it_was_sealed(micro: int, unit: Unit) -> None:
    value = Quantity.from_micro(micro, unit)
    assert seals.parse_total(quantity(value), micro >= 0) == seals.print_total(value)
    assert seals.parse_total(measure(value), micro >= 0) == seals.print_total(value)


@pytest.mark.parametrize("text", ["", ",5", "1,2,3", "abc", "1e3", "٣", "12 kg"])
def test_what_is_no_figure_is_no_balance(text: str) -> None:
    assert seals.parse_total(text, True) is None


@pytest.mark.parametrize("text", ["", "7K2M", "U" * 20, "0" * 21, "Ａ" * 20])
def test_what_is_no_code_is_told(text: str) -> None:
    with pytest.raises(BadKeyFormat):
        seals.normalise(text)


def test_a_paper_is_verified_on_each_database(session: Session, point: DeliveryPoint, vault: Vault) -> None:
    made = statements.load_month_statement(session, vault=vault, point=opened(point), month=OCTOBER, today=TODAY)
    total = seals.print_total(made.month.accounts[point.unit].closing)

    def ask(code: str = made.code, at: datetime = NOW) -> Verdict:
        return statements.verify(
            Act.of_system(session, at),
            point=point.public_id,
            month=OCTOBER,
            code=code,
            total=total,
            address="192.0.2.7",
        )

    assert ask() is Verdict.GENUINE
    assert ask("0" * 20) is Verdict.NOT_GENUINE
    change(session, point, lambda row: factories.adjustment(session, row, day("2026-10-05"), "1"))
    assert ask() is Verdict.OUTDATED


def change(session: Session, point: DeliveryPoint, how: Callable[[DeliveryPoint], object]) -> None:
    with transaction(session):
        row = session.get_one(DeliveryPoint, point.id)
        how(row)
        ledger.rebuild_point(session, delivery_point=row)


def test_what_is_not_measured_yet_is_a_gap_only_once_it_has_passed(session: Session, point: DeliveryPoint) -> None:
    [november] = span_of(session, point, NOVEMBER, NOVEMBER).months()
    assert november.missing_days == 22
    assert november.days[-1].gas_day == day("2026-11-25")
    assert [each.has_passed for each in november.days[-4:]] == [True, False, False, False]
