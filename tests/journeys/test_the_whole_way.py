"""Guide steps 1 to 24 without JavaScript: a person nobody knows yet registers, reads the sheet, nominates."""

from __future__ import annotations

import re

from portal.services.mail import outbox
from tests.application import RunningPortal
from tests.journeys.whole_way import EMAIL, PASSWORD, register, walk
from tests.services import account_stage


def mailed_link(portal: RunningPortal) -> str:
    """The path of the newest link sent to Luz."""
    with portal.session() as session:
        body = outbox.read_words(
            session, [mail for mail in account_stage.mails(session) if mail.recipient == EMAIL][-1]
        )
    found = re.search(r"http://localhost(/\S+)", body)
    assert found, body
    return found[1]


def test_somebody_new_goes_from_the_front_door_to_the_sheet_and_to_a_nomination_that_shows_in_it(
    portal_on_each: RunningPortal,
):
    letter = portal_on_each.customer().way
    walk(portal_on_each.browser(), letter, lambda: mailed_link(portal_on_each))


def test_a_sheet_that_was_asked_for_signed_out_is_shown_after_all_the_keys(portal: RunningPortal):
    letter = portal.customer().way
    browser = portal.browser()
    register(browser, lambda: mailed_link(portal))
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
    register(browser, lambda: mailed_link(portal))
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
