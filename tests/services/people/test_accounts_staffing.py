"""Accounts of the consoles kept by the administrator: never one's own, and one administrator always stays."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from portal.domain.accounts import Role
from portal.models import AuditEvent, OutboxMessage, User
from portal.services.mail import outbox
from portal.services.people import accounts
from portal.services.people import sessions as open_sessions
from portal.services.people.accounts import staff
from portal.services.store.acts import Act, Actor
from portal.services.store.refusals import NotAllowed, NotFound, Refusal, Rejected
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.services.trace import audit
from tests import factories
from tests.factories import NOW
from tests.services import account_stage
from tests.services.account_stage import PASSWORD


def person(session: Session, role: Role, **given: Any) -> Actor:
    with transaction(session):
        return factories.signed_in(session, factories.user(session, role=role, **given))


def public_id(session: Session, actor: Actor) -> str:
    return session.scalars(select(User.public_id).where(User.id == actor.user_id)).one()


@pytest.fixture
def admin(session: Session) -> Actor:
    return person(session, Role.ADMIN)


def invite(session: Session, admin: Actor, **given: Any) -> User:
    asked = {"email": "nuevo@llanogas.com", "name": "Nora Peña", "role": Role.OPERATOR} | given
    return staff.invite(Act.at(session, admin, NOW), **asked)


def link(session: Session) -> str:
    found = re.search(r"/invitacion/([\w-]+)", outbox.read_words(session, account_stage.mails(session)[-1]))
    assert found
    return found[1]


def refusal(act: Any, *args: Any, **given: Any) -> Refusal:
    with pytest.raises(Rejected) as refused:
        act(*args, **given)
    return refused.value.refusal


def test_who_is_invited_chooses_a_password_by_the_link_once(session: Session, vault: Vault, admin: Actor):
    user = invite(session, admin)
    assert (user.role, user.verified_at) == (Role.OPERATOR, None)
    token = link(session)
    assert staff.get_invited(Act.of_system(session, NOW), token=token) == "nuevo@llanogas.com"
    staff.accept(Act.of_system(session, NOW), token=token, password=PASSWORD, address="127.0.0.1")
    assert session.get_one(User, user.id).verified_at == NOW
    assert refusal(staff.get_invited, Act.of_system(session, NOW), token=token) is Refusal.LINK_SPENT
    assert audit.verify(session) is None


def test_an_invitation_ends_after_three_days_and_with_the_next_one(session: Session, admin: Actor):
    user = invite(session, admin)
    first = link(session)
    assert (
        refusal(staff.get_invited, Act.of_system(session, NOW + timedelta(hours=72)), token=first) is Refusal.LINK_SPENT
    )
    staff.invite_again(Act.at(session, admin, NOW), public_id=user.public_id)
    assert refusal(staff.get_invited, Act.of_system(session, NOW), token=first) is Refusal.LINK_SPENT
    assert staff.get_invited(Act.of_system(session, NOW), token=link(session))


def test_an_address_with_an_account_is_refused_and_a_customers_role_is_none_here(session: Session, admin: Actor):
    invite(session, admin)
    assert refusal(invite, session, admin) is Refusal.EMAIL_TAKEN
    with pytest.raises(NotAllowed):
        invite(session, admin, email="otra@llanogas.com", role=Role.CUSTOMER)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_only_an_administrator_keeps_accounts(session: Session, admin: Actor, role: Role):
    nobody, target = person(session, role), public_id(session, admin)
    acts = [
        lambda: staff.list_accounts(Act.at(session, nobody, NOW)),
        lambda: staff.load(Act.at(session, nobody, NOW), public_id=target),
        lambda: invite(session, nobody),
        lambda: staff.change_role(Act.at(session, nobody, NOW), public_id=target, role=Role.AUDITOR),
        lambda: staff.disable(Act.at(session, nobody, NOW), public_id=target),
        lambda: staff.enable(Act.at(session, nobody, NOW), public_id=target),
        lambda: staff.reset_second_factor(Act.at(session, nobody, NOW), public_id=target),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_another_role_ends_the_sessions_and_says_what_it_was(session: Session, admin: Actor):
    other = person(session, Role.OPERATOR)
    name = public_id(session, other)
    staff.change_role(Act.at(session, admin, NOW), public_id=name, role=Role.SUPERVISOR)
    assert session.get_one(User, other.user_id).role is Role.SUPERVISOR
    assert other.user_id is not None
    assert open_sessions.list_live(session, user_id=other.user_id, role=Role.SUPERVISOR, now=NOW) == []
    details = session.scalars(select(AuditEvent.details).where(AuditEvent.event == "account:role-changed")).one()
    assert '"new_role":"supervisor","old_role":"operator"' in details
    assert (
        refusal(staff.change_role, Act.at(session, admin, NOW), public_id=name, role=Role.SUPERVISOR)
        is Refusal.ROLE_UNCHANGED
    )


def test_nobody_changes_the_own_account(session: Session, admin: Actor):
    person(session, Role.ADMIN)
    act, own = Act.at(session, admin, NOW), {"public_id": public_id(session, admin)}
    assert refusal(staff.change_role, act, role=Role.AUDITOR, **own) is Refusal.OWN_ACCOUNT
    assert refusal(staff.disable, act, **own) is Refusal.OWN_ACCOUNT
    assert refusal(staff.reset_second_factor, act, **own) is Refusal.OWN_ACCOUNT


def test_an_account_of_a_customer_is_not_there(session: Session, admin: Actor):
    customer = person(session, Role.CUSTOMER)
    with pytest.raises(NotFound):
        staff.disable(Act.at(session, admin, NOW), public_id=public_id(session, customer))


def test_of_two_administrators_who_disable_one_another_at_once_one_stays(
    sessions: sessionmaker[Session], session: Session, admin: Actor
):
    other = person(session, Role.ADMIN)
    # Somebody who was only invited administers nothing yet.
    invite(session, admin, role=Role.ADMIN)
    names = {admin.user_id: public_id(session, admin), other.user_id: public_id(session, other)}
    session.rollback()

    def disable(actor: Actor, target: Actor) -> str:
        with sessions() as own:
            try:
                staff.disable(Act.at(own, actor, NOW), public_id=names[target.user_id])
            except NotAllowed:
                return "no administrator any more"
            return "done"

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(disable, (admin, other), (other, admin)))
    assert sorted(done) == ["done", "no administrator any more"]
    session.expire_all()
    live = session.scalars(
        select(User).where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.verified_at.is_not(None))
    ).all()
    assert len(live) == 1


def test_a_stranger_who_registers_an_invited_address_gets_nothing(session: Session, vault: Vault, admin: Actor):
    user = invite(session, admin)
    registered = account_stage.register(session, vault, email=user.email, password="una frase que solo sabe el otro")
    assert registered is None
    accounts.reset.ask(Act.of_system(session, NOW), email=user.email, address="127.0.0.1")
    kinds = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.recipient == user.email)).all()
    assert kinds == ["invitation", "invitation-waits", "invitation-waits"]
    assert session.get_one(User, user.id).name == "Nora Peña"


def test_a_registration_that_nobody_confirmed_does_not_stand_in_the_way(session: Session, vault: Vault, admin: Actor):
    account_stage.register(session, vault, email="nuevo@llanogas.com")
    (token,) = account_stage.tokens(session, "verificar")
    assert invite(session, admin).role is Role.OPERATOR
    assert refusal(accounts.registration.get_pending, Act.of_system(session, NOW), token=token) is Refusal.LINK_SPENT


def test_who_lost_the_telephone_begins_anew_and_the_old_password_opens_nothing(
    session: Session, vault: Vault, admin: Actor
):
    user = account_stage.account(session, vault, role=Role.OPERATOR, totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    staff.reset_second_factor(Act.at(session, admin, NOW), public_id=user.public_id)
    assert refusal(account_stage.sign_in, session, vault) is Refusal.CREDENTIALS_WRONG
    staff.accept(Act.of_system(session, NOW), token=link(session), password=PASSWORD, address="127.0.0.1")
    assert account_stage.sign_in(session, vault).device is None


def test_who_is_no_administrator_any_more_finishes_nothing(session: Session, admin: Actor):
    first, second = person(session, Role.ADMIN), person(session, Role.OPERATOR)
    staff.change_role(Act.at(session, admin, NOW), public_id=public_id(session, first), role=Role.AUDITOR)
    with pytest.raises(NotAllowed):
        staff.disable(Act.at(session, first, NOW), public_id=public_id(session, second))


def test_the_last_administrator_who_can_sign_in_stays(session: Session, admin: Actor):
    other = person(session, Role.ADMIN)
    with transaction(session):
        # By hand, as no page lets anybody do: signed in and, by now, without a password.
        session.get_one(User, other.user_id).verified_at = None
    assert (
        refusal(staff.disable, Act.at(session, other, NOW), public_id=public_id(session, admin))
        is Refusal.LAST_ADMINISTRATOR
    )
