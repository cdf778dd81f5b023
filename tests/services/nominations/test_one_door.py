"""One door to a nomination: the same point, day and quantity get the same verdict however they are sent."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import Role, Scope
from portal.domain.gas_day import GasDay
from portal.domain.nominations import QuantityWarning
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import Company, Contract, DeliveryPoint, Nomination
from portal.services import keys, ledger, nominations
from portal.services.nominations import Request, batches, entry, orders, rules
from portal.services.nominations.batches import Given
from portal.services.nominations.requests import Operator
from portal.services.people import api_tokens
from portal.services.people.api_tokens import Caller
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from tests import factories
from tests.factories import NOW, TODAY
from tests.services.way import Way, open_contract, set_out

TOMORROW = TODAY.plus(1)
AMOUNTS = ("0", "1", "39", "41", "120", "126", "1000", "7999", "8001", "9000", "20001", "25000", "999999")


class Verdict(NamedTuple):
    """What a door says of a quantity for a day."""

    refusal: Refusal | None
    warnings: tuple[QuantityWarning, ...]


class Taken(Exception):
    """The rules let the request pass to the check of its code."""


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A point that took 1,000 m³ a day until it was closed for four weeks; another asked for 12,000 of 20,000 m³."""
    way = open_contract(session, vault, set_out(session, vault))
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    with transaction(session):
        point = session.get_one(DeliveryPoint, way.point.id)
        for ago in range(29, 70):
            factories.reading(session, point, TODAY.plus(-ago), "1000")
            ledger.rewrite_day(session, delivery_point=point, gas_day=TODAY.plus(-ago))
        other = factories.delivery_point(session, contract=session.get_one(Contract, way.contract.id))
        for ahead in (1, 5, 30):
            factories.nomination(session, other, TODAY.plus(ahead), "12000")
    return way


