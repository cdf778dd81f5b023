"""The page of a company's tokens: made once, shown once, revoked at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from portal.models import ApiToken, AuditEvent, Binding, OutboxMessage
from portal.services.people.sessions import hash_token
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer


def make(customer: Customer, name: str = "ERP de planta", **given: str) -> Page:
    """Make a token by the form."""
    return customer.open("/cuenta/api").form("/cuenta/api").fill(name=name, **given).submit("Crear el token")


def test_a_token_is_shown_once_and_kept_as_its_hash(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    page = make(customer, life="90")
    plain = page.one("[data-field=token]").text
    assert page.status == 200
    with portal.session() as session:
        token = session.scalars(select(ApiToken)).one()
        events = [event.event for event in session.scalars(select(AuditEvent))]
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "api-token-created")).one()
    assert (token.token_hash, token.scopes) == (hash_token(plain), "read")
    assert token.expires_at == portal.clock.now + timedelta(days=90)
    assert "api-token:created" in events
    assert plain not in mail.body
    again = customer.open("/cuenta/api")
    assert plain not in again.source
    assert "ERP de planta" in again.text
    assert "nunca" in again.one("[data-token]").text


def test_the_last_use_is_shown(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    plain = make(customer).one("[data-field=token]").text
    headers = {"Authorization": f"Bearer {plain}"}
    assert portal.app.test_client().get("/api/v1/delivery-points", headers=headers).status_code == 200
    assert "nunca" not in customer.open("/cuenta/api").one("[data-token]").text


def test_a_revoked_token_opens_nothing_from_the_next_request_on(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    headers = {"Authorization": f"Bearer {make(customer).one('[data-field=token]').text}"}
    page = customer.open("/cuenta/api").form("/cuenta/api/revocar").submit()
    assert "ya no abre nada" in page.text
    assert portal.app.test_client().get("/api/v1/delivery-points", headers=headers).status_code == 401
    assert "Revocado" in page.text


def test_a_form_that_lacks_something_says_what(customer: Customer):
    customer.use_keys(of_point=False)
    assert "Escriba un nombre" in make(customer, name=" ").text
    form = customer.open("/cuenta/api").form("/cuenta/api")
    assert "muy largo" in form.tamper(name="x" * 81).submit().text
    page = customer.open("/cuenta/api").form("/cuenta/api").fill(name="x").tamper(company="otra").submit()
    assert page.status == 422


def test_who_may_only_look_makes_no_token_that_nominates(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    with portal.session() as session, transaction(session):
        session.execute(update(Binding).values(may_nominate=False))
    refused = make(customer, scope="nominate")
    assert (refused.status, "todavía no puede nominar" in refused.text) == (422, True)
    assert make(customer, scope="read").status == 200


def test_who_has_opened_nothing_is_told_where_to_begin(customer: Customer):
    page = customer.open("/cuenta/api")
    assert "Todavía no ha abierto ningún contrato" in page.text
    assert not page.select("main form")


def test_a_company_sees_and_revokes_its_own_tokens_only(portal: RunningPortal, customer: Customer):
    customer.use_keys(of_point=False)
    make(customer)
    colleague = portal.colleague_of(customer)
    colleague.use_keys(of_point=False)
    assert "ERP de planta" in colleague.open("/cuenta/api").text
    with portal.session() as session:
        token = session.scalars(select(ApiToken)).one().public_id
    stranger = portal.customer()
    stranger.use_keys(of_point=False)
    make(stranger, "ajeno")
    form = stranger.open("/cuenta/api").form("/cuenta/api/revocar")
    assert form.tamper(token=token).submit().status == 404
    form = colleague.open("/cuenta/api").form("/cuenta/api/revocar")
    with portal.session() as session, transaction(session):
        session.execute(
            update(Binding).where(Binding.user_id == colleague.way.actor.user_id).values(may_nominate=False)
        )
    assert not colleague.open("/cuenta/api").select("[data-token] form"), "who may only look leaves others' alone"
    assert form.submit().status == 404
    form = stranger.open("/cuenta/api").form("/cuenta/api/revocar")
    assert portal.count(ApiToken, revoked_at=None) == 2
    form.submit()
    assert portal.count(ApiToken, revoked_at=None) == 1
