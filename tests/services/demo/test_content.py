"""The demonstration has in it everything that must be shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.codes import normalise_nit
from portal.domain.gas_day import GasDay, Month
from portal.domain.modalities import Modality
from portal.domain.nominations import Channel
from portal.domain.quantities import Unit
from portal.domain.readings import ReadingState
from portal.models import (
    Binding,
    Company,
    Contract,
    DailyBalance,
    DailyHeatingValue,
    DeliveryPoint,
    Nomination,
    Reading,
    User,
)
from portal.services import keys
from portal.services.demo import events
from portal.services.demo.cast import ACCOUNTS, AGREEMENTS
from portal.services.people import accounts
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.demo.conftest import FIRST, played

YESTERDAY = TODAY.plus(-1)


def point(session: Session, name: str) -> DeliveryPoint:
    return session.scalars(select(DeliveryPoint).where(DeliveryPoint.name == name)).unique().one()


def balance(session: Session, name: str, day: GasDay) -> DailyBalance | None:
    return session.get(DailyBalance, (point(session, name).id, day))


def test_every_key_of_the_notes_opens_what_it_should(stage, shown, vault):
    with stage.sessions() as session:
        for written in stage.notes["contracts"]:
            with transaction(session):
                actor = factories.signed_in(session, factories.user(session))
            opened = keys.open_contract(
                Act.at(session, actor, NOW), modality=Modality(written["modality"]), typed=written["web_key"]
            )
            contract = session.scalars(select(Contract).where(Contract.number == written["number"])).unique().one()
            assert opened.public_id == contract.public_id
            for place in written["delivery_points"]:
                found = point(session, place["name"])
                assert found.public_id == place["id"]
                keys.open_point(Act.at(session, actor, NOW), delivery_point=found, typed=place["numeric_key"])


def test_the_customers_of_the_notes_can_sign_in(stage, vault):
    customers = [each for each in stage.notes["accounts"] if each["role"] == "customer"]
    assert len(customers) >= 2
    with stage.sessions() as session:
        for each in customers:
            accounts.sign_in.begin(
                Act.of_system(session, NOW),
                email=each["email"],
                password=each["password"],
                device=None,
                address="127.0.0.1",
                user_agent="tests",
            )


def test_every_role_has_an_account_at_example_com_with_a_long_password(shown):
    assert {account.role for account in ACCOUNTS} == set(Role)
    assert all(account.email.endswith("@example.com") and len(account.password) >= 15 for account in ACCOUNTS)
    stored = shown.scalars(select(User).where(User.email.in_([account.email for account in ACCOUNTS]))).all()
    assert {(user.email, user.role) for user in stored} == {(account.email, account.role) for account in ACCOUNTS}
    assert all(user.verified_at is not None for user in stored)


def test_the_cast_has_what_the_interface_asks_for():
    companies: dict[Modality, set[str]] = defaultdict(set)
    units: dict[Modality, set[Unit]] = defaultdict(set)
    for agreement in AGREEMENTS:
        companies[agreement.modality].add(agreement.company)
        units[agreement.modality].add(agreement.unit)
    assert all(len(companies[modality]) >= 3 for modality in Modality)
    assert all(units[modality] == set(Unit) for modality in Modality)
    appearances = Counter(name for names in companies.values() for name in names)
    assert max(appearances.values()) == 2
    points = [each for agreement in AGREEMENTS for each in agreement.points]
    assert len(points) == 24
    assert len({each.name for each in points}) == 24
    assert sum(each.since == "2014-12-01" for each in points) > 12


def test_every_nit_has_its_check_digit(shown):
    nits = shown.scalars(select(Company.nit)).all()
    assert len(nits) == 9
    assert [normalise_nit(nit) for nit in nits] == nits


def test_nobody_is_bound_and_history_has_neither_filing_numbers_nor_signatures(stage, empty, vault):
    with played(empty, vault) as other, other.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Binding)) == 0
        assert set(session.execute(select(Nomination.channel, Nomination.filing_number, Nomination.signed_by_id))) == {
            (Channel.CARRIED_OVER, None, None)
        }


def test_there_is_one_cut_with_its_reason_in_the_current_month(shown):
    row = balance(shown, events.CUT_AT, YESTERDAY)
    assert Month.of(YESTERDAY) == Month.of(TODAY)
    assert row is not None
    assert row.cut_reason is not None
    assert row.authorised_m3 is not None
    assert row.nominated_m3 is not None
    assert row.authorised_m3 < row.nominated_m3


def test_on_the_first_of_a_month_the_cut_is_of_today():
    assert events.find_cut_day(GasDay(TODAY.date.replace(day=1))) == GasDay(TODAY.date.replace(day=1))


def test_one_point_has_not_nominated_for_tomorrow_and_others_have(shown):
    tomorrow = TODAY.plus(1)
    nominated = set(shown.scalars(select(Nomination.delivery_point_id).where(Nomination.gas_day == tomorrow)))
    today = set(shown.scalars(select(Nomination.delivery_point_id).where(Nomination.gas_day == TODAY)))
    active = shown.scalars(select(DeliveryPoint).where(DeliveryPoint.ends_on.is_(None))).unique().all()
    assert today == {each.id for each in active}
    assert point(shown, events.NOT_NOMINATED_AT).id not in nominated
    # Nine in the morning: some have, some still have three hours.
    assert 2 <= len(nominated) < len(active) - 1


def test_after_the_close_only_that_one_point_has_not_nominated(empty, vault):
    with played(empty, vault, now=NOW + timedelta(hours=4)) as other, other.sessions() as session:
        nominated = set(
            session.scalars(select(Nomination.delivery_point_id).where(Nomination.gas_day == TODAY.plus(1)))
        )
        active = session.scalars(select(DeliveryPoint).where(DeliveryPoint.ends_on.is_(None))).unique()
        assert [each.name for each in active if each.id not in nominated] == [events.NOT_NOMINATED_AT]


def test_there_are_a_gap_an_estimate_and_a_correction_with_its_reason(shown):
    gap = balance(shown, events.GAP_AT, TODAY.plus(-events.GAP_DAYS_AGO))
    assert gap is not None
    assert gap.consumed_m3 is None
    estimate = balance(shown, events.ESTIMATED_AT, TODAY.plus(-events.ESTIMATED_DAYS_AGO))
    assert estimate is not None
    assert estimate.reading_state is ReadingState.ESTIMATED
    corrected = point(shown, events.CORRECTED_AT)
    versions = shown.scalars(
        select(Reading)
        .where(
            Reading.delivery_point_id == corrected.id,
            Reading.gas_day == TODAY.plus(-events.CORRECTED_DAYS_AGO),
        )
        .order_by(Reading.version)
    ).all()
    assert [row.state for row in versions] == [
        ReadingState.PROVISIONAL,
        ReadingState.CERTIFIED,
        ReadingState.CORRECTED,
    ]
    assert versions[-1].reason
    assert versions[-1].volume_m3 != versions[-2].volume_m3


def test_the_last_days_are_provisional_and_older_ones_certified(shown):
    def states(first: GasDay, last: GasDay) -> set[ReadingState | None]:
        query = select(DailyBalance.reading_state).where(DailyBalance.gas_day.between(first, last))
        return set(shown.scalars(query))

    assert states(TODAY.plus(-9), YESTERDAY) == {ReadingState.PROVISIONAL, ReadingState.ESTIMATED, None}
    assert ReadingState.PROVISIONAL not in states(FIRST, TODAY.plus(-10))


def test_no_reading_is_of_today_and_nothing_was_recorded_in_the_future(shown):
    assert shown.scalar(select(func.max(Reading.gas_day))) == YESTERDAY
    for column in (Reading.recorded_at, Nomination.received_at, DailyHeatingValue.recorded_at):
        assert shown.scalar(select(func.max(column))) <= NOW


def test_one_contract_has_ended_and_its_point_with_it(stage, shown):
    ended = [each for each in stage.notes["contracts"] if each["blocked"]]
    assert len(ended) == 1
    contract = shown.scalars(select(Contract).where(Contract.number == ended[0]["number"])).unique().one()
    assert contract.ends_on == Month.of(TODAY).previous.previous.previous.first
    assert not contract.in_force_on(TODAY)
    place = point(shown, ended[0]["delivery_points"][0]["name"])
    last = shown.scalar(select(func.max(DailyBalance.gas_day)).where(DailyBalance.delivery_point_id == place.id))
    assert last is None or last < contract.ends_on


def test_every_exit_point_has_a_heating_value_near_1130_for_each_day_but_one_is_late(shown):
    rows = shown.execute(
        select(DailyHeatingValue.exit_point_id, func.count(), func.max(DailyHeatingValue.gas_day)).group_by(
            DailyHeatingValue.exit_point_id
        )
    ).all()
    days = (TODAY.date - FIRST.date).days
    assert sorted(count for _, count, _ in rows) == [days - 1, days, days, days]
    assert sorted(str(last) for _, _, last in rows) == [str(TODAY.plus(-2)), *[str(YESTERDAY)] * 3]
    values = [value.amount for value in shown.scalars(select(DailyHeatingValue.heating_value))]
    assert 1_095 <= min(values) <= max(values) <= 1_165


def test_a_contract_may_take_about_two_and_a_half_times_what_its_points_take(shown):
    for contract in shown.scalars(select(Contract).where(Contract.ends_on.is_(None))).unique():
        agreement = next(
            each for each in AGREEMENTS if each.company == contract.company.name and each.modality is contract.modality
        )
        usual = sum(each.base_m3 for each in agreement.points)
        m3 = contract.maximum_micro / 10**6 * (1 if contract.unit is Unit.M3 else 25.06)
        assert 2.4 < m3 / usual < 3.6, contract.number
        assert contract.tolerance_basis_points == 500
