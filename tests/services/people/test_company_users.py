"""What a customer's account may do under a contract: decided by the distributor or by the company's own manager."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import BindingAct, BindingState, Role
from portal.models import Binding, OutboxMessage, User
from portal.services import keys
from portal.services.keys import grants
from portal.services.people import bindings, company_users
from portal.services.people.company_users import Shown
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected, StepMissing
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit_trail
from tests import factories
from tests.factories import NOW
from tests.services.way import Way, open_contract, set_out


def person(session: Session, role: Role = Role.CUSTOMER, **given: str) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role, **given))


def account(session: Session, actor: Actor) -> str:
    return session.scalars(select(User.public_id).where(User.id == actor.user_id)).one()


def state(session: Session, actor: Actor) -> BindingState:
    session.rollback()
    return session.scalars(select(Binding).where(Binding.user_id == actor.user_id)).unique().one().state


@pytest.fixture
def way(session: Session, vault: Vault) -> Way:
    """The first account of a contract, which manages it."""
    return open_contract(session, vault, set_out(session, vault))


@pytest.fixture
def colleague(session: Session, vault: Vault, way: Way) -> Way:
    """A second account of another mail domain: it looks and waits."""
    actor = person(session, email="eva@otra.example")
    return open_contract(session, vault, replace(way, actor=actor))


@pytest.fixture
def supervisor(session: Session) -> Actor:
    return person(session, Role.SUPERVISOR)


def decide(session: Session, by: Actor, about: Way, decision: BindingAct) -> Binding:
    ask = company_users.decide_on_colleague if by.role is Role.CUSTOMER else company_users.decide
    return ask(
        Act.at(session, by, NOW),
        account=account(session, about.actor),
        contract=about.contract.public_id,
        decision=decision,
    )


def refusal(session: Session, by: Actor, about: Way, decision: BindingAct) -> Refusal:
    with pytest.raises(Rejected) as refused:
        decide(session, by, about, decision)
    return refused.value.refusal


def test_an_account_that_waits_is_approved_and_its_change_is_written_down(
    session: Session, way: Way, colleague: Way, supervisor: Actor
):
    assert state(session, colleague.actor) is BindingState.AWAITING
    found = company_users.list_accounts(Act.at(session, supervisor, NOW), shown=Shown.AWAITING, words="")
    assert [holder.user.email for holder in found.holders] == ["eva@otra.example"]
    assert (found.counts[Shown.AWAITING], found.counts[Shown.NOMINATING]) == (1, 1)
    decide(session, supervisor, colleague, BindingAct.APPROVE)
    assert bindings.may_nominate(session, user_id=colleague.actor.user_id or 0, contract_id=way.contract.id)
    entry = audit_trail.list_of_subject(session, subject=account(session, colleague.actor))[0]
    assert (entry.event, entry.changes[0].old, entry.changes[0].new) == ("binding:changed", "awaiting", "nominates")
    told = session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.kind == "binding-changed")).all()
    assert set(told) == {"eva@otra.example", way.contract.company.contact_email}
    assert refusal(session, supervisor, colleague, BindingAct.APPROVE) is Refusal.BINDING_OTHER_STATE


def test_an_account_is_found_by_name_mail_company_and_contract(session: Session, colleague: Way, supervisor: Actor):
    for words in ("EVA@otra", "gas del llano", "NR-", "persona"):
        found = company_users.list_accounts(Act.at(session, supervisor, NOW), shown=Shown.ALL, words=words)
        assert "eva@otra.example" in [holder.user.email for holder in found.holders], words
    nobody = company_users.list_accounts(Act.at(session, supervisor, NOW), shown=Shown.ALL, words="%")
    assert not nobody.holders


def test_who_is_disabled_reaches_nothing_from_the_next_question_on_and_gets_it_back(
    session: Session, vault: Vault, way: Way, supervisor: Actor
):
    keys.open_point(Act.at(session, way.actor, NOW), delivery_point=way.point, typed=way.numeric_key)
    assert grants.list_opened_point_ids(Act.at(session, way.actor, NOW)) == {way.point.id}
    decide(session, supervisor, way, BindingAct.DISABLE)
    assert grants.list_opened_point_ids(Act.at(session, way.actor, NOW)) == set()
    assert grants.list_proved_point_ids(Act.at(session, way.actor, NOW)) == set()
    assert not bindings.may_nominate(session, user_id=way.actor.user_id or 0, contract_id=way.contract.id)
    with pytest.raises(StepMissing):
        grants.list_opened_contracts(Act.at(session, way.actor, NOW), modality=way.modality)
    with pytest.raises(Rejected) as refused:
        open_contract(session, vault, way)
    assert refused.value.refusal is Refusal.BINDING_DISABLED
    decide(session, supervisor, way, BindingAct.ENABLE)
    assert grants.list_opened_point_ids(Act.at(session, way.actor, NOW)) == {way.point.id}


def test_the_first_account_decides_about_the_others_of_its_contract(session: Session, way: Way, colleague: Way):
    (team,) = company_users.list_teams(Act.at(session, way.actor, NOW))
    assert [binding.user.email for binding in team.members] == [way.actor.email, "eva@otra.example"]
    assert company_users.list_teams(Act.at(session, colleague.actor, NOW)) == []
    decide(session, way.actor, colleague, BindingAct.CONSULT_ONLY)
    assert state(session, colleague.actor) is BindingState.CONSULTS
    decide(session, way.actor, colleague, BindingAct.APPROVE)
    assert state(session, colleague.actor) is BindingState.NOMINATES
    assert refusal(session, way.actor, colleague, BindingAct.MAKE_MANAGER) is Refusal.BINDING_OTHER_STATE
    assert refusal(session, way.actor, way, BindingAct.CONSULT_ONLY) is Refusal.OWN_BINDING


def test_nobody_else_decides(session: Session, vault: Vault, way: Way, colleague: Way, supervisor: Actor):
    stranger = open_contract(session, vault, set_out(session, vault))
    decide(session, supervisor, colleague, BindingAct.APPROVE)
    for by in (colleague.actor, stranger.actor):
        with pytest.raises(NotFound):
            decide(session, by, way, BindingAct.DISABLE)
    with pytest.raises(NotAllowed):
        decide(session, person(session, Role.OPERATOR), colleague, BindingAct.CONSULT_ONLY)
    with pytest.raises(NotFound):
        company_users.disable_account(Act.at(session, supervisor, NOW), account=account(session, supervisor))


def test_what_the_distributor_says_a_manager_does_not_undo(
    session: Session, way: Way, colleague: Way, supervisor: Actor
):
    decide(session, supervisor, colleague, BindingAct.DISABLE)
    assert refusal(session, way.actor, colleague, BindingAct.ENABLE) is Refusal.DISABLED_BY_STAFF
    decide(session, supervisor, colleague, BindingAct.ENABLE)
    decide(session, supervisor, colleague, BindingAct.APPROVE)
    decide(session, supervisor, colleague, BindingAct.MAKE_MANAGER)
    assert refusal(session, way.actor, colleague, BindingAct.DISABLE) is Refusal.COLLEAGUE_MANAGES
    decide(session, supervisor, way, BindingAct.DISABLE)
    with pytest.raises(NotFound):
        decide(session, way.actor, colleague, BindingAct.DISABLE)


def test_a_disabled_account_has_no_session_left(session: Session, way: Way, supervisor: Actor):
    name = account(session, way.actor)
    company_users.disable_account(Act.at(session, supervisor, NOW), account=name)
    assert company_users.load(Act.at(session, supervisor, NOW), account=name).user.disabled_at == NOW
    assert audit_trail.list_of_subject(session, subject=name)[0].details == {"sessions_ended": 1}
    company_users.enable_account(Act.at(session, supervisor, NOW), account=name)
    assert company_users.load(Act.at(session, supervisor, NOW), account=name).user.disabled_at is None


def test_two_who_decide_at_once_leave_one_decision(
    session: Session, sessions: sessionmaker[Session], way: Way, colleague: Way, supervisor: Actor
):
    name, contract = account(session, colleague.actor), way.contract.public_id

    def approve(by: Actor) -> str:
        ask = company_users.decide_on_colleague if by.role is Role.CUSTOMER else company_users.decide
        with sessions() as own:
            try:
                ask(Act.at(own, by, NOW), account=name, contract=contract, decision=BindingAct.APPROVE)
            except Rejected as refused:
                return refused.refusal.value
        return "done"

    session.rollback()
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, [way.actor, supervisor])) == ["binding-other-state", "done"]
