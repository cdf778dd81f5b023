"""The day's book in a real browser: a shift that never touches the mouse, judged wide and narrow."""

from __future__ import annotations

import pytest

from portal.domain.accounts import Role
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import employ, sign_in

pytestmark = pytest.mark.e2e


def test_quantities_are_recorded_one_after_the_other_by_keyboard(new_tab: NewTab, live_server: LiveServer):
    person = employ(live_server.instance, Role.OPERATOR, "libro")
    tab = new_tab(width=1280, height=900)
    page, keys = tab.page, tab.page.keyboard
    tab.goto("/consola/libro/2026-11-24")
    sign_in(page, person)
    page.wait_for_selector("#libro")
    tab.judge()

    links = page.locator("#libro th a")
    links.first.focus()
    keys.press("ArrowDown")
    assert page.evaluate("document.activeElement.href") == links.nth(1).evaluate("link => link.href")
    keys.press("ArrowUp")
    page.locator("#libro tr", has_text="Por autorizar").first.locator("th a").focus()
    keys.press("Enter")
    page.wait_for_selector("#registrar")
    tab.judge()
    first = page.url
    assert page.evaluate("document.activeElement.id") == "quantity"
    keys.press("Control+A")
    keys.type("0")
    keys.press("Enter")
    page.wait_for_selector("#resumen-errores")
    tab.judge()
    page.focus("#cut_reason")
    keys.type("PCC")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_url(lambda url: url != first)
    # The next that waits is open, what it asked for is filled in: Enter takes it.
    keys.press("Enter")
    page.wait_for_selector("text=registrada, por publicar.")

    tab.goto("/consola/libro/2026-11-24?estado=por-publicar")
    assert page.locator("#libro tr[data-point]").count() >= 2
    assert "capacidad restringida en transporte" in (page.text_content("#publicar-titulo ~ ul") or "")
    page.click("#publicar button")
    page.wait_for_selector("text=Se publicaron")
    tab.judge()

    page.set_viewport_size({"width": 360, "height": 800})
    for address in ("", "/versiones/1", "/archivo"):
        tab.goto(f"/consola/libro/2026-11-24{address}")
        tab.judge()
    # The words over cards, and those over a table that is wider than the telephone, stand as wide as it and no wider.
    for address, table in (("/consola/libro/2026-11-24", "#por-modalidad"), ("/consola/horario", "#filas")):
        tab.goto(address)
        caption = page.locator(f"{table} caption").bounding_box()
        assert caption
        assert 200 < caption["width"] <= 360
