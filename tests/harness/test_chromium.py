"""The browser tests' own tools: the tab sees every kind of fault, and the server goes away when told."""

import contextlib
import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab, StartServer
from tests.e2e.server import LiveServer

pytestmark = pytest.mark.e2e
TINY = "tests.harness.tiny:create_app"


def members(session: int) -> list[int]:
    """The running processes of the session; one that has ended may wait long for its parent to notice."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, _group, of = status.read_text().rsplit(")", 1)[1].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(status.parent.name))
    return found


@pytest.fixture(scope="module")
def tiny(start_server: StartServer) -> LiveServer:
    return start_server(factory=TINY)


def test_a_sound_page_passes_every_judgement(tiny: LiveServer, new_tab: NewTab):
    tab = new_tab(base_url=tiny.url, width=360)
    tab.goto("/pedido")
    tab.judge()
    tab.page.get_by_label("Nombre").fill("Luz")
    tab.page.get_by_role("button", name="Enviar").click()
    assert "('name', 'Luz')" in tab.page.inner_text("main")
    tab.judge()


def test_a_refused_form_is_no_problem(tiny: LiveServer, new_tab: NewTab):
    tab = new_tab(base_url=tiny.url)
    tab.goto("/pedido")
    tab.page.get_by_role("button", name="Guardar").click()
    assert tab.page.inner_text("h1") == "Borrador"
    tab.settle()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("style", "CSP: style-src-attr blocked inline"),
        ("script", "CSP: script-src-elem blocked inline"),
        ("missing", "GET .*/no-hay.png answered 404"),
        ("console", "console error: se rompió"),
        ("throw", "script: roto"),
    ],
)
def test_a_planted_fault_is_noted(tiny: LiveServer, chromium: Browser, fault: str, words: str):
    tab = Tab(chromium, tiny.url)
    tab.goto(f"/?fault={fault}")
    with pytest.raises(AssertionError, match=words):
        tab.settle()
    tab.close()


def test_axe_finds_what_can_hardly_be_read_although_the_page_forbids_inline_script(tiny: LiveServer, new_tab: NewTab):
    tab = new_tab(base_url=tiny.url)
    tab.goto("/?fault=contrast")
    with pytest.raises(AssertionError, match="color-contrast"):
        tab.axe()


def test_a_page_wider_than_its_window_is_told(tiny: LiveServer, new_tab: NewTab):
    tab = new_tab(base_url=tiny.url, width=360)
    tab.goto("/")
    tab.page.evaluate("document.querySelector('h1').textContent = 'ancho'.repeat(100)")
    with pytest.raises(AssertionError, match="<h1>"):
        tab.fits()


def test_tabs_share_no_cookies(tiny: LiveServer, new_tab: NewTab):
    one, other = new_tab(base_url=tiny.url), new_tab(base_url=tiny.url, java_script_enabled=False)
    one.goto("/pedido")
    one.page.get_by_role("button", name="Enviar").click()
    other.goto("/pedido")
    assert "nada" in other.page.inner_text("main")


def test_a_picture_is_kept_for_people(tiny: LiveServer, new_tab: NewTab):
    tab = new_tab(base_url=tiny.url)
    tab.goto("/")
    picture = tab.shot("harness")
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.unlink()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_and_its_workers_end_when_told(tmp_path: Path, how: signal.Signals):
    with LiveServer(tmp_path, factory=TINY) as server:
        leader = server.process.pid
        assert len(members(leader)) >= 3
        server.stop(how)
    give_up = time.monotonic() + 5
    while members(leader) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert members(leader) == []


def test_a_server_that_cannot_start_says_why(tmp_path: Path):
    with pytest.raises(RuntimeError, match=re.compile("tests.harness.absent.*No module named", re.DOTALL)):
        LiveServer(tmp_path, factory="tests.harness.absent:create_app").__enter__()


def test_no_test_waits_inside_a_page_whose_policy_forbids_it() -> None:
    waiting = "wait_for_" + "function("
    assert [path for path in Path(__file__).parents[1].rglob("*.py") if waiting in path.read_text("utf-8")] == []
