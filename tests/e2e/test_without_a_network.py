"""The page without a network, in Chromium: what the service worker shows, what it keeps, and how it goes away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Tab, await_true
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.test_the_24_steps import sign_in

pytestmark = pytest.mark.e2e

KEPT = """async () => {
  const found = []
  for (const name of await caches.keys())
    for (const asked of await (await caches.open(name)).keys()) {
      const answer = await (await caches.open(name)).match(asked)
      found.push([new URL(asked.url).pathname, await answer.text()])
    }
  return found
}"""
TITLE = "Sin conexión con el portal"


def let_in(new_tab: NewTab, **options: Any) -> Tab:
    """A tab in which the service worker of the front door rules."""
    tab = new_tab(service_workers="allow", **options)
    tab.goto("/")
    tab.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await_true(tab.page, "navigator.serviceWorker.controller !== null")
    return tab


def cut(tab: Tab) -> None:
    """Take the network away; what Chromium says of it is no problem of the page."""
    tab.context.set_offline(True)


def mend(tab: Tab) -> None:
    """Give it back, and forget what Chromium said of its absence."""
    tab.context.set_offline(False)
    tab.page.evaluate("0")
    away = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|navigation preload|Send Error|htmx:", re.IGNORECASE)
    tab.problems[:] = [problem for problem in tab.problems if not away.search(problem)]


def kept(page: Page) -> dict[str, str]:
    return dict(page.evaluate(KEPT))


@pytest.mark.parametrize("width", [1280, 360])
def test_a_public_and_a_private_page_say_what_to_do_and_work_again(
    new_tab: NewTab, live_server: LiveServer, width: int
) -> None:
    tab = let_in(new_tab, width=width)
    page = tab.page
    sign_in(tab, live_server)
    for path in ("/tarifas", "/inicio"):
        tab.goto(path)
        title = page.title()
        cut(tab)
        page.reload()
        expect(page.locator("h1")).to_have_text(TITLE)
        # Its style sheet came along.
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.site-header')).backgroundColor")
            != "rgba(0, 0, 0, 0)"
        )
        expect(page.locator("main a[href='tel:164']")).to_be_visible()
        expect(page.locator("main a[href^='tel:+57']")).to_be_visible()
        assert page.url.endswith(path)
        mend(tab)
        tab.judge()
        page.get_by_role("link", name="Intentar de nuevo").click()
        expect(page).to_have_title(title)
        assert page.url.endswith(path)
    # The browser keeps the one page and its style sheet, neither of them a person's.
    found = kept(page)
    assert set(found) == {"/sin-red", "/estaticos/css/site.css"}
    assert "csrf_token" not in found["/sin-red"]
    page.get_by_role("button", name="Salir").click()
    page.wait_for_load_state()
    # The sign-out wipes what the browser keeps of the portal; the next page fetches the one page anew.
    assert set(kept(page)) <= set(found)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert kept(page) == found


def test_a_worker_that_was_turned_off_goes_with_all_it_kept(
    new_tab: NewTab, live_environment: dict[str, str], tmp_path: Path
) -> None:
    with LiveServer(tmp_path, environment=live_environment) as on:
        tab = let_in(new_tab, base_url=on.url)
        page = tab.page
        assert kept(page)
    # The same address, on which it is off from now on.
    off = LiveServer(tmp_path, environment=live_environment | {"PORTAL_OFFLINE_PAGE": "0"})
    off.port, off.url = on.port, on.url
    with off:
        tab.goto("/")
        assert not page.get_attribute("body", "data-worker")
        await_true(page, "caches.keys().then((names) => names.length === 0)")
        await_true(page, "navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)")
        tab.goto("/")
        assert page.evaluate("navigator.serviceWorker.controller") is None
        mend(tab)
