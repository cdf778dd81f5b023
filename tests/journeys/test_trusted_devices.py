"""A browser that is remembered opens what was proved there, and nothing else changes; what it may not, it tells."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from portal.domain.accounts import BindingAct
from portal.domain.keys import SIGNED_ALL_THE_SAME
from portal.models import AuditEvent, OutboxMessage, TrustedDevice, User
from portal.services import keys
from portal.services.people import company_users
from portal.services.store import identity
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import Customer

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NEWER_FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"}
CHROME = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36"}
PASSWORD = "una contraseña larga de prueba"
NEW_PASSWORD = "otra contraseña muy larga"
START = "/inicio"
NO_MORE = "Este navegador ya no está recordado: las claves se piden otra vez."


def sign_in(customer: Customer, browser: Browser, *, password: str = PASSWORD) -> Page:
    """Sign in by the page, as a new session of this browser."""
    form = browser.open("/ingreso").form("/ingreso")
    page = form.fill(email=customer.way.actor.email, password=password).submit()
    assert page.url == START
    return page


def remembered(portal: RunningPortal, customer: Customer, *, of_point: bool = True) -> str:
    """Open contract and point by their pages, each with the tick; return the secret of the authenticator."""
    customer.browser.headers |= FIREFOX
    give_password(portal, customer)
    page = customer.open(f"/nominacion/{customer.modality}/clave-web")
    page = page.form().fill(web_key=customer.way.web_key, remember_device=True).submit()
    assert page.h1 == "Recordar este equipo"
    secret = page.one("#secreto").get_text().replace(" ", "")
    page = page.form("form#con-codigo").fill(totp=code(portal, secret)).submit()
    assert "Este equipo quedó recordado." in page.text
    if not of_point:
        return secret
    page = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave")
    page = page.form().fill(numeric_key=customer.way.numeric_key, remember_device=True).submit()
    # The browser is trusted by now: the sheet follows at once.
    assert page.select("#hoja-de-balance")
    return secret


def code(portal: RunningPortal, secret: str) -> str:
    return pyotp.TOTP(secret).at(portal.clock.now)


def give_password(portal: RunningPortal, customer: Customer) -> None:
    with portal.session() as session, transaction(session):
        user = session.get_one(User, customer.way.actor.user_id)
        user.password_sealed = portal.vault.seal_password(PASSWORD, identity.owner_of(user.email))


def next_morning(portal: RunningPortal, customer: Customer, *, password: str = PASSWORD) -> Page:
    """The session is over; the person signs in again in the same browser."""
    portal.clock.forward(days=1)
    return sign_in(customer, customer.browser, password=password)


def asks_for_the_key(browser: Browser, customer: Customer) -> bool:
    page = browser.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}")
    return "/clave" in page.url


def events(portal: RunningPortal, event: str) -> int:
    return portal.count(AuditEvent, event=event)


def mails(portal: RunningPortal, kind: str) -> int:
    return portal.count(OutboxMessage, kind=kind)


def test_a_remembered_browser_opens_the_next_day_what_was_proved_and_the_code_still_signs(
    portal_on_each: RunningPortal,
):
    portal = portal_on_each
    customer = portal.customer()
    remembered(portal, customer)
    next_morning(portal, customer)
    sheet = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}")
    assert sheet.select("#hoja-de-balance")
    page = customer.review(day=customer_day(portal))
    assert "security_code" in page.form().names
    assert "Código incorrecto" in customer.sign(page, customer.wrong_code).text
    assert customer.sign(page).url.startswith("/nominacion/comprobantes/")
    assert (events(portal, "device:trusted"), events(portal, "device:opened")) == (1, 1)
    assert mails(portal, "device-trusted") == 1


def customer_day(portal: RunningPortal) -> str:
    return (portal.clock.now + timedelta(days=1)).date().isoformat()


def test_every_page_and_the_mail_say_with_the_same_words_that_signing_still_asks_for_a_key(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    next_morning(portal, customer)
    pages = (
        f"/nominacion/{customer.modality}/clave-web",
        f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave",
        "/cuenta/equipos",
    )
    for address in pages:
        assert SIGNED_ALL_THE_SAME in customer.open(address).text, address
    with portal.session() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "device-trusted")).one()
        assert SIGNED_ALL_THE_SAME in mail.body.replace("\n", " ")


def test_the_tick_says_that_a_second_step_comes_first_and_the_next_page_what_is_open(portal: RunningPortal):
    customer = portal.customer()
    give_password(portal, customer)
    step = "la primera vez pide un segundo paso"
    web = customer.open(f"/nominacion/{customer.modality}/clave-web")
    assert step in web.text
    page = web.form().fill(web_key=customer.way.web_key, remember_device=True).submit()
    assert page.h1 == "Recordar este equipo"
    said = "Lo que abre su clave ya está abierto en esta sesión; lo demás sigue pidiendo la suya."
    assert said in page.text
    assert asks_for_the_key(customer.browser, customer)
    numeric = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave")
    assert step in numeric.text
    assert step in customer.open("/cuenta/claves").text
    page = numeric.form().fill(numeric_key=customer.way.numeric_key, remember_device=True).submit()
    assert said in page.text


def test_without_the_tick_every_session_asks_for_the_keys_as_the_guide_says(portal: RunningPortal):
    customer = portal.customer()
    give_password(portal, customer)
    customer.open_contract()
    customer.open_point()
    next_morning(portal, customer)
    assert customer.open(f"/nominacion/{customer.modality}").h1 == "Clave web"
    assert mails(portal, "device-trusted") == 0


def test_a_tick_without_the_code_remembers_nothing(portal: RunningPortal):
    customer = portal.customer()
    give_password(portal, customer)
    page = customer.open(f"/nominacion/{customer.modality}/clave-web")
    page = page.form().fill(web_key=customer.way.web_key, remember_device=True).submit()
    assert "Código incorrecto" in page.form("form#con-codigo").fill(totp="000000").submit().text
    assert page.click("Seguir sin recordar").url == f"/nominacion/{customer.modality}"
    next_morning(portal, customer)
    assert customer.open(f"/nominacion/{customer.modality}").h1 == "Clave web"


def test_a_newer_version_of_the_browser_is_still_the_same_device(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    customer.browser.headers |= NEWER_FIREFOX
    next_morning(portal, customer)
    assert not asks_for_the_key(customer.browser, customer)


@pytest.mark.parametrize("who", ["another browser", "a token used before"])
def test_a_copied_cookie_opens_nothing_ends_the_device_and_is_told_and_logged(portal: RunningPortal, who: str):
    customer = portal.customer()
    remembered(portal, customer)
    name, token = _cookie(customer.browser)
    thief = portal.browser(headers=CHROME if who == "another browser" else FIREFOX)
    if who == "a token used before":
        next_morning(portal, customer)
    portal.clock.forward(days=1)
    thief.client.set_cookie(name, token)
    assert NO_MORE in sign_in(customer, thief).text
    assert asks_for_the_key(thief, customer)
    assert (events(portal, "device:refused"), mails(portal, "device-refused")) == (1, 1)
    assert NO_MORE in next_morning(portal, customer).text
    assert asks_for_the_key(customer.browser, customer), "the copied device ended"
    # Once: from then on it is a browser like any other.
    assert NO_MORE not in next_morning(portal, customer).text
    assert customer.open("/cuenta/equipos").select("[data-device]") == []


def test_a_colleagues_cookie_opens_nothing(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    _, token = _cookie(customer.browser)
    colleague = portal.colleague_of(customer)
    give_password(portal, colleague)
    stranger = portal.browser(headers=FIREFOX)
    with portal.session() as session:
        own = session.get_one(User, colleague.way.actor.user_id).public_id
    stranger.client.set_cookie(f"portal-equipo-{own}", token)
    sign_in(colleague, stranger)
    assert stranger.open(f"/nominacion/{customer.modality}").h1 == "Clave web"


@pytest.mark.parametrize("change", ["key", "binding", "password", "device", "authenticator"])
def test_what_is_remembered_is_gone_with_the_next_request_after_a_change(portal: RunningPortal, change: str):
    customer = portal.customer()
    remembered(portal, customer)
    next_morning(portal, customer)
    assert not asks_for_the_key(customer.browser, customer)
    _change(portal, customer, change)
    assert asks_for_the_key(customer.browser, customer) or customer.browser.page.h1 in ("Clave web", "Ingresar")
    if change != "binding":
        next_morning(portal, customer, password=NEW_PASSWORD if change == "password" else PASSWORD)
        assert asks_for_the_key(customer.browser, customer)


def _change(portal: RunningPortal, customer: Customer, change: str) -> None:
    with portal.session() as session:
        act = Act.at(session, Actor.system(), portal.clock.now)
        if change == "key":
            keys.issue(act, delivery_point=customer.way.point)
        elif change == "binding":
            with transaction(session):
                user = session.get_one(User, customer.way.actor.user_id).public_id
                found = company_users.decisions.lock_binding(
                    session, account=user, contract=customer.way.contract.public_id
                )
                company_users.decisions.apply(act, binding=found, decision=BindingAct.DISABLE, by_staff=True)
    if change == "password":
        page = customer.open("/cuenta/contrasena")
        page.form().fill(current=PASSWORD, password=NEW_PASSWORD).submit()
    elif change == "device":
        page = customer.open("/cuenta/equipos")
        assert "Este equipo" in page.text
        page = page.click("Olvidar este equipo")
        assert "Olvidamos Firefox en Linux" in page.text
    elif change == "authenticator":
        page = customer.open("/cuenta/equipos").click("Quitar el autenticador")
        assert page.form().fill(current=PASSWORD).submit().h1 == "Ingresar"
        sign_in(customer, customer.browser)


def _cookie(browser: Browser) -> tuple[str, str]:
    found = [cookie for cookie in browser.client._cookies.values() if cookie.key.startswith("portal-equipo-")]
    assert len(found) == 1
    assert found[0].http_only
    return found[0].key, found[0].value


def test_a_device_is_forgotten_after_ninety_days(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    assert NO_MORE not in next_morning(portal, customer).text
    portal.clock.forward(days=91)
    assert NO_MORE in sign_in(customer, customer.browser).text
    assert customer.open("/cuenta/equipos").select("[data-device]") == []
    assert customer.open(f"/nominacion/{customer.modality}").h1 == "Clave web"


def test_what_a_device_opened_stays_open_while_the_person_is_here(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    next_morning(portal, customer)
    for _ in range(4):
        portal.clock.forward(minutes=25)
        customer.open("/cuenta")
    assert not asks_for_the_key(customer.browser, customer)


def test_nobody_ends_the_device_of_somebody_else(portal: RunningPortal):
    customer = portal.customer()
    remembered(portal, customer)
    with portal.session() as session:
        device = session.scalars(select(TrustedDevice.public_id)).one()
    other = portal.customer()
    page = other.open("/cuenta")
    form = page.form("/cuenta/seguir")
    form.action = f"/cuenta/equipos/{device}/olvidar"
    assert form.submit().status == 404
    assert len(customer.open("/cuenta/equipos").select("[data-device]")) == 1
