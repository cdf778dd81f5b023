"""Passkeys in Chromium, with its virtual authenticator: remembered by a finger instead of a code, and what may fail."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from portal.config import Settings
from portal.domain.accounts import Role
from portal.models.engine import make_engine
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from tests.cheap_vault import cheapen
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, letter_of, set_the_stage
from tests.e2e.test_the_24_steps import sign_in, submit

pytestmark = pytest.mark.e2e
USE = "Usar la llave de acceso de este equipo"
TELEPHONE = {"width": 360, "height": 800}


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """A portal at a name: browsers keep no passkeys for an address of numbers."""
    return start_server(environment=set_the_stage(tmp_path_factory.mktemp("passkeys"), NINE), host="localhost")


@pytest.fixture
def tab(new_tab: NewTab, server: LiveServer) -> Tab:
    return new_tab(base_url=server.url, **TELEPHONE)


def give_authenticator(tab: Tab, **odd: Any) -> tuple[CDPSession, str]:
    """Build an authenticator into the tab's device; return what speaks to it, and its id."""
    speaks = tab.context.new_cdp_session(tab.page)
    speaks.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    made = speaks.send("WebAuthn.addVirtualAuthenticator", {"options": options | odd})
    return speaks, made["authenticatorId"]


def newcomer(server: LiveServer, name: str) -> dict[str, Any]:
    """An account that nobody else of the tests uses, with its e-mail and password."""
    person = {"email": f"{name}@example.com", "password": "un-caballo-cruza-el-ariari"}
    settings = Settings.from_environment({"PORTAL_INSTANCE": str(server.instance)})
    engine = make_engine(settings.database_url)
    with session_factory(engine, cheapen(Vault(settings.pepper)))() as session:
        accounts.create(Act.at(session, Actor.system(), NINE), name="Marta Rey", role=Role.CUSTOMER, **person)
    engine.dispose()
    return person


def tick(tab: Tab, contract: dict[str, Any]) -> None:
    """The web key with the tick: the page that asks for a second factor."""
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/clave-web")
    tab.page.fill("[name=web_key]", contract["web_key"])
    tab.page.check("[name=remember_device]")
    submit(tab)
    expect(tab.page.locator("h1")).to_have_text("Recordar este equipo")


def sign_out(tab: Tab) -> None:
    tab.page.get_by_role("button", name="Salir").click()
    tab.page.wait_for_url(lambda url: "/cuenta" not in url and "/inicio" not in url)


