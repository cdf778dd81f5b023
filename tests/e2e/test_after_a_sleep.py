"""A telephone that slept: the page asks the server again when it is looked at, in Chromium with a clock that jumps."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.test_the_24_steps import sign_in

pytestmark = pytest.mark.e2e


def test_a_page_that_wakes_says_that_the_session_ended(new_tab: NewTab, live_server: LiveServer):
    tab = new_tab(width=360)
    tab.page.clock.install()
    sign_in(tab, live_server)
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.context.clear_cookies()
    tab.page.clock.fast_forward(40_000)
    expect(tab.page.get_by_text("Su sesión terminó por seguridad.")).to_be_visible()
    assert any(url.endswith("/cuenta/seguir") for url in asked)
