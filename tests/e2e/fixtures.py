"""Fixtures of the browser tests: `tab` is a person's browser on the running portal, `new_tab` opens another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.chromium import Tab, launch
from tests.e2e.server import LiveServer

NewTab = Callable[..., Tab]
StartServer = Callable[..., LiveServer]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """This worker's Chromium; each tab has a context of its own in it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Start servers that live until the session ends: `start_server(factory=…, environment={…})`."""
    with ExitStack() as running:

        def start(**options: Any) -> LiveServer:
            return running.enter_context(LiveServer(tmp_path_factory.mktemp("server"), **options))

        yield start


@pytest.fixture(scope="session")
def live_server(start_server: StartServer, live_environment: dict[str, str]) -> LiveServer:
    """The portal itself, started once for this worker with `live_environment`."""
    return start_server(environment=live_environment)


@pytest.fixture
def new_tab(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[NewTab]:
    """Open tabs with cookies of their own: `new_tab(width=360, height=800, java_script_enabled=False, …)`.

    Further options are those of playwright's `new_context`, such as `color_scheme="dark"`.
    """
    tabs: list[Tab] = []

    def open_tab(*, base_url: str | None = None, width: int = 1280, height: int = 900, **options: Any) -> Tab:
        url = base_url or request.getfixturevalue("live_server").url
        tab = Tab(chromium, url, viewport={"width": width, "height": height}, **options)
        tabs.append(tab)
        return tab

    yield open_tab
    with ExitStack() as endings:
        for opened in tabs:
            # In turn: settled, then closed, whatever the others had to say.
            endings.callback(opened.close)
            endings.callback(opened.settle)


@pytest.fixture
def tab(new_tab: NewTab) -> Tab:
    """A person's browser on the running portal, 1280 wide."""
    return new_tab()
