"""A letter of keys in a real browser: asked for, approved by another person, printed once, dispatched; by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.domain.accounts import Role
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import employ, sign_in

pytestmark = pytest.mark.e2e


def press(page: Page, button: str) -> None:
    """Reach a button by its name and press it, as somebody without a mouse."""
    page.get_by_role("button", name=button, exact=True).focus()
    page.keyboard.press("Enter")


# Two points: each may have one letter a day.
@pytest.mark.parametrize(("width", "sought"), [(1280, "piedemonte"), (360, "norte")])
def test_a_letter_goes_its_way_by_two_people_who_never_touch_the_mouse(
    new_tab: NewTab, live_server: LiveServer, width: int, sought: str
):
    asks, decides = new_tab(width=width), new_tab(width=width)
    desk, office = asks.page, decides.page
    asks.goto("/consola/claves/puntos")
    sign_in(desk, employ(live_server.instance, Role.OPERATOR, f"pide{width}"))
    # The search follows the typing once the page's scripts are there.
    desk.wait_for_load_state()
    desk.focus("#q")
    desk.keyboard.type(sought)
    found = desk.locator("#encontrados a").first
    expect(found).to_be_visible()
    asks.judge()
    asks.shot(f"cartas-buscar-{width}")
    found.focus()
    desk.keyboard.press("Enter")
    desk.wait_for_selector("h1:has-text('Claves de')")
    # Without a reason first: the page says so where it is asked for.
    press(desk, "Pedir la carta")
    expect(desk.locator("#resumen-errores")).to_be_focused()
    asks.judge()
    asks.shot(f"cartas-sin-razon-{width}")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    desk.keyboard.type("Carta perdida, según llamada")
    press(desk, "Pedir la carta")
    expect(desk.get_by_text("La decide otra persona")).to_be_visible()
    asks.judge()
    asks.shot(f"cartas-pedida-{width}")
    address = desk.url

    decides.goto("/consola")
    sign_in(office, employ(live_server.instance, Role.SUPERVISOR, f"decide{width}"))
    decides.judge()
    decides.shot(f"tablero-{width}")
    decides.goto(address)
    press(office, "Aprobar la carta")
    expect(office.get_by_text("Se imprime una sola vez")).to_be_visible()
    decides.judge()
    decides.shot(f"cartas-por-imprimir-{width}")
    with office.expect_download() as paper:
        press(office, "Descargar la carta para imprimir")
    assert paper.value.path().read_bytes().startswith(b"%PDF")
    decides.expect_status(410)
    # The page stays where it is: its button must not wait for ever.
    expect(office.get_by_role("button", name="Descargar la carta para imprimir")).to_be_enabled()
    press(office, "Descargar la carta para imprimir")
    expect(office.locator("h1")).to_contain_text("ya se imprimió")
    decides.judge()

    asks.goto(address)
    desk.focus("#carrier")
    desk.keyboard.type("Servientrega")
    desk.keyboard.press("Tab")
    desk.keyboard.type("98765")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Servientrega, guía 98765")).to_be_visible()
    asks.judge()
    asks.shot(f"cartas-despachada-{width}")
