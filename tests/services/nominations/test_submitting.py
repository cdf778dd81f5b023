"""Orders of a company's own system on both databases: once for each key, and as a person's signature otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Scope
from portal.domain.quantities import Quantity, Unit
from portal.domain.timetable import RequestKind
from portal.models import ApiToken, Company, DailyBalance, KeyAttempt, Nomination
from portal.services import nominations
from portal.services.nominations import Request, orders, rules
from portal.services.people import api_tokens
from portal.services.people.api_tokens import Caller
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import Conflict, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import receipts
from tests.factories import NOW, TODAY
from tests.services.way import Way, open_contract, set_out, wrong_numeric_key

TOMORROW = TODAY.plus(1)


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer who has opened a contract."""
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def caller(session: Session, way: Way) -> Caller:
    """The system of their company."""
    company = session.get_one(Company, way.contract.company_id).public_id
    given: dict[str, Any] = {"name": "ERP", "scopes": {Scope.NOMINATE}, "expires_at": None}
    token = api_tokens.create(Act.at(session, way.actor, NOW), company=company, **given)
    found = api_tokens.look_up(session, token=token, address="10.0.0.1", now=NOW)
    assert found is not None
    return found


def submit(session: Session, vault: Vault, way: Way, caller: Caller, key: str = "uno", **given: Any) -> Nomination:
    """Order 12,500 m³ for tomorrow, unless told."""
    typed, now = given.pop("typed", way.numeric_key), given.pop("now", NOW)
    clock = given.pop("clock", lambda: now)
    point = session.get_one(type(way.point), way.point.id)
    values: dict[str, Any] = {
        "point": point,
        "kind": RequestKind.NOMINATION,
        "gas_day": TOMORROW,
        "quantity": Quantity.of("12500", Unit.M3),
    } | given
    return nominations.submit(
        Act(session, Actor.system(), now, clock),
        caller=caller,
        request=Request(**values),
        idempotency_key=key,
        typed=typed,
    )


def count(session: Session, model: type[Any], *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_an_order_stands_in_the_account_and_in_the_chain(session: Session, vault: Vault, way: Way, caller: Caller):
    made = submit(session, vault, way, caller)
    balance = session.get_one(DailyBalance, (way.point.id, TOMORROW))
    assert balance.nominated_m3 == Quantity.of("12500", Unit.M3)
    assert made.signed_by_id == way.actor.user_id
    assert receipts.verify(session) is None


def test_a_double_that_was_faster_gives_its_answer_to_the_slower_one(
    sessions: sessionmaker[Session],
    session: Session,
    vault: Vault,
    way: Way,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
):
    weigh, made = rules.weigh, []

    def be_slow(*args: Any, **given: Any) -> rules.Weighed:
        monkeypatch.setattr(orders.rules, "weigh", weigh)
        session.rollback()
        with sessions() as other:
            made.append(submit(other, vault, way, caller, replaces=0).public_id)
        return weigh(*args, **given)

    monkeypatch.setattr(orders.rules, "weigh", be_slow)
    slower = submit(session, vault, way, caller, replaces=0)
    assert [slower.public_id] == made
    assert count(session, Nomination) == 1
    assert count(session, KeyAttempt, KeyAttempt.outcome == "charged") == 0


def test_an_order_that_is_written_too_late_leaves_nothing(
    sessions: sessionmaker[Session], session: Session, vault: Vault, way: Way, caller: Caller
):
    close = TODAY.start.replace(hour=17)
    # Each request has a session of its own.
    with sessions() as other, pytest.raises(Rejected) as refused:
        submit(other, vault, way, caller, now=close, clock=lambda: close.replace(second=11))
    assert refused.value.refusal is Refusal.TOO_LATE
    assert count(session, Nomination) == 0
    assert submit(session, vault, way, caller, now=close, clock=lambda: close.replace(second=10)).revision == 1


def test_a_wrong_code_is_charged_to_the_maker_of_the_token(session: Session, vault: Vault, way: Way, caller: Caller):
    with pytest.raises(Rejected) as refused:
        submit(session, vault, way, caller, typed=wrong_numeric_key(way))
    assert (refused.value.refusal, refused.value.facts["left"]) == (Refusal.NUMERIC_KEY_WRONG, 9)
    assert count(session, KeyAttempt, KeyAttempt.outcome == "wrong", KeyAttempt.user_id == way.actor.user_id) == 1


def test_a_token_revoked_while_the_code_was_verified_enters_nothing(
    session: Session, vault: Vault, way: Way, caller: Caller
):
    with transaction(session):
        session.get_one(ApiToken, caller.token_id).revoked_at = NOW
    with pytest.raises(NotFound):
        submit(session, vault, way, caller)
    assert count(session, Nomination) == 0
    assert count(session, KeyAttempt, KeyAttempt.outcome == "charged") == 0, "the attempt was given back"


def test_a_key_answers_its_own_order_only(session: Session, vault: Vault, way: Way, caller: Caller):
    first = submit(session, vault, way, caller)
    assert submit(session, vault, way, caller, typed="").public_id == first.public_id
    with pytest.raises(Conflict) as refused:
        submit(session, vault, way, caller, gas_day=TOMORROW.plus(1))
    assert refused.value.reason == "idempotency-key"
