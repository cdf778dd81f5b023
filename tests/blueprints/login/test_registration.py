"""Registration on its pages, without JavaScript."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import AuditEvent, Consent, OutboxMessage, User
from tests.blueprints.login.stage import MovableClock
from tests.blueprints.login.visits import REGISTRATION, NewBrowser, bare, count, link, register
from tests.browser import Browser
from tests.factories import NOW
from tests.services.account_stage import EMAIL, PASSWORD


def test_a_new_customer_registers_confirms_the_mailbox_and_signs_in(browser: Browser, session: Session):
    page = register(browser)
    assert (page.url, page.h1, page.status) == ("/registro/correo-enviado", "Le enviamos un correo", 200)
    page = browser.open(link(session, "verificar"))
    assert "Transportes del Ariari" in page.text
    page = page.form().submit("Confirmar mi correo")
    assert page.h1 == "Su correo está confirmado"
    page = page.click("main a.button").form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    assert (page.url, page.history) == ("/inicio", [(303, "/ingreso")])


def test_opening_a_link_confirms_nothing(browser: Browser, session: Session):
    register(browser)
    for _ in range(2):
        assert browser.open(link(session, "verificar")).status == 200
    session.rollback()
    assert session.scalars(select(User.verified_at)).all() == [None]


def test_the_consent_is_shown_with_its_version_and_a_link_to_the_policy(browser: Browser):
    page = browser.open("/registro")
    assert "Versión 2026-11" in page.text
    assert page.select('main a[href="/privacidad"]')


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "Escriba su nombre y apellido."),
        ({"email": ""}, "Escriba su correo"),
        ({"email": "ana@empresa"}, "Ese correo no está completo"),
        ({"company": " "}, "Escriba la empresa"),
        ({"password": ""}, "Escoja una contraseña."),
        ({"password": "corta"}, "La contraseña es muy corta. Escriba al menos 15 caracteres."),
        ({"password": "a1" * 65}, "La contraseña es muy larga"),
        ({"password": "transportes ana ruiz"}, "de su nombre o de su correo"),
        ({"consent": False}, "necesitamos su autorización"),
    ],
)
def test_a_refused_registration_keeps_what_was_typed_but_the_password_and_writes_nothing(
    browser: Browser, session: Session, given: dict[str, Any], words: str
):
    page = register(browser, **given)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert words in page.one("#resumen-errores").get_text()
    form, typed = page.form("/registro"), REGISTRATION | given
    for name in ("name", "email", "company"):
        assert form[name] == typed[name].strip()
    assert form["password"] == ""
    assert not typed["password"] or f'"{typed["password"]}"' not in page.source
    assert [count(session, table) for table in (User, Consent, OutboxMessage, AuditEvent)] == [0, 0, 0, 0]


def test_a_name_longer_than_the_field_takes_is_refused(browser: Browser):
    form = browser.open("/registro").form("/registro").fill(**REGISTRATION).tamper(name="x" * 121, company="y" * 121)
    page = form.submit("Crear mi cuenta")
    assert page.status == 422
    assert page.text.count("Ese nombre es muy largo") == 4


def test_every_mistake_of_a_registration_is_told_at_once(browser: Browser):
    page = register(browser, name="", email="ana", company="", password="corta", consent=False)
    assert len(page.select("#resumen-errores li")) == 5


def test_a_registration_answers_the_same_whatever_the_address(new_browser: NewBrowser, ana: User):
    register(new_browser(), email="espera@transportes.example")
    answers = [
        register(new_browser(), email=email) for email in (EMAIL, "nueva@x.example", "espera@transportes.example")
    ]
    assert len({bare(page) for page in answers}) == 1
    assert len({(page.status, page.url, tuple(page.history)) for page in answers}) == 1


def test_links_that_are_spent_expired_or_made_up_show_one_page(
    new_browser: NewBrowser, session: Session, clock: MovableClock
):
    register(new_browser())
    spent = link(session, "verificar")
    new_browser().open(spent).form().submit("Confirmar mi correo")
    register(new_browser(), email="otra@transportes.example")
    expired = link(session, "verificar")
    clock.now = NOW + timedelta(hours=24)
    pages = [
        new_browser().open(url)
        for url in (spent, expired, "/verificar/" + spent.rpartition("/")[2][:-9], "/verificar/" + "xY3-" * 10)
    ]
    assert {(page.status, page.h1) for page in pages} == {(422, "Este enlace ya no sirve")}
    assert len({bare(page) for page in pages}) == 1
    assert pages[0].click("Pedir otro enlace").url == "/registro"


def test_an_old_tab_cannot_confirm_twice(browser: Browser, session: Session):
    register(browser)
    form = browser.open(link(session, "verificar")).form()
    form.submit("Confirmar mi correo")
    assert form.submit("Confirmar mi correo").status == 422


@pytest.mark.parametrize("word", ["mes", "hoja", "Comprobantes", "estado-de-cuenta"])
def test_a_word_typed_where_a_link_ends_leads_to_what_can_be_verified(new_browser: NewBrowser, word: str) -> None:
    page = new_browser().open(f"/verificar/{word}")
    assert (page.status, page.url) == (200, "/verificar")
