"""The list of those who have not nominated, in the order in which they are called."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.domain.accounts import Role
from portal.domain.calls import CallOutcome
from portal.services import calls
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW, TODAY

TOMORROW = TODAY.plus(1)


@pytest.fixture
def agent(session: Session) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=Role.AGENT, name="Sandra Otálora"))


def list_names(session: Session, agent: Actor, *, most: int = 10) -> list[str]:
    found = calls.list_missing(Act.at(session, agent, NOW), gas_day=TOMORROW, most=most)
    return [point.name for point in found.points]


def test_who_was_never_called_comes_first_then_the_oldest_call_and_last_who_was_spoken_to(
    session: Session, agent: Actor
):
    with transaction(session):
        contract = factories.contract(session)
        names = ("Apiay", "Barzal", "Catama", "Dosquebradas", "Esperanza")
        points = {name: factories.delivery_point(session, contract=contract, name=name) for name in names}
        called = {
            "Barzal": (2, CallOutcome.NO_ANSWER),
            "Catama": (3, CallOutcome.ATTENDED),
            "Dosquebradas": (1, CallOutcome.NO_ANSWER),
        }
        for name, (hour, outcome) in called.items():
            at = NOW - timedelta(hours=hour)
            factories.verified_call(
                session, agent, points[name], opened_at=at, closed_at=at, outcome=outcome, about_day=TOMORROW
            )
    assert list_names(session, agent) == ["Apiay", "Esperanza", "Barzal", "Dosquebradas", "Catama"]


def test_the_last_of_several_calls_counts(session: Session, agent: Actor):
    with transaction(session):
        point = factories.delivery_point(session, name="Apiay")
        for hours, outcome in ((3, CallOutcome.ATTENDED), (1, CallOutcome.NO_ANSWER)):
            at = NOW - timedelta(hours=hours)
            factories.verified_call(
                session, agent, point, opened_at=at, closed_at=at, outcome=outcome, about_day=TOMORROW
            )
    (row,) = calls.list_missing(Act.at(session, agent, NOW), gas_day=TOMORROW, most=10).points
    assert row.last_call == (NOW - timedelta(hours=1), "Sandra Otálora", CallOutcome.NO_ANSWER)


def test_only_those_served_on_the_day_without_a_nomination_are_called(session: Session, agent: Actor):
    with transaction(session):
        contract = factories.contract(session)
        nominated = factories.delivery_point(session, contract=contract, name="Apiay")
        factories.nomination(session, nominated, TOMORROW, "9000")
        factories.delivery_point(session, contract=contract, name="Barzal", ends_on=TOMORROW)
        factories.delivery_point(session, contract=contract, name="Catama", starts_on=TOMORROW.plus(1))
        factories.delivery_point(session, contract=contract, name="Dosquebradas", ends_on=TOMORROW.plus(1))
        of_day_before = factories.delivery_point(session, contract=contract, name="Esperanza")
        factories.nomination(session, of_day_before, TODAY, "9000")
    assert list_names(session, agent) == ["Dosquebradas", "Esperanza"]


def test_the_list_ends_where_it_is_told_to_and_says_how_many_there_are(session: Session, agent: Actor):
    with transaction(session):
        contract = factories.contract(session)
        for number in range(7):
            factories.delivery_point(session, contract=contract, name=f"Punto {number}")
    found = calls.list_missing(Act.at(session, agent, NOW), gas_day=TOMORROW, most=3)
    assert [point.name for point in found.points] == ["Punto 0", "Punto 1", "Punto 2"]
    assert found.total == 7
