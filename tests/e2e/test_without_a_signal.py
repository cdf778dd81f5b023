"""Airplane mode, in Chromium: what a device keeps where its person asked for it, and that nothing is taken for sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from portal.config import Settings
from portal.domain.accounts import Role
from portal.models import Nomination, User
from portal.models.engine import make_engine
from portal.services.people.accounts import trusted_devices
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from portal.services.store.vault import Vault
from portal.web.database import session_factory
from portal.words.browsers import browser_words
from tests.e2e.chromium import Tab, await_true
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, accounts_of, letter_of, set_the_stage
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in
from tests.e2e.test_without_a_network import cut, let_in, mend

pytestmark = pytest.mark.e2e

STORE = "portal-sin-senal"
POINT = Point.SHEET


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """A portal of its own: its points are nominated here, and its accounts remember devices."""
    return start_server(environment=set_the_stage(tmp_path_factory.mktemp("signal"), NINE))


def trust(server: LiveServer, email: str, browser: str, *, keeps: bool) -> tuple[str, str]:
    """Remember a browser for an account, as its page does; the name and the token of its cookie."""
    settings = Settings.from_environment({"PORTAL_INSTANCE": str(server.instance)})
    engine = make_engine(settings.database_url)
    with session_factory(engine, Vault(settings.pepper))() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        actor = Actor(user.id, user.email, user.name, user.role, None, "127.0.0.1", "web")
        with transaction(session):
            device, token = trusted_devices.trust(Act.at(session, actor, NINE), user=user, browser=browser)
            device.keeps_last_seen = keeps
        name = f"portal-equipo-{user.public_id}"
    engine.dispose()
    return name, token


def count_nominations(server: LiveServer) -> int:
    """Nominations that customers sent."""
    settings = Settings.from_environment({"PORTAL_INSTANCE": str(server.instance)})
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count(Nomination.id)).where(Nomination.received_at == NINE))
    engine.dispose()
    return found or 0


def come(new_tab: NewTab, server: LiveServer, account: dict[str, Any], *, keeps: bool = True, width: int = 360) -> Tab:
    """An account signed in on its own remembered telephone, with a point open."""
    tab = let_in(new_tab, base_url=server.url, width=width)
    tab.context.clock.set_fixed_time(NINE)
    browser = browser_words(tab.page.evaluate("navigator.userAgent"))
    name, token = trust(server, account["email"], browser, keeps=keeps)
    tab.context.add_cookies([{"name": name, "value": token, "url": server.url}])
    sign_in(tab, server, account)
    open_point(tab, *letter_of(server.instance, POINT))
    tab.goto("/inicio")
    return tab


def stored(page: Page) -> str:
    found: str = page.evaluate(f"localStorage.getItem('{STORE}') || ''")
    return found


def reload_without_signal(tab: Tab) -> Page:
    await_true(tab.page, f"caches.has('{STORE}')")
    cut(tab)
    tab.page.reload()
    expect(tab.page.locator("h1")).to_have_text("Sin conexión con el portal")
    return tab.page


@pytest.mark.parametrize("width", [360, 1280])
def test_the_last_start_page_is_read_with_its_hour_and_no_key_is_kept(
    new_tab: NewTab, server: LiveServer, width: int
) -> None:
    tab = come(new_tab, server, accounts_of(server.instance, Role.CUSTOMER)[0], width=width)
    words = tab.page.locator(".start-point", has_text=POINT.value).locator(".band-words").inner_text()
    page = reload_without_signal(tab)
    expect(page.get_by_role("heading", name="Cifras vistas hoy a las 09:00, sin señal")).to_be_visible()
    expect(page.locator(".kept-points")).to_contain_text(words)
    expect(page.locator(".kept-points")).not_to_contain_text("cierra en")
    tab.axe()
    tab.fits()
    contract, point = letter_of(server.instance, POINT)
    for secret in (contract["web_key"], point["numeric_key"]):
        assert secret not in stored(page)
    mend(tab)


def test_nothing_is_kept_where_nobody_asked_for_it(new_tab: NewTab, server: LiveServer) -> None:
    tab = come(new_tab, server, accounts_of(server.instance, Role.CUSTOMER)[0], keeps=False)
    assert stored(tab.page) == ""
    cut(tab)
    tab.page.reload()
    expect(tab.page.locator("h1")).to_have_text("Sin conexión con el portal")
    assert tab.page.locator("#sin-senal").inner_text() == ""
    mend(tab)


def test_a_quantity_typed_without_a_signal_is_not_sent_and_is_sent_once_afterwards(
    new_tab: NewTab, server: LiveServer
) -> None:
    tab = come(new_tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    before = count_nominations(server)
    page = reload_without_signal(tab)
    _, point = letter_of(server.instance, POINT)
    page.select_option("#punto-sin-senal", point["id"])
    page.fill("#cantidad-sin-senal", "siete mil")
    page.get_by_role("button", name="Guardar sin enviar").click()
    expect(page.locator("#cantidad-problema")).to_contain_text("con cifras")
    page.fill("#cantidad-sin-senal", "7.310")
    page.get_by_role("button", name="Guardar sin enviar").click()
    expect(page.locator("[data-unsent]")).to_contain_text("Todavía NO está enviada; se recibe hasta hoy a las 12:00")
    assert count_nominations(server) == before
    mend(tab)
    # Back: shown, not sent.
    tab.goto("/inicio")
    notice = page.locator("#sin-enviar")
    expect(notice).to_contain_text("7.310 m³")
    expect(notice).to_contain_text("Todavía NO está enviada")
    tab.axe()
    tab.fits()
    assert count_nominations(server) == before
    notice.get_by_role("link", name="Revisar y firmar").click()
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/firma")
    # The signal goes while the code is typed.
    cut(tab)
    page.fill("[name=security_code]", point["numeric_key"])
    page.get_by_role("button", name="Firmar y enviar la nominación").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("todavía NO está enviada")
    expect(alert).to_contain_text("Se recibe hasta el lunes 23 de noviembre de 2026 a las 12:00")
    assert count_nominations(server) == before
    assert point["numeric_key"] not in stored(page)
    mend(tab)
    # Nothing leaves by itself when the signal is back.
    page.wait_for_timeout(500)
    assert count_nominations(server) == before
    # The answer of the first sending is lost on its way.
    lost: list[str] = []

    def lose(route: Any) -> None:
        if not lost and route.request.method == "POST":
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/firma", lose)
    page.get_by_role("button", name="Firmar y enviar la nominación").click()
    expect(page.get_by_role("alert")).to_contain_text("no lo dé por enviado")
    page.get_by_role("button", name="Cerrar").click()
    page.unroute("**/firma")
    page.get_by_role("button", name="Firmar y enviar la nominación").click()
    page.wait_for_selector("#radicado")
    assert count_nominations(server) == before + 1
    await_true(page, f"!localStorage.getItem('{STORE}').includes('7.310')")
    tab.problems[:] = [problem for problem in tab.problems if not re.search("ERR_FAILED|htmx:|firma", problem)]
    tab.goto("/inicio")
    expect(page.locator("#sin-enviar")).to_have_count(0)


def test_what_was_typed_in_the_wizard_is_there_again(new_tab: NewTab, server: LiveServer) -> None:
    tab = come(new_tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    page = tab.page
    contract, point = letter_of(server.instance, POINT)
    tab.goto(f"/nominacion/{contract['modality']}/nueva?punto={point['id']}")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/tipo")
    page.check("[name=kind][value=nominacion]")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/fecha")
    page.fill("[name=gas_day]", "27/11/2026")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/cantidad")
    address = page.url
    page.fill("#quantity", "6.120")
    cut(tab)
    page.reload()
    expect(page.locator("[data-unsent]")).to_contain_text("6.120 m³")
    mend(tab)
    page.goto(address)
    expect(page.locator("#quantity")).to_have_value("6.120")


def test_signing_out_erases_it_without_a_signal_too(new_tab: NewTab, server: LiveServer) -> None:
    tab = come(new_tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    page = tab.page
    assert stored(page)
    cut(tab)
    page.get_by_role("button", name="Salir").click()
    expect(page.get_by_role("alert")).to_contain_text("su sesión en el portal sigue abierta")
    assert stored(page) == ""
    page.reload()
    assert page.locator("#sin-senal").inner_text() == ""
    mend(tab)
    # The session is still open, yet nothing is kept again before the next sign-in.
    tab.goto("/inicio")
    assert stored(page) == ""
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url("**/")
    sign_in(tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    assert stored(page)
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url("**/")
    page.wait_for_load_state()
    assert stored(page) == ""
    assert not [each for each in tab.context.cookies() if each["name"] == STORE]


def test_another_account_of_the_same_computer_sees_nothing(new_tab: NewTab, server: LiveServer) -> None:
    first, second = accounts_of(server.instance, Role.CUSTOMER)[:2]
    tab = come(new_tab, server, first)
    page = tab.page
    assert POINT.value in stored(page)
    # The first session is over, as after its half hour; its person left without signing out.
    kept = [each for each in tab.context.cookies() if each["name"].startswith("portal-")]
    tab.context.clear_cookies()
    tab.context.add_cookies(kept)
    tab.goto("/ingreso")
    assert POINT.value not in stored(page)
    sign_in(tab, server, second)
    assert stored(page) == ""
    cut(tab)
    page.reload()
    assert page.locator("#sin-senal").inner_text() == ""
    mend(tab)
