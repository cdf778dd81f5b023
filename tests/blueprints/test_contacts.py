"""The contacts of a company, kept on a page by its own people."""

from __future__ import annotations

import pytest

from portal.models import Contact
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer

URL = "/cuenta/avisos"
NEW, FIRST = "form:has(input[name=company])", ".contact-line:nth-of-type(1)"


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    found = portal.customer()
    found.open_contract()
    return found


def add(customer: Customer, name: str = "Ana Gas", email: str = "ana@cliente.example") -> Page:
    form = customer.open(URL).form(NEW).fill(name=name, email=email)
    return form.submit("Agregar el contacto")


def test_somebody_without_a_contract_is_told_what_will_be_here(portal: RunningPortal):
    assert "Todavía no tiene un contrato a su nombre" in portal.customer().open(URL).text


def test_a_contact_is_added_changed_and_removed(portal: RunningPortal, customer: Customer):
    page = add(customer)
    assert "El contacto quedó agregado" in page.text
    assert "ana@cliente.example" in page.text
    add(customer, "Beto", "beto@cliente.example")
    page = customer.open(URL)
    form = page.form(FIRST)
    page = form.tamper(topic=["cuts"], is_deputy="y").submit("Guardar")
    assert "Los avisos del contacto quedaron como los marcó." in page.text
    with portal.session() as session:
        ana = session.query(Contact).filter_by(email="ana@cliente.example").one()
        assert (ana.is_deputy, ana.wants_cuts, ana.wants_receipts, ana.wants_reminders) == (True, True, False, False)
    page = customer.open(URL).form(FIRST).submit("Quitar")
    assert "El contacto no recibe más correos." in page.text
    with portal.session() as session:
        assert session.query(Contact).filter(Contact.removed_at.is_(None)).count() == 1


def test_the_last_contact_stays_and_the_same_address_is_taken_once(customer: Customer):
    add(customer)
    twice = add(customer)
    assert twice.status == 422
    assert "Ese correo ya es un contacto" in twice.text
    assert twice.form(NEW)["name"] == "Ana Gas", "what was typed stays"
    last = customer.open(URL).form(FIRST).submit("Quitar")
    assert last.status == 422
    assert "Es el último contacto" in last.text


def test_a_contact_of_another_company_cannot_be_touched(portal: RunningPortal, customer: Customer):
    add(customer)
    with portal.session() as session:
        foreign = session.query(Contact).one().public_id
    stranger = portal.customer()
    stranger.open_contract()
    add(stranger, "Otro", "otro@rival.example")
    page = stranger.open(URL).form(FIRST).tamper(contact=foreign).submit("Quitar")
    assert page.status == 404
