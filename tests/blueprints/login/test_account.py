"""The account page and what can be done there, without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.models import User
from portal.services import keys
from portal.services.store.acts import Act
from portal.services.store.vault import Vault
from tests.blueprints.login.stage import MovableClock
from tests.blueprints.login.visits import NewBrowser, link, register, sign_in
from tests.browser import Browser
from tests.factories import NOW
from tests.services.account_stage import EMAIL, OTHER_PASSWORD, PASSWORD
from tests.services.way import set_out


def test_the_account_page_shows_what_is_kept(
    app: Flask, browser: Browser, new_browser: NewBrowser, session: Session, vault: Vault
):
    way = set_out(session, vault)
    register(browser)
    browser.open(link(session, "verificar")).form().submit("Confirmar mi correo")
    sign_in(new_browser())
    sign_in(browser)
    keys.open_contract(Act.at(session, way.actor, NOW), modality=way.modality, typed=way.web_key)
    page = browser.open("/cuentas-de-balance/gnv-suministro/clave-web")
    page.form().fill(web_key=way.web_key).submit("Continuar")
    page = browser.open("/cuenta")
    assert EMAIL in page.text
    assert "Versión 2026-11" in page.text
    assert "Ingreso anterior" in page.text
    assert way.contract.number in page.text
    assert "para nominar falta la aprobación" in page.text
    assert len(page.select("#sesiones dt")) == 2
    page = page.click("Cerrar las demás sesiones")
    assert "Cerramos la otra sesión." in page.text
    assert len(page.select("#sesiones dt")) == 1


def test_the_password_is_changed_with_the_present_one(browser: Browser, new_browser: NewBrowser, ana: User):
    elsewhere = new_browser()
    sign_in(elsewhere)
    sign_in(browser)
    page = browser.open("/cuenta").click("Cambiar la contraseña")
    page = page.form().fill(current=OTHER_PASSWORD, password=OTHER_PASSWORD).submit("Guardar la contraseña")
    assert page.status == 422
    assert "Esa no es su contraseña actual" in page.text
    page = page.form().fill(current=PASSWORD, password=OTHER_PASSWORD).submit("Guardar la contraseña")
    assert page.url == "/cuenta"
    assert "Su contraseña cambió" in page.text
    assert elsewhere.open("/cuenta").url.startswith("/ingreso")
    assert sign_in(new_browser(), password=OTHER_PASSWORD).url == "/inicio"


def test_the_present_password_cannot_be_guessed_without_limit(browser: Browser, ana: User):
    sign_in(browser)
    page = browser.open("/cuenta/contrasena")
    for _ in range(5):
        page = page.form().fill(current=OTHER_PASSWORD, password="otra ventana lluvia roja").submit()
    assert page.status == 429
    assert "Demasiados intentos" in page.text


def test_staying_keeps_the_session_alive_with_a_form_and_with_a_script(
    browser: Browser, ana: User, clock: MovableClock
):
    sign_in(browser)
    page = browser.open("/cuenta")
    for minutes in (29, 58):
        clock.now = NOW + timedelta(minutes=minutes)
        page = page.form("/cuenta/seguir").submit("Seguir conectado")
        assert page.url == "/cuenta"
    clock.now = NOW + timedelta(minutes=87)
    token = page.form("/cuenta/seguir")["csrf_token"]
    answer = browser.client.post("/cuenta/seguir", data={"csrf_token": token}, headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 204
    clock.now = NOW + timedelta(minutes=117)
    assert browser.open("/cuenta").url.startswith("/ingreso")


@pytest.mark.parametrize("url", ["/cuenta/seguir", "/cuenta/cerrar-sesiones"])
def test_a_form_sent_after_the_session_ended_leads_to_the_account_in_the_end(
    browser: Browser, session: Session, ana: User, clock: MovableClock, url: str
):
    sign_in(browser)
    sign_in(Browser(browser.client.application.test_client()))
    form = browser.open("/cuenta").form(url)
    clock.now = NOW + timedelta(minutes=31)
    page = form.submit()
    assert page.url.startswith("/ingreso")
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    assert page.url == "/cuenta"
