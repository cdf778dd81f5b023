"""The contacts of a company, kept on a page by its own people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.models import Contact, User
from portal.services.store.identity import owner_of
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer

URL = "/cuenta/avisos"
NEW, FIRST = "form:has(input[name=company])", ".contact-line:nth-of-type(1)"


PASSWORD = "tres garzas cruzan la laguna"
ASKED = "form:has(input[name=current])"


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    return with_contract(portal)


def with_contract(portal: RunningPortal) -> Customer:
    """A customer who opened a contract and knows the password of the account."""
    found = portal.customer()
    with portal.session() as session, transaction(session):
        person = session.get_one(User, found.way.actor.user_id)
        person.password_sealed = portal.vault.seal_password(PASSWORD, owner_of(person.email))
    found.use_keys(of_point=False)
    return found


def confirmed(page: Page, password: str = PASSWORD) -> Page:
    """What comes after the password, where a page asks for it."""
    asked = page.soup.select_one(ASKED)
    return page.form(ASKED).fill(current=password).submit("Confirmar y continuar") if asked else page


def add(customer: Customer, name: str = "Ana Gas", email: str = "ana@cliente.example") -> Page:
    form = customer.open(URL).form(NEW).fill(name=name, email=email)
    return confirmed(form.submit("Agregar el contacto"))


def contacts_of(portal: RunningPortal) -> list[str]:
    with portal.session() as session:
        return list(session.scalars(select(Contact.email).where(Contact.removed_at.is_(None))))


def test_each_topic_says_in_a_line_what_it_tells_and_when_it_comes(customer: Customer):
    page = add(customer)
    said = {each.strong.get_text(): each.get_text(" ", strip=True) for each in page.select("#temas li")}
    boxes = [each.get_text(strip=True) for each in page.select(".contact-line")[0].select("label.choice")]
    assert [f"{words}." for words in boxes] == list(said)
    assert "el día anterior a las 08:00 y a las 10:30" in said["Recordatorios y cierre."]
    assert "de lunes a viernes de 07:00 a 19:00 y los sábados de 08:00 a 15:00" in said["Avisos y cambios de horario."]
    assert "15 minutos antes del cierre" in said["Suplente."]


def test_a_contact_changes_only_with_the_password_given_in_the_last_five_minutes(
    portal: RunningPortal, customer: Customer
):
    # The sign-in asked for it a moment ago.
    portal.clock.now += timedelta(minutes=5)
    form = customer.open(URL).form(NEW).fill(name="Ana Gas", email="ana@cliente.example")
    asked = form.submit("Agregar el contacto")
    assert asked.form(ASKED)["email"] == "ana@cliente.example", "the form goes with the page that asks"
    wrong = confirmed(asked, "otra frase cualquiera")
    assert wrong.status == 422
    assert "Esa no es su contraseña" in wrong.text
    assert contacts_of(portal) == []
    confirmed(wrong)
    assert contacts_of(portal) == ["ana@cliente.example"]
    beto = customer.open(URL).form(NEW).fill(name="Beto", email="beto@cliente.example")
    assert "El contacto quedó agregado" in beto.submit("Agregar el contacto").text
    portal.clock.now += timedelta(minutes=5)
    assert customer.open(URL).form(FIRST).submit("Quitar").soup.select_one(ASKED)
    assert len(contacts_of(portal)) == 2


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
    stranger = with_contract(portal)
    add(stranger, "Otro", "otro@rival.example")
    page = stranger.open(URL).form(FIRST).tamper(contact=foreign).submit("Quitar")
    assert page.status == 404


def test_a_new_contact_gets_what_was_always_mailed_and_ticks_the_rest(portal: RunningPortal, customer: Customer):
    add(customer)
    form = customer.open(URL).form(FIRST)
    ticked = {str(box["value"]) for box in customer.open(URL).select(f"{FIRST} [name=topic][checked]")}
    assert ticked == {"receipts", "reminders", "cuts", "notices", "contingencies"}
    confirmed(form.fill(topic=["in_full", "contingencies"]).submit("Guardar"))
    with portal.session() as session:
        kept = session.scalars(select(Contact)).one()
        assert (kept.wants_in_full, kept.wants_contingencies, kept.wants_notices) == (True, True, False)
