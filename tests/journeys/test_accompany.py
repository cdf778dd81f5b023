"""The agent of a verified call follows the customer's page and prepares what the customer signs."""

from __future__ import annotations

import pytest

from portal.models import AuditEvent, Following, Nomination, NominationDraft, OutboxMessage
from portal.services import calls
from portal.services.people import sessions
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests.agent import Agent, agent_of, call_code
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, Customer


def followed(portal: RunningPortal) -> tuple[Customer, Agent, Page]:
    """A customer whose code verified a call, its agent, and the page of the call."""
    customer = portal.customer()
    customer.use_keys()
    agent = agent_of(portal, name="Yuly Garavito")
    return customer, agent, agent.verify(agent.take_call(customer), call_code(customer))


def seen(agent: Agent, call: Page) -> str:
    """What the agent sees of the customer's page, read anew."""
    return " ".join(agent.open(call.url).one("#acompanado").get_text().split())


def prepare(agent: Agent, call: Page, quantity: str = "12.500", day: str = TOMORROW.isoformat()) -> Page:
    page = agent.open(call.url).click("a#preparar")
    return page.form(f"{call.url}/preparar").fill(gas_day=day, quantity=quantity).submit("Preparar")


def test_the_agent_sees_the_page_and_the_step_that_the_customer_has_open(portal_on_each: RunningPortal):
    customer, agent, call = followed(portal_on_each)
    assert "Aún no abre otra página" in seen(agent, call)
    page = customer.open(f"/cuentas-de-balance/{customer.modality}?secreto=1")
    assert "Yuly Garavito, de Llanogas, ve en qué página está usted, nunca lo que escribe." in " ".join(
        page.one("#quien-acompana").get_text().split()
    )
    assert f"/cuentas-de-balance/{customer.modality} ·" in seen(agent, call)
    assert "secreto" not in seen(agent, call)
    customer.choose_day()
    assert "Paso 4 de 5: Cantidad" in seen(agent, call)


def test_of_a_page_with_a_key_the_agent_sees_that_a_key_is_typed_and_nothing_that_was_typed(portal: RunningPortal):
    customer, agent, call = followed(portal)
    page = customer.review("12.345")
    text = seen(agent, call)
    assert "Está escribiendo una clave · Paso 5 de 5: Revisar y firmar" in text
    assert "12.345" not in text
    customer.sign(page, customer.wrong_code, htmx=True)
    assert "Revisar y firmar · la página le muestra un error" in seen(agent, call)
    customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave")
    assert "Está escribiendo una clave" in seen(agent, call)
    with portal.session() as session:
        row = session.query(Following).one()
        assert customer.way.numeric_key not in f"{row.path}{row.title}{row.state}"


