"""Messages in Chromium: the form's journey, what the service worker shows of a message, and where a press on it leads.

Chromium reaches no push service here: the page's `subscribe` is a stand-in, and messages are handed to the real worker.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.domain.accounts import Role
from portal.services.store import push_keys
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, accounts_of, letter_of, set_the_stage
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in
from tests.e2e.test_without_a_network import cut, kept, let_in, mend
from tests.push_browser import PushBrowser

pytestmark = pytest.mark.e2e

SUBSCRIBED = """(said) => {
  const made = { toJSON: () => said, unsubscribe: async () => { sessionStorage.removeItem('stand-in'); return true } }
  PushManager.prototype.subscribe = async (asked) => {
    window.asked = { visible: asked.userVisibleOnly, bytes: asked.applicationServerKey.length }
    sessionStorage.setItem('stand-in', 'subscribed')
    return made
  }
  PushManager.prototype.getSubscription = async () => (sessionStorage.getItem('stand-in') ? made : null)
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag, data }) => ({ title, body, tag, data }))"""
CUT, LIFTED = "Llanogas: Recorte", "Llanogas: Sin recorte"
SAID = {
    "title": CUT,
    "body": "Hay un recorte para mañana.",
    "path": "/cuenta",
    "tag": "a",
    "until": None,
}


@pytest.fixture(scope="module")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """A portal with a push key."""
    environment = set_the_stage(tmp_path_factory.mktemp("push"), NINE)
    push_keys.make(Path(environment["PORTAL_INSTANCE"]) / "push_key.pem")
    return start_server(environment=environment)


def come(new_tab: NewTab, server: LiveServer, **options: Any) -> Tab:
    """A customer who allows messages and stands on the page of contacts."""
    tab = let_in(new_tab, base_url=server.url, **options)
    tab.context.grant_permissions(["notifications"], origin=server.url)
    sign_in(tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    open_point(tab, *letter_of(server.instance, Point.SHEET))
    tab.page.add_init_script(f"({SUBSCRIBED})({PushBrowser().say()})")
    tab.goto("/cuenta/avisos")
    return tab


def deliver(tab: Tab, said: dict[str, Any] | str) -> None:
    """Hand a message to the service worker as the push service does."""
    talk = tab.context.new_cdp_session(tab.page)
    found: list[dict[str, Any]] = []
    talk.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    talk.send("ServiceWorker.enable")
    while not found:
        tab.page.wait_for_timeout(20)
    data = said if isinstance(said, str) else json.dumps(said)
    talk.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": tab.page.evaluate("location.origin"), "registrationId": found[0]["registrationId"], "data": data},
    )
    talk.detach()


def tell(tab: Tab, said: dict[str, Any] | str, *titles: str) -> list[dict[str, Any]]:
    """Hand a message to the service worker; return what is on the screen once it has these titles, in any order.

    Chromium loses one now and then that is handed over by its tools: it is handed over again.
    """
    found: list[dict[str, Any]] = []
    for _ in range(4):
        deliver(tab, said)
        for _ in range(100):
            found = tab.page.evaluate(SHOWN)
            if sorted(each["title"] for each in found) == sorted(titles):
                return found
            tab.page.wait_for_timeout(20)
    raise AssertionError(f"not {titles} but {found}")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_person_lets_this_browser_receive_chooses_and_ends_it(
    new_tab: NewTab, server: LiveServer, width: int
) -> None:
    tab = come(new_tab, server, width=width)
    page = tab.page
    form = page.locator("[data-subscribe]")
    expect(form).to_be_visible()
    expect(page.locator("[data-push-words]")).to_be_hidden()
    tab.judge()
    form.get_by_label("Avisos y cambios de horario").check()
    form.get_by_role("button", name="Recibir avisos en este equipo").click()
    page.fill("[name=current]", accounts_of(server.instance, Role.CUSTOMER)[0]["password"])
    page.click("main button[type=submit]")
    expect(page.locator(".is-here .chip")).to_have_text("Este equipo")
    expect(form).to_be_hidden()
    page.locator(".is-here summary").click()
    expect(page.locator(".is-here [name=topic]:checked")).to_have_count(4)
    tab.judge()
    page.get_by_role("button", name="Enviar un aviso de prueba").click()
    expect(page.locator("main")).to_contain_text("Le enviamos un aviso de prueba")
    page.get_by_role("button", name="Dejar de recibir").click()
    expect(page.locator(".is-here")).to_have_count(0)
    expect(form).to_be_visible()
    tab.judge()


def test_a_message_is_shown_once_and_a_later_one_of_the_same_matter_takes_its_place(
    new_tab: NewTab, server: LiveServer
) -> None:
    tab = come(new_tab, server)
    (first,) = tell(tab, SAID, CUT)
    assert first == {"title": SAID["title"], "body": SAID["body"], "tag": "a", "data": "/cuenta"}
    tell(tab, SAID | {"title": LIFTED}, LIFTED)
    tell(tab, SAID | {"tag": "b"}, LIFTED, CUT)


@pytest.mark.parametrize("said", [SAID | {"until": 1}, "junk", ""])
def test_what_is_no_longer_true_or_cannot_be_read_says_only_that_there_is_news(
    new_tab: NewTab, server: LiveServer, said: dict[str, Any] | str
) -> None:
    tab = come(new_tab, server)
    (found,) = tell(tab, said, "Portal de clientes")
    assert found["data"] == "/inicio"


# A press as the browser reports it; only the window that it opens is noted instead of opened.
PRESS = """async () => {
  let opened = null
  const own = self.clients.openWindow
  self.clients.openWindow = async (wanted) => { opened = wanted }
  const [shown] = await self.registration.getNotifications()
  const event = new NotificationEvent('notificationclick', { notification: shown })
  let waited = null
  Object.defineProperty(event, 'waitUntil', { value: (work) => { waited = work } })
  self.dispatchEvent(event)
  await waited
  self.clients.openWindow = own
  return [opened, (await self.registration.getNotifications()).length]
}"""


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("/tarifas?x=1", "/tarifas?x=1"),
        ("https://attacker.example/", "/inicio"),
        ("//attacker.example/", "/inicio"),
        ("javascript:alert(1)", "/inicio"),
    ],
)
def test_a_press_leads_to_a_page_of_the_portal_and_nowhere_else(
    new_tab: NewTab, server: LiveServer, path: str, opened: str
) -> None:
    tab = come(new_tab, server)
    tell(tab, SAID | {"path": path}, CUT)
    (worker,) = tab.context.service_workers
    assert worker.evaluate(PRESS) == [server.url + opened, 0]


def test_the_page_without_a_network_stays_as_it_was(new_tab: NewTab, server: LiveServer) -> None:
    tab = come(new_tab, server)
    before = set(kept(tab.page))
    tell(tab, SAID, CUT)
    assert set(kept(tab.page)) == before, "no message is kept"
    cut(tab)
    tab.page.reload()
    expect(tab.page.locator("h1")).to_have_text("Sin conexión con el portal")
    mend(tab)


def test_without_script_one_sentence_says_what_is_needed(new_tab: NewTab, server: LiveServer) -> None:
    tab = new_tab(base_url=server.url, java_script_enabled=False)
    sign_in(tab, server, accounts_of(server.instance, Role.CUSTOMER)[0])
    open_point(tab, *letter_of(server.instance, Point.SHEET))
    tab.goto("/cuenta/avisos")
    expect(tab.page.locator("[data-subscribe]")).to_be_hidden()
    expect(tab.page.locator("[data-push-words]")).to_contain_text("en un navegador con JavaScript que admita avisos")


def test_a_browser_that_blocks_messages_says_what_to_do(new_tab: NewTab, server: LiveServer) -> None:
    tab = come(new_tab, server)
    tab.page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    tab.goto("/cuenta/avisos")
    expect(tab.page.locator("[data-subscribe]")).to_be_hidden()
    expect(tab.page.locator("[data-push-words]")).to_contain_text("tiene bloqueados los avisos")