@pytest.fixture
def caller(session: Session, way: Way, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """The system of their company, whose codes nobody checks: what comes so far was taken."""

    def stop(*_args: Any, **_given: Any) -> None:
        raise Taken

    monkeypatch.setattr(orders, "run_with_code", stop)
    company = session.get_one(Company, way.contract.company_id).public_id
    token = api_tokens.create(
        Act.at(session, way.actor, NOW), company=company, name="ERP", scopes={Scope.NOMINATE}, expires_at=None
    )
    found = api_tokens.look_up(session, token=token, address="10.0.0.1", now=NOW)
    assert found is not None
    return found


@pytest.fixture
def agent(session: Session, way: Way) -> Actor:
    """An agent in a verified call about the point."""
    with transaction(session):
        agent = factories.signed_in(session, factories.user(session, role=Role.AGENT))
        factories.verified_call(session, agent, way.point)
    return agent


def verdict_of(ask: Callable[[], tuple[QuantityWarning, ...]]) -> Verdict:
    try:
        return Verdict(None, ask())
    except Rejected as refused:
        return Verdict(refused.refusal, refused.facts.get("warnings", ()))


def by_wizard(session: Session, way: Way, day: GasDay, quantity: Quantity, confirmed: bool) -> Verdict:
    def ask() -> tuple[QuantityWarning, ...]:
        asked = {"modality": way.modality, "point": way.point.public_id}
        draft = nominations.start(Act.at(session, way.actor, NOW), **asked)
        nominations.set_kind(Act.of_system(session, NOW), draft=draft, kind=RequestKind.NOMINATION, version=None)
        nominations.set_day(Act.of_system(session, NOW), draft=draft, gas_day=day, version=None)
        nominations.set_quantity(
            Act.of_system(session, NOW), draft=draft, quantity=quantity, confirmed_unusual=confirmed, version=None
        )
        return nominations.review(Act.of_system(session, NOW), draft=draft).warnings

    return verdict_of(ask)


def by_phone(session: Session, agent: Actor, way: Way, day: GasDay, quantity: Quantity, confirmed: bool) -> Verdict:
    def ask() -> tuple[QuantityWarning, ...]:
        act = Act.at(session, agent, NOW)
        draft = nominations.start(act, modality=way.modality, point=way.point.public_id)
        nominations.set_kind(act, draft=draft, kind=RequestKind.NOMINATION, version=None)
        nominations.set_day(act, draft=draft, gas_day=day, version=None)
        nominations.set_quantity(act, draft=draft, quantity=quantity, confirmed_unusual=confirmed, version=None)
        return nominations.review(act, draft=draft).warnings

    return verdict_of(ask)


def by_list(session: Session, way: Way, day: GasDay, quantity: Quantity, confirmed: bool) -> Verdict:
    # The first day of a list is not the one that is looked at.
    lines = [Given(TODAY.plus(-2), Quantity.of("1000", Unit.M3)), Given(day, quantity)]
    asked = {"modality": way.modality, "point": way.point.public_id}
    batch = batches.start(Act.at(session, way.actor, NOW), lines=lines, **asked)
    if confirmed:
        batches.confirm_unusual(Act.of_system(session, NOW), batch=batch)
    _, line = batches.review(Act.of_system(session, NOW), batch=batch).lines
    unconfirmed = Refusal.UNUSUAL_QUANTITY if line.warnings and not confirmed else None
    return Verdict(line.refusal or unconfirmed, line.warnings)


def by_system(session: Session, way: Way, caller: Caller, vault: Vault, **asked: Any) -> Verdict:
    request = Request(point=session.get_one(DeliveryPoint, way.point.id), kind=RequestKind.NOMINATION, **asked)

    def ask() -> tuple[QuantityWarning, ...]:
        with pytest.raises(Taken):
            nominations.submit(
                Act(session, Actor.system(), NOW, lambda: NOW),
                caller=caller,
                request=request,
                idempotency_key="uno",
                typed="",
            )
        return rules.weigh(Act.at(session, caller.actor, NOW), request).warnings

    return verdict_of(ask)


def beside_the_field(session: Session, way: Way, day: GasDay, quantity: Quantity) -> tuple[QuantityWarning, ...]:
    """What is said while it is typed, to somebody who opened the point of the contract that nobody else asked for."""
    filled = nominations.start_filled(
        Act.at(session, way.actor, NOW),
        modality=way.modality,
        point=way.point.public_id,
        kind=RequestKind.NOMINATION,
        gas_day=day,
        quantity=quantity,
    )
    return nominations.load_day_facts(Act.at(session, way.actor, NOW), draft=filled.draft).of(quantity).warnings


@pytest.mark.parametrize("blocks", [False, True])
def test_the_same_quantity_for_the_same_day_gets_the_same_verdict_through_every_door(
    session: Session, vault: Vault, way: Way, caller: Caller, agent: Actor, blocks: bool
):
    with transaction(session):
        session.get_one(Contract, way.contract.id).maximum_blocks = blocks
    chance, seen = random.Random(12), set()
    days = [TODAY.plus(ahead) for ahead in (-1, 0, 1, 2, 5, 17, 30, 31, 32, 60)]
    for day in days:
        for amount in chance.sample(AMOUNTS, 4):
            quantity, confirmed = Quantity.of(amount, Unit.M3), chance.random() < 0.4
            asked = {"day": day, "quantity": quantity, "confirmed": confirmed}
            wizard = by_wizard(session, way, **asked)
            told = f"{amount} m³ for {day}, confirmed: {confirmed}"
            assert by_list(session, way, **asked) == wizard, told
            assert by_phone(session, agent, way, **asked) == wizard, told
            system = by_system(session, way, caller, vault, gas_day=day, quantity=quantity, confirmed=confirmed)
            assert system == wizard, told
            seen.add(wizard.refusal)
            others_asked = day in (TODAY.plus(1), TODAY.plus(5), TODAY.plus(30))
            if wizard.refusal in (None, Refusal.UNUSUAL_QUANTITY) and not others_asked:
                assert beside_the_field(session, way, day, quantity) == wizard.warnings, told
    assert {None, Refusal.TOO_EARLY, Refusal.TOO_LATE} < seen
    assert (Refusal.ABOVE_MAXIMUM in seen) is blocks


def test_nine_thousand_in_thirty_days_is_far_from_usual_through_every_door(
    session: Session, vault: Vault, way: Way, caller: Caller
):
    asked = {"quantity": Quantity.of("9000", Unit.M3), "confirmed": False}
    day = TODAY.plus(30)
    expected = Verdict(Refusal.UNUSUAL_QUANTITY, (QuantityWarning.ABOVE_MAXIMUM, QuantityWarning.FAR_ABOVE_MEAN))
    assert by_wizard(session, way, day, **asked) == expected
    assert by_list(session, way, day, **asked) == expected
    assert by_system(session, way, caller, vault, gas_day=day, **asked) == expected


def test_nothing_is_put_in_force_that_was_not_weighed_under_its_lock(session: Session, way: Way):
    act = Act.at(session, way.actor, NOW)
    request = Request(
        point=session.get_one(DeliveryPoint, way.point.id),
        kind=RequestKind.NOMINATION,
        gas_day=TOMORROW,
        quantity=Quantity.of("1000", Unit.M3),
        submission_id="uno",
    )
    with transaction(session), pytest.raises(ValueError, match="under the lock"):
        entry.put_in_force(act, [rules.weigh(act, request)], proof=Operator())
    before = session.scalar(select(func.count()).select_from(Nomination))
    with transaction(session):
        (made,) = entry.put_in_force(act, [rules.weigh(act, request, hold=True)], proof=Operator())
    assert session.scalar(select(func.count()).select_from(Nomination)) == (before or 0) + 1
    assert (made.revision, made.quantity) == (1, Quantity.of("1000", Unit.M3))
