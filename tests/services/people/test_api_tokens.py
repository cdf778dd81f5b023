"""Tokens on both databases: limits, doubles, and what a request costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.accounts import Scope
from portal.domain.attempts import API_TOKEN
from portal.models import ApiToken, Company
from portal.services.people import api_tokens, feeds
from portal.services.people.api_tokens import LIVE_TOKENS, Caller
from portal.services.store.acts import Act
from portal.services.store.refusals import NotFound, Refusal, Rejected, TooManyAttempts
from portal.services.store.vault import Vault
from portal.services.timetable import deadlines
from tests.factories import NOW
from tests.services.ledger_rows import counted
from tests.services.way import Way, open_contract, set_out


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """A customer who has opened a contract."""
    return open_contract(session, vault, set_out(session, vault))


def make(session: Session, way: Way, **given: object) -> str:
    company = session.get_one(Company, way.contract.company_id).public_id
    values = {"company": company, "name": "ERP", "scopes": {Scope.READ}, "expires_at": None} | given
    return api_tokens.create(Act.at(session, way.actor, NOW), **values)  # type: ignore[arg-type]


def call(session: Session, token: str) -> Caller | None:
    return api_tokens.look_up(session, token=token, address="10.0.0.1", now=NOW)


def test_who_nominates_also_reads(session: Session, way: Way):
    caller = call(session, make(session, way, scopes={Scope.NOMINATE}))
    assert caller is not None
    assert caller.scopes == {Scope.READ, Scope.NOMINATE}
    assert (caller.actor.user_id, caller.actor.channel, caller.actor.address) == (way.actor.user_id, "api", "10.0.0.1")


def test_a_company_has_so_many_live_tokens(session: Session, way: Way):
    make(session, way, expires_at=NOW)
    for _ in range(LIVE_TOKENS):
        make(session, way)
    with pytest.raises(Rejected) as refused:
        make(session, way)
    assert refused.value.refusal is Refusal.TOKENS_SPENT
    row = api_tokens.list_tokens(Act.at(session, way.actor, NOW))[0].tokens[0]
    api_tokens.revoke(Act.at(session, way.actor, NOW), public_id=row.token.public_id)
    make(session, way)


def test_the_company_of_somebody_else_is_not_there(session: Session, vault: Vault, way: Way):
    stranger = open_contract(session, vault, set_out(session, vault))
    theirs = session.get_one(Company, stranger.contract.company_id).public_id
    with pytest.raises(NotFound):
        make(session, way, company=theirs)


def test_a_token_ends_at_its_moment(session: Session, way: Way):
    token = make(session, way, expires_at=NOW + timedelta(microseconds=1))
    assert call(session, token) is not None
    assert api_tokens.look_up(session, token=token, address="", now=NOW + timedelta(microseconds=1)) is None


def test_requests_are_charged_and_the_last_use_is_kept_once_a_minute(session: Session, way: Way):
    token = make(session, way)
    for _ in range(API_TOKEN):
        caller = call(session, token)
        assert caller is not None
        api_tokens.charge(session, caller=caller, now=NOW)
    with pytest.raises(TooManyAttempts) as stopped:
        api_tokens.charge(session, caller=caller, now=NOW)
    assert stopped.value.until == NOW + timedelta(minutes=1)
    assert session.query(ApiToken).one().last_used_at == NOW


def test_one_calendar_is_published_at_a_time(session: Session, way: Way):
    first, second = (feeds.publish(Act.at(session, way.actor, NOW)) for _ in range(2))
    assert feeds.look_up(session, token=first) is None
    found = feeds.look_up(session, token=second)
    assert found is not None
    assert found.user_id == way.actor.user_id


def test_the_calendar_asks_four_questions_whatever_the_number_of_days(session: Session, way: Way):
    assert way.actor.user_id is not None
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with counted(engine) as asked:
        found = deadlines.list_of_person(Act.of_system(session, NOW), user_id=way.actor.user_id)
    assert len([each for each in asked if each.startswith("SELECT")]) == 4
    assert len(found) == 2 * 15