def test_a_telephone_is_remembered_by_its_own_passkey_until_the_passkey_is_taken_away(
    tab: Tab, server: LiveServer
) -> None:
    page = tab.page
    contract, point = letter_of(server.instance, Point.ONE_TAP_NARROW)
    person = newcomer(server, "recuerda")
    speaks, authenticator = give_authenticator(tab)
    sign_in(tab, server, person)
    tick(tab, contract)
    expect(page.locator("[data-passkey-missing]")).to_be_hidden()
    tab.judge()
    tab.shot("llave-recordar-360")
    page.get_by_role("button", name=USE).click()
    expect(page.locator("main")).to_contain_text("Este equipo quedó recordado.")
    assert len(speaks.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/{point['id']}/clave")
    page.fill("[name=numeric_key]", point["numeric_key"])
    page.check("[name=remember_device]")
    submit(tab)
    page.wait_for_selector("table#hoja-de-balance")
    sign_out(tab)

    sign_in(tab, server, person)
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/{point['id']}")
    page.wait_for_selector("table#hoja-de-balance")

    tab.goto("/cuenta/equipos")
    expect(page.locator("[data-device]")).to_have_count(1)
    expect(page.locator("[data-passkey-row]")).to_have_count(1)
    tab.judge()
    tab.shot("llave-equipos-360")
    # The same passkey again, for a device that was forgotten: now it is asked for, not made.
    page.get_by_role("button", name="Olvidar este equipo").click()
    expect(page.locator("[data-device]")).to_have_count(0)
    tab.goto("/cuenta/equipos/recordar")
    tab.judge()
    tab.shot("llave-sola-360")
    page.get_by_role("button", name=USE).click()
    expect(page.locator("main")).to_contain_text("Este equipo quedó recordado.")

    page.locator("[data-passkey-row] a").click()
    expect(page.locator("h1")).to_contain_text("Quitar la llave")
    tab.judge()
    tab.shot("llave-quitar-360")
    page.fill("[name=current]", person["password"])
    submit(tab)
    expect(page.locator("main")).to_contain_text("Quitamos la llave de acceso")
    expect(page.locator("[data-device], [data-passkey-row]")).to_have_count(0)
    sign_out(tab)
    sign_in(tab, server, person)
    tab.goto(f"/cuentas-de-balance/{contract['modality']}/{point['id']}")
    page.wait_for_url("**/clave**")


def test_a_device_that_holds_a_passkey_of_the_account_makes_no_second_one(tab: Tab, server: LiveServer) -> None:
    page = tab.page
    contract, _point = letter_of(server.instance, Point.ONE_TAP_WIDE)
    give_authenticator(tab)
    sign_in(tab, server, newcomer(server, "agrega"))
    tick(tab, contract)
    page.get_by_role("button", name=USE).click()
    expect(page.locator("main")).to_contain_text("Este equipo quedó recordado.")

    tab.goto("/cuenta/equipos/llaves/nueva")
    tab.judge()
    tab.shot("llave-nueva-360")
    # This device holds one of the account: the browser makes no second one in it, and says so.
    page.fill("[name=name]", "Celular")
    page.keyboard.press("Enter")
    expect(page.locator("[data-passkey-words]")).to_have_text(
        "Este equipo ya guarda una llave de acceso de su cuenta. No se guardó nada nuevo."
    )
    tab.judge()
    tab.shot("llave-ya-360")
    assert page.locator("[name=name]").input_value() == "Celular"


def test_what_fails_is_said_beside_the_button_and_writes_nothing(tab: Tab, server: LiveServer) -> None:
    page = tab.page
    contract, _point = letter_of(server.instance, Point.HELP)
    speaks, authenticator = give_authenticator(tab)
    sign_in(tab, server, newcomer(server, "cancela"))
    tick(tab, contract)
    words, button = (
        page.locator("[data-passkey-words]"),
        page.get_by_role("button", name=USE),
    )

    speaks.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    button.click()
    expect(words).to_contain_text("se canceló o pasó el tiempo")
    expect(words).to_contain_text("No se guardó nada")
    expect(button).to_be_focused()
    tab.judge()
    tab.shot("llave-cancelada-360")
    speaks.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})

    # The portal is away.
    page.route("**/llaves/reto", lambda route: route.fulfill(status=503, body="<p>no</p>", content_type="text/html"))
    tab.expect_status(503)
    button.click()
    expect(words).to_contain_text("No pudimos hablar con el portal")
    page.unroute("**/llaves/reto")

    # Another address of the same portal: the browser refuses its site.
    page.evaluate("void (navigator.credentials.create = () => Promise.reject(new DOMException('', 'SecurityError')))")
    button.click()
    expect(words).to_contain_text("Abra el portal en su dirección de siempre")
    tab.goto("/cuenta/equipos")
    expect(page.locator("[data-device], [data-passkey-row]")).to_have_count(0)


def test_without_script_or_without_passkeys_the_page_shows_the_code_and_one_sentence(
    new_tab: NewTab, server: LiveServer, live_server: LiveServer
) -> None:
    contract, _point = letter_of(server.instance, Point.WITHOUT_SCRIPT)
    silent = new_tab(base_url=server.url, java_script_enabled=False, **TELEPHONE)
    person = newcomer(server, "sin-llave")
    sign_in(silent, server, person)
    tick(silent, contract)
    bare = new_tab(base_url=server.url, **TELEPHONE)
    bare.context.add_init_script("delete window.PublicKeyCredential")
    sign_in(bare, server, person)
    tick(bare, contract)
    for tab in (silent, bare):
        expect(tab.page.locator("[data-passkey-missing]")).to_be_visible()
        expect(tab.page.locator("form[data-passkey]")).to_be_hidden()
        expect(tab.page.locator("[name=totp]")).to_be_visible()
    silent.shot("llave-sin-javascript-360")
    # At an address of numbers nothing is said of passkeys, and no script is loaded.
    numbers = new_tab(**TELEPHONE)
    sign_in(numbers, live_server, newcomer(live_server, "de-numeros"))
    numbers.goto("/cuenta/equipos/recordar")
    assert numbers.page.locator("[data-passkey-missing], form[data-passkey], script[src*=passkey]").count() == 0
