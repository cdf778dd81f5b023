"""Guide steps 3 to 24 as one walk, over whatever a browser is connected to; steps 1 and 2 are the company's site."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser import Browser
from tests.customer import TOMORROW
from tests.services.way import Way

EMAIL, PASSWORD = "luz@estacion.example", "caballo grapa batería"


def register(browser: Browser, read_link: Callable[[], str]) -> None:
    """Register Luz and confirm her address; `read_link` gives the path in the mail sent to her."""
    page = browser.open("/").click("Registrarse").form()
    page = page.fill(name="Luz Rey", email=EMAIL, company="EDS", password=PASSWORD, consent=True).submit()
    assert page.h1 == "Le enviamos un correo"
    browser.open(read_link()).form().submit()


def walk(browser: Browser, letter: Way, read_link: Callable[[], str]) -> None:
    """Go from the front door to the sheet and to a nomination that shows in it, and out again."""
    point = letter.point.public_id
    register(browser, read_link)

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
