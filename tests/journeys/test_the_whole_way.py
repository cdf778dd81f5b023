"""Guide steps 1 to 24 without JavaScript: a person nobody knows yet registers, reads the sheet, nominates."""

from __future__ import annotations

import re

from portal.services.mail import outbox
from tests.application import RunningPortal
from tests.browser import Browser
from tests.customer import TOMORROW
from tests.services import account_stage

EMAIL, PASSWORD = "luz@estacion.example", "caballo grapa batería"


def mailed_link(portal: RunningPortal) -> str:
    """The path of the newest link sent to Luz."""
    with portal.session() as session:
        body = outbox.read_words(
            session, [mail for mail in account_stage.mails(session) if mail.recipient == EMAIL][-1]
        )
    found = re.search(r"http://localhost(/\S+)", body)
    assert found, body
    return found[1]


def register(portal: RunningPortal, browser: Browser) -> None:
    page = browser.open("/").click("Registrarse").form()
    page = page.fill(name="Luz Rey", email=EMAIL, company="EDS", password=PASSWORD, consent=True).submit()
    assert page.h1 == "Le enviamos un correo"
    browser.open(mailed_link(portal)).form().submit()


def test_somebody_new_goes_from_the_front_door_to_the_sheet_and_to_a_nomination_that_shows_in_it(
    portal_on_each: RunningPortal,
):
    portal = portal_on_each
    letter = portal.customer().way
    point = letter.point.public_id
    browser = portal.browser()
    register(portal, browser)

    page = browser.open("/").click("a.card[href='/cuentas-de-balance']")  # step 4
    assert page.url == "/ingreso?siguiente=/cuentas-de-balance"  # steps 6 and 7
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    assert page.url == "/cuentas-de-balance"
    page = page.click("a[data-modality=gnv-suministro]")  # steps 8 and 9
    page = page.form().fill(web_key=letter.web_key).submit()  # step 10
    page = page.click(f"a[data-delivery-point={point}]")  # step 11
    assert page.url == f"/cuentas-de-balance/gnv-suministro/{point}/clave"
    page = page.form().fill(numeric_key=letter.numeric_key).submit()  # step 12
    sheet = f"/cuentas-de-balance/gnv-suministro/{point}"
    assert page.url == sheet  # step 13
    tomorrow = f"tr[data-gas-day='{TOMORROW.isoformat()}'] td[data-field=nominated]"
    assert not page.select(tomorrow)
    page = page.form("form.selectors").fill(mes="diciembre", anio="2014").submit("Ver")  # step 14
    assert page.one("tr[data-gas-day='2014-12-01']")

    page = page.click("Nominación").click("a[data-modality=gnv-suministro]")  # steps 15 to 17: the key is open already
    assert page.url == "/nominacion/gnv-suministro"
    page = page.click("a#nominar").form().fill(delivery_point=point).submit()  # step 18
    page = page.form().fill(kind="nominacion").submit()  # step 19
    page = page.form().fill(gas_day="24/11/2026").submit("Continuar")  # step 20
    page = page.form().fill(quantity="12.500").submit()  # step 21
    page = page.form().fill(security_code=letter.numeric_key).submit()  # steps 22 and 23
    assert page.value("[data-field=quantity]") == "12500"  # step 24
    assert page.one("#radicado").get_text() in page.title
    assert page.click("Ver la cuenta de balance").value(tomorrow) == "12500"

    page = browser.open("/").click("Salir")
    assert page.url == "/"
    assert browser.open(sheet).url == f"/ingreso?siguiente={sheet}"


def test_a_sheet_that_was_asked_for_signed_out_is_shown_after_all_the_keys(portal: RunningPortal):
    letter = portal.customer().way
    browser = portal.browser()
    register(portal, browser)
    sheet = f"/cuentas-de-balance/gnv-suministro/{letter.point.public_id}"
    page = browser.open(f"{sheet}?mes=10&anio=2026")
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    assert page.url == "/cuentas-de-balance/gnv-suministro/clave-web"
    page = page.form().fill(web_key=letter.web_key).submit()
    assert page.url == f"{sheet}/clave"
    page = page.form().fill(numeric_key=letter.numeric_key).submit()
    assert page.url == f"{sheet}?mes=10&anio=2026", "the month that was asked for"


def test_a_nomination_goes_on_after_the_session_ended_half_way(portal: RunningPortal):
    letter = portal.customer().way
    browser = portal.browser()
    register(portal, browser)
    page = browser.open("/ingreso").form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    page = browser.open("/nominacion/gnv-suministro/clave-web").form().fill(web_key=letter.web_key).submit()
    page = page.click("a#nominar").form().submit().form().fill(kind="nominacion").submit().form().submit("Continuar")
    assert "Paso 4 de 5" in page.text
    portal.clock.forward(minutes=31)
    page = page.form().fill(quantity="12.500").submit()
    assert page.url.startswith("/ingreso?siguiente=/nominacion/borradores/")
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    page = page.form().fill(web_key=letter.web_key).submit()
    assert "Paso 4 de 5" in page.text
    assert "24 de noviembre" in page.form().fill(quantity="12.500").submit().text
