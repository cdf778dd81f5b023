"""A person lets a browser receive messages, chooses which, tries it and ends it; nobody else does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.domain.ports import Port
from portal.models import AuditEvent, OutboxMessage, PushSubscription, PushTopic
from portal.services.mail import push_subscriptions
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.application import RunningPortal, SetClock, run, settings_for
from tests.blueprints.test_contacts import PASSWORD, confirmed, with_contract
from tests.browser import Page
from tests.customer import Customer
from tests.forms import Sent
from tests.push_browser import PushBrowser

URL, SUBSCRIBE = "/cuenta/avisos", "/cuenta/avisos/equipos"
CHROME = "Mozilla/5.0 (Linux; Android 14) Chrome/131.0 Mobile Safari/537.36"


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    """A customer who opened a contract, on a telephone."""
    found = with_contract(portal)
    found.browser.headers["User-Agent"] = CHROME
    return found


def subscribe(customer: Customer, said: str | None = None, topics: list[str] | None = None) -> Page:
    """Send the form as the script of the page does, and give the password if it is asked for."""
    form = customer.open(URL).form(SUBSCRIBE).tamper(subscription=PushBrowser().say() if said is None else said)
    return confirmed(form.fill(topic=["cuts", "reminders"] if topics is None else topics).submit())


def sign_in(browser: Customer, person: Customer) -> Page:
    """Sign a person in by the page, in the browser of somebody."""
    form = browser.open("/ingreso").form("/ingreso")
    return form.fill(email=person.way.actor.email, password=PASSWORD).submit("Ingresar")


def live(portal: RunningPortal) -> list[PushSubscription]:
    with portal.session() as session:
        return list(session.scalars(select(PushSubscription).where(PushSubscription.ended_at.is_(None))))


def test_a_browser_receives_what_was_ticked_from_the_press_on(portal: RunningPortal, customer: Customer) -> None:
    assert "Este equipo" not in customer.open(URL).text
    page = subscribe(customer)
    (row,) = live(portal)
    assert page.one("[data-push] h3").get_text().startswith("Chrome en Android")
    assert "Este equipo" in page.text
    with portal.session() as session:
        assert set(session.scalars(select(PushTopic.topic))) == {"cuts", "reminders"}
    assert row.sealed is not None
    assert b"fcm.googleapis.com" not in row.sealed


def test_the_owner_is_told_by_mail_and_the_audit_knows(portal: RunningPortal, customer: Customer) -> None:
    subscribe(customer)
    with portal.session() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "push-subscribed")).one()
        events = session.scalars(select(AuditEvent.event).where(AuditEvent.event.startswith("push:"))).all()
    assert mail.recipient == customer.way.actor.email
    assert "Chrome en Android recibe avisos" in mail.body
    assert events == ["push:subscribed"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "El navegador no dijo cómo avisarle"),
        ("{}", "El navegador no dijo cómo avisarle"),
        (PushBrowser(endpoint="http://fcm.googleapis.com/x").say(), "por un servicio que el portal no usa"),
        (PushBrowser(endpoint="https://169.254.169.254/x").say(), "por un servicio que el portal no usa"),
        (PushBrowser(endpoint="https://a@fcm.googleapis.com/x").say(), "por un servicio que el portal no usa"),
    ],
)
def test_a_forged_subscription_is_refused_in_words_and_writes_nothing(
    portal: RunningPortal, customer: Customer, said: str, words: str
) -> None:
    page = subscribe(customer, said)
    assert page.status == 422
    assert words in page.text
    assert live(portal) == []


def test_a_browser_without_a_topic_is_refused(portal: RunningPortal, customer: Customer) -> None:
    page = subscribe(customer, topics=[])
    assert page.status == 422
    assert "Marque al menos un aviso" in page.text
    subscribe(customer)
    page = customer.open(URL).form("[data-push] form:has(fieldset)").fill(topic=[]).submit("Guardar")
    assert page.status == 422
    with portal.session() as session:
        assert set(session.scalars(select(PushTopic.topic))) == {"cuts", "reminders"}


def test_topics_change_and_a_browser_ends_by_its_own_button(portal: RunningPortal, customer: Customer) -> None:
    subscribe(customer)
    page = customer.open(URL).form("[data-push] form:has(fieldset)").fill(topic=["in_full"]).submit("Guardar")
    assert {str(box["value"]) for box in page.select("[data-push] [checked]")} == {"in_full"}
    ended = page.form("form[data-end]").submit("Dejar de recibir")
    assert "Chrome en Android no recibe más avisos" in ended.text
    assert live(portal) == []
    assert not ended.select("[data-push]")
    assert customer.browser.client.get_cookie("portal-avisos") is None


def test_a_trial_is_posted_for_that_browser_alone_and_five_an_hour(portal: RunningPortal, customer: Customer) -> None:
    subscribe(customer)
    for _ in range(5):
        page = customer.open(URL).form("form[action$=prueba]").submit()
        assert "Le enviamos un aviso de prueba" in page.text
    portal.clock.forward(minutes=20)
    page = customer.open(URL).form("form[action$=prueba]").submit()
    assert page.status == 429
    assert "Eso ya se hizo 5 veces" in page.text
    assert page.headers["Retry-After"] == "2400", "from the first of them on"
    with portal.session() as session:
        posted = session.scalars(select(OutboxMessage).where(OutboxMessage.port == Port.PUSH)).all()
        assert len(posted) == 5
        assert {each.body.split(".")[0] for each in posted} == {"Este equipo recibe los avisos de Llanogas"}
        assert {each.expires_at for each in posted} == {portal.clock.now - timedelta(minutes=10)}
    portal.clock.forward(hours=1)
    sign_in(customer, customer)
    assert customer.open(URL).form("form[action$=prueba]").submit().status == 200


def test_a_browser_that_subscribes_again_has_one_subscription(portal: RunningPortal, customer: Customer) -> None:
    subscribe(customer)
    (first,) = live(portal)
    subscribe(customer, PushBrowser(endpoint="https://fcm.googleapis.com/fcm/send/renewed").say())
    (second,) = live(portal)
    assert first.public_id != second.public_id, "the one that its cookie named has ended"


def test_the_eleventh_browser_is_refused_and_the_twenty_first_press_of_a_day(
    portal: RunningPortal, customer: Customer
) -> None:
    for n in range(11):
        customer.browser.client.delete_cookie("portal-avisos")
        page = subscribe(customer, PushBrowser(endpoint=f"https://fcm.googleapis.com/fcm/send/{n}").say())
    assert page.status == 422
    assert "Ya reciben avisos 10 equipos suyos" in page.text
    for _ in range(9):
        assert subscribe(customer).status == 422
    assert subscribe(customer).status == 429


def test_signing_out_ends_the_browser_and_the_end_of_a_session_does_not(
    portal: RunningPortal, customer: Customer
) -> None:
    subscribe(customer)
    portal.clock.forward(hours=9)
    assert customer.open(URL).url.startswith("/ingreso")
    assert len(live(portal)) == 1
    sign_in(customer, customer)
    assert "Este equipo" in customer.open(URL).text
    customer.open(URL).form("/salir").submit()
    assert live(portal) == []


def test_another_account_that_signs_in_ends_what_the_browser_received(
    portal: RunningPortal, customer: Customer
) -> None:
    subscribe(customer)
    portal.clock.forward(hours=9)
    assert sign_in(customer, with_contract(portal)).status == 200
    assert live(portal) == []
    assert customer.browser.client.get_cookie("portal-avisos") is None


def test_a_browser_that_ended_elsewhere_says_so_until_it_receives_again(
    portal: RunningPortal, customer: Customer
) -> None:
    subscribe(customer)
    assert "dejó de recibir avisos" not in customer.open(URL).text
    with portal.session() as session, transaction(session):
        push_subscriptions.end_all(
            Act.of_system(session, portal.clock.now), user_id=session.scalars(select(PushSubscription.user_id)).one()
        )
    assert "Este equipo dejó de recibir avisos el lunes 23 de noviembre" in customer.open(URL).text
    assert "dejó de recibir avisos" not in subscribe(customer).text


def test_nobody_sees_or_ends_the_browser_of_another(portal: RunningPortal, customer: Customer) -> None:
    subscribe(customer)
    (row,) = live(portal)
    other = with_contract(portal)
    subscribe(other, PushBrowser(endpoint="https://fcm.googleapis.com/fcm/send/other").say())
    fields = tuple(other.open(URL).form("form[action$=prueba]").values)
    for path in ("", "/prueba", "/terminar"):
        answer = other.browser.send(Sent("POST", f"{SUBSCRIBE}/{row.public_id}{path}", fields))
        assert answer.status == 404
    assert len(live(portal)) == 2
    assert row.public_id not in other.open(URL).body.decode()


def test_without_a_key_or_a_service_worker_nothing_is_offered_or_taken(
    sqlite_url: str, tmp_path: Path, clock: SetClock
) -> None:
    for given in ({"push_key": None}, {"offline_page": False}):
        for running in run(settings_for(sqlite_url, tmp_path, clock, **given)):
            customer = with_contract(running)
            page = customer.open(URL)
            assert not page.select("#en-equipos")
            fields = (*page.form("/salir").values, ("subscription", PushBrowser().say()), ("topic", "cuts"))
            assert confirmed(customer.browser.send(Sent("POST", SUBSCRIBE, fields))).status == 404
            assert live(running) == []