def test_the_customer_ends_it_with_one_tap_and_the_agent_reads_so(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer, agent, call = followed(portal)
    page = customer.open("/cuenta").form("#quien-acompana form").submit("Terminar")
    assert page.url == "/cuenta"
    assert "nadie ve en qué página está usted" in page.text
    assert not page.select("#quien-acompana")
    customer.open("/guia")
    assert "El acompañamiento terminó a las 09:00: lo terminó el cliente" in seen(agent, call)
    assert agent.open(call.url).select("#verificada"), "the agent may still act: the caller asked for help"
    with portal.session() as session:
        assert session.query(Following).one().path is None
        assert session.query(AuditEvent).filter_by(event="call-following:ended").one()


@pytest.mark.parametrize("end", ["Dejar de actuar", "Terminar", "a quarter of an hour"])
def test_it_ends_with_the_grant_of_the_call(portal: RunningPortal, end: str):
    customer, agent, call = followed(portal)
    customer.open("/cuenta")
    if end == "Dejar de actuar":
        call.form(f"{call.url}/dejar-de-actuar").submit(end)
    elif end == "Terminar":
        call.form(f"{call.url}/terminar").submit(end)
    else:
        portal.clock.forward(minutes=14)
        agent.open(call.url)
        portal.clock.forward(minutes=1)
    page = customer.open("/guia")
    assert not page.select("#quien-acompana")
    with portal.session() as session:
        assert session.query(Following).one().path == "/cuenta"


def test_the_poll_is_silent_until_the_page_changes_and_is_the_agents_alone(portal: RunningPortal):
    customer, agent, call = followed(portal)
    address = agent.open(call.url).one("#acompanado .followed")["hx-get"]
    assert agent.browser.open(address, htmx=True).status == 204
    customer.open("/cuenta")
    answer = agent.browser.open(address, htmx=True)
    assert answer.status == 200
    assert "/cuenta" in answer.text
    assert agent_of(portal).browser.open(address, htmx=True).status == 404


def test_an_account_that_nobody_follows_asks_nothing(portal: RunningPortal):
    other = portal.customer()
    other.use_keys()
    agent = agent_of(portal)
    agent.verify(agent.take_call(other), call_code(other))
    customer = portal.customer()
    assert not customer.open("/cuenta").select("#quien-acompana")
    with portal.session() as session:
        assert session.query(Following).one().path is None


def test_what_the_agent_prepares_is_signed_by_the_customer_with_their_own_key(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer, agent, call = followed(portal)
    page = prepare(agent, call)
    assert "Preparada para que la firme: 12.500" in " ".join(page.text.split())
    page = customer.open("/cuenta")
    assert "Preparó una nominación" in page.one("#quien-acompana").get_text()
    page = customer.sign(page.click("#revisar-preparada"))
    assert page.one("#radicado").get_text() == "N-2026-000001"
    assert "firmó lo que usted preparó: N-2026-000001" in seen(agent, call)
    assert not customer.open("/cuenta").select("#revisar-preparada")
    with portal.session() as session:
        nomination = session.query(Nomination).one()
        assert (nomination.channel, nomination.signed_by_id) == ("web", customer.way.actor.user_id)
        event = session.query(AuditEvent).filter_by(event="nomination:signed").one()
        assert '"prepared_by":"Yuly Garavito"' in event.details


def test_the_customer_throws_away_what_was_prepared(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer, agent, call = followed(portal)
    prepare(agent, call)
    page = customer.open("/cuenta").form("#quien-acompana form").submit("Descartar la nominación")
    assert not page.select("#revisar-preparada")
    assert page.select("#quien-acompana"), "it goes on"
    assert "El cliente descartó lo que usted preparó" in seen(agent, call)
    assert portal.count(NominationDraft) == 0


def test_the_agent_cannot_sign_open_or_prepare_beyond_the_customers_rules(portal: RunningPortal):
    customer, agent, call = followed(portal)
    page = prepare(agent, call, day="2026-11-01")
    assert page.status == 422
    assert portal.count(NominationDraft) == 0
    prepare(agent, call)
    with portal.session() as session:
        draft = session.query(NominationDraft).one()
        assert draft.user_id == customer.way.actor.user_id
    assert agent.open(f"/nominacion/borradores/{draft.public_id}/firma").status == 404


def test_nothing_is_prepared_for_who_ended_it(portal: RunningPortal):
    customer, agent, call = followed(portal)
    form = agent.open(call.url).click("a#preparar").form(f"{call.url}/preparar")
    customer.open("/cuenta").form("#quien-acompana form").submit("Terminar")
    page = form.fill(gas_day=TOMORROW.isoformat(), quantity="12.500").submit("Preparar")
    assert page.status == 422
    assert "El cliente no está acompañado en esta llamada" in page.text
    assert portal.count(NominationDraft) == 0


def test_an_error_and_the_end_of_the_session_are_told_to_the_agent(portal: RunningPortal):
    customer, agent, call = followed(portal)
    page = customer.choose_day()
    page.form().fill(quantity="doce mil").submit()
    text = seen(agent, call)
    assert "Cantidad · la página le muestra un error" in text
    assert "doce" not in text
    customer.open("/cuenta").form("/salir").submit()
    with portal.session() as session, transaction(session):
        # Those of other browsers.
        sessions.end_all(session, user_id=customer.way.actor.user_id, now=portal.clock.now)
    assert "El cliente salió del portal" in seen(agent, call)


def test_an_unusual_quantity_leads_the_customer_to_its_tick(portal: RunningPortal):
    customer, agent, call = followed(portal)
    maximum = int(customer.way.contract.signed_maximum.amount)
    page = prepare(agent, call, quantity=str(maximum + 1))
    assert "la página le pide al cliente que la confirme" in page.text
    page = customer.open("/cuenta").click("#revisar-preparada")
    assert page.url.endswith("/cantidad")
    page = page.form().fill(confirm_unusual=True).submit()
    assert customer.sign(page).one("#radicado")


def test_what_was_prepared_waits_in_the_account_when_the_following_ended(portal: RunningPortal):
    customer, agent, call = followed(portal)
    prepare(agent, call)
    page = customer.open("/cuenta").form("#quien-acompana form").submit("Terminar")
    assert "Lo que le prepararon sigue en su cuenta" in page.text
    page = page.click("main a[href='/cuenta/acompanamiento']")
    assert "Yuly Garavito le preparó una nominación" in page.text
    page = page.form("main form[action='/cuenta/acompanamiento']").submit("Descartar la nominación")
    assert "Yuly Garavito" not in page.text
    assert portal.count(NominationDraft) == 0
    assert "El cliente descartó lo que usted preparó" in seen(agent, call)


def test_a_newer_call_ends_what_an_older_one_followed(portal_on_each: RunningPortal):
    customer, agent, call = followed(portal_on_each)
    other = agent_of(portal_on_each, name="Jairo Umaña")
    other.verify(other.take_call(customer), call_code(customer))
    assert "Jairo Umaña" in customer.open("/cuenta").one("#quien-acompana").get_text()
    assert "El acompañamiento terminó" in seen(agent, call)


def test_no_page_is_kept_once_it_is_over(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer, _agent, _call = followed(portal)
    customer.open("/cuenta")
    portal.clock.forward(minutes=14, seconds=59)
    with portal.session() as session:
        assert calls.followings.forget_pages(Act.of_system(session, portal.clock.now)) == 0
        portal.clock.forward(seconds=1)
        assert calls.followings.forget_pages(Act.of_system(session, portal.clock.now)) == 1
        assert session.query(Following).one().path is None


def test_the_address_of_a_mailed_link_is_not_noted(portal: RunningPortal):
    customer, agent, call = followed(portal)
    agent.sign(agent.review(agent.open(call.url)))
    with portal.session() as session:
        body = session.query(OutboxMessage).filter_by(kind="receipt").first().body
    link = next(line for line in body.splitlines() if line.startswith("No fui yo: ")).removeprefix("No fui yo: ")
    customer.open("/cuenta")
    assert customer.open(link.removeprefix("http://localhost")).status == 200
    assert "/no-fui-yo" not in seen(agent, call)
    assert "Su cuenta" in seen(agent, call)
