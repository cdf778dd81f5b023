"""Browsers get what their account may hear, by topic, in the place of an earlier word; they end with the account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.nominations import CutReason
from portal.domain.ports import Port
from portal.domain.web_push import USUAL_SERVICES
from portal.models import Binding, Contact, DeliveryPoint, OutboxMessage, PushMessage, PushSubscription, User
from portal.services.mail import TOPICS_OF_PORTS, push_subscriptions
from portal.services.nominations import reminders
from portal.services.people import accounts
from portal.services.people.accounts import standings
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.factories import NOW
from tests.push_browser import PushBrowser
from tests.services import account_stage
from tests.services.book_stage import Stage, publish, record, set_up

MARK, THIRD = b"8 bytes.", "jarra molino neblina"


def bind(session: Session, user_id: int, point: DeliveryPoint) -> Binding:
    """Give an account access to the contract of a point."""
    with transaction(session):
        found = Binding(user_id=user_id, contract_id=point.contract_id, may_nominate=True, created_at=NOW)
        session.add(found)
    return found


def receive(session: Session, actor: Actor, *, n: int = 1) -> str:
    """Let a browser of an account receive everything."""
    return push_subscriptions.add(
        Act.at(session, actor, NOW),
        text=PushBrowser(f"https://fcm.googleapis.com/fcm/send/{actor.user_id}-{n}").say(),
        services=USUAL_SERVICES,
        key_mark=MARK,
        browser="Chrome en Android",
        topics=TOPICS_OF_PORTS,
    )


def person(session: Session, email: str) -> Actor:
    """An account that signed in."""
    with transaction(session):
        return factories.signed_in(session, factories.user(session, email=email))


@pytest.fixture
def stage(session: Session) -> Stage:
    return set_up(session)


def posted(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    rows = select(OutboxMessage).where(OutboxMessage.port == Port.PUSH).order_by(OutboxMessage.id)
    return [(row.recipient, row.subject) for row in session.scalars(rows)]


def test_a_cut_and_its_end_are_one_thread_and_another_point_another(session: Session, stage: Stage) -> None:
    manager = person(session, "jefe@example.com")
    bind(session, manager.user_id, stage.first)
    receive(session, manager)
    record(session, stage, stage.first, "10000", CutReason.PCC)
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    record(session, stage, stage.second, "7500")
    publish(session, stage)
    assert [subject for _, subject in posted(session)] == ["Recorte", "Recorte", "Sin recorte"]
    one, two, lifted = session.scalars(select(PushMessage).order_by(PushMessage.outbox_message_id))
    assert one.thread != two.thread == lifted.thread
    assert one.is_urgent


def test_nobody_of_another_company_hears_anything(session: Session, stage: Stage) -> None:
    stranger = person(session, "ajena@example.com")
    bind(session, stranger.user_id, stage.silent)
    receive(session, stranger)
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    assert posted(session) == []


def test_a_browser_is_told_once_though_its_account_has_two_contracts(session: Session, stage: Stage) -> None:
    manager = person(session, "jefe@example.com")
    bind(session, manager.user_id, stage.first)
    with transaction(session):
        other = factories.delivery_point(
            session, contract=factories.contract(session, company_id=stage.first.contract.company_id)
        )
    bind(session, manager.user_id, other)
    receive(session, manager)
    receive(session, manager, n=2)
    record(session, stage, stage.second, "6000", CutReason.PCC)
    publish(session, stage)
    assert len(posted(session)) == 2, "one for each browser"


def test_reminders_leave_deputies_out_and_the_last_call_is_for_them_and_for_who_is_no_contact(
    session: Session, stage: Stage
) -> None:
    company_id = stage.silent.contract.company_id
    with transaction(session):
        for name, is_deputy in (("titular", False), ("suplente", True)):
            session.add(
                Contact(
                    public_id=name,
                    company_id=company_id,
                    name=name,
                    email=f"{name}@example.com",
                    is_deputy=is_deputy,
                    created_at=NOW,
                )
            )
    for name in ("titular", "suplente", "otra"):
        actor = person(session, f"{name}@example.com")
        bind(session, actor.user_id, stage.silent)
        receive(session, actor)
    reminders.post_due(Act.of_system(session, NOW))
    reminders.post_due(Act.of_system(session, NOW))
    first = posted(session)
    assert sorted(email for email, _ in first) == ["otra@example.com", "titular@example.com"], "once, however often"
    reminders.post_due(Act.of_system(session, NOW + timedelta(hours=1, minutes=30)))
    second = posted(session)[len(first) :]
    assert sorted(email for email, _ in second) == [f"{name}@example.com" for name in ("otra", "suplente", "titular")]
    reminders.post_last_call(Act.of_system(session, NOW + timedelta(hours=2, minutes=50)))
    last = posted(session)[len(first) + len(second) :]
    assert sorted(email for email, _ in last) == ["otra@example.com", "suplente@example.com"]
    session.rollback()
    assert len({row.thread for row in session.scalars(select(PushMessage))}) == 1, "each takes the place of the other"
    assert {
        row.expires_at for row in session.scalars(select(OutboxMessage).where(OutboxMessage.port == Port.PUSH))
    } == {NOW + timedelta(hours=3)}


def live(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(PushSubscription).where(PushSubscription.ended_at.is_(None))).all())


def test_another_password_and_a_disabled_account_end_every_browser_of_it(session: Session, vault) -> None:
    account_stage.account(session, vault)
    actor = account_stage.signed_in(session, vault)
    other = person(session, "otra@example.com")
    receive(session, other)
    for n in (1, 2):
        receive(session, actor, n=n)
    assert live(session) == 3
    accounts.profile.change_password(
        Act.at(session, actor, NOW), current=account_stage.PASSWORD, password=account_stage.OTHER_PASSWORD
    )
    assert live(session) == 1, "of the other account"
    assert "Sus equipos dejaron de recibir avisos." in account_stage.mails(session)[-1].body
    receive(session, actor)
    account_stage.ask_reset(session)
    account_stage.finish_reset(session, vault, account_stage.tokens(session, "restablecer")[-1], password=THIRD)
    assert live(session) == 1
    assert "El equipo que recibía sus avisos dejó de recibirlos." in account_stage.mails(session)[-1].body
    receive(session, actor)
    with transaction(session):
        user = identity.lock(session, user_id=session.scalars(select(User.id).where(User.email == actor.email)).one())
        standings.disable(Act.of_system(session, NOW), user=user)
    assert live(session) == 1
    session.rollback()
    ended = session.scalars(select(PushSubscription).where(PushSubscription.ended_at.is_not(None))).all()
    assert {(row.sealed, row.endpoint_hash) for row in ended} == {(None, None)}
