"""A call from ring to receipt in Chromium, wide and narrow: counted in clicks and keystroke groups."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from portal.domain.accounts import Role
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, employ, letter_of, sign_in
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in as customer_signs_in

pytestmark = pytest.mark.e2e
MOST_ACTS = 12


class Hand:
    """A hand at the keyboard and the mouse: each click, and each group of keys typed at once, is one act."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.acts = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.acts += 1

    def type(self, what: str) -> None:
        self.page.keyboard.type(what)
        self.acts += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.acts += 1


@pytest.mark.parametrize(("width", "whose"), [(1280, Point.CALL_WIDE), (360, Point.CALL_NARROW)])
def test_a_call_goes_from_ring_to_receipt_in_twelve_acts(
    new_tab: NewTab, live_server: LiveServer, width: int, whose: Point
) -> None:
    contract, point = letter_of(live_server.instance, whose)
    theirs = new_tab(width=360)
    customer_signs_in(theirs, live_server)
    open_point(theirs, contract, point)
    theirs.goto("/cuenta/codigo-de-llamada")
    theirs.page.get_by_role("button", name="Hacer un código").or_(
        theirs.page.get_by_role("button", name="Hacer otro código")
    ).click()
    shown = theirs.page.locator("#codigo")
    expect(shown).to_be_visible()
    code = shown.get_attribute("data-value") or ""
    theirs.judge()
    theirs.shot(f"llamada-codigo-{width}")

    agent = employ(live_server.instance, Role.AGENT, f"agente{width}")
    tab = new_tab(width=width)
    page = tab.page
    tab.goto("/ingreso")
    sign_in(page, agent)
    tab.goto("/llamadas")
    expect(page.locator("#q")).to_be_focused()
    hand = Hand(page)

    hand.type(point["name"].lower())
    found = page.locator(f"a[data-delivery-point='{point['id']}']")
    expect(found).to_be_visible()
    tab.judge()
    tab.shot(f"llamadas-buscar-{width}")
    hand.click(found)
    expect(page.locator("[name=caller]")).to_be_focused()
    hand.type("Marta Rincón")
    hand.press("Tab")
    hand.type("310 555 0143")
    hand.press("Enter")
    page.wait_for_url("**/llamadas/*")
    expect(page.locator("[name=code]")).to_be_focused()
    tab.judge()
    tab.shot(f"llamada-abierta-{width}")
    hand.type(code)
    hand.press("Enter")
    expect(page.locator("#verificada")).to_be_visible()
    tab.judge()
    tab.shot(f"llamada-verificada-{width}")
    if width == 1280:
        fits = page.evaluate("document.querySelector('.call-columns').getBoundingClientRect().bottom <= innerHeight")
        assert fits, "everything of the point is seen without scrolling"
    hand.click(page.locator("button[name=basis]").first)
    page.wait_for_url("**/firma")
    expect(page.locator(".acting")).to_contain_text("Actuando en nombre de Marta Rincón")
    tab.judge()
    tab.shot(f"llamada-firma-{width}")
    hand.click(page.locator("[name=totp]"))
    # The code of the sign-in was spent; the authenticator shows the next one half a minute later.
    hand.type(pyotp.TOTP(agent["totp_secret"]).at(NINE + timedelta(seconds=30)))
    hand.press("Enter")
    page.wait_for_url("**/comprobantes/**")
    expect(page.locator("[data-field=caller]")).to_have_text("Marta Rincón")
    tab.judge()
    tab.shot(f"llamada-comprobante-{width}")
    assert hand.acts <= MOST_ACTS
    if width == 1280:
        # By keys alone: back to the call, to the next search, and nominate.
        page.get_by_role("link", name="Volver a la llamada").first.click()
        page.wait_for_url("**/llamadas/*")
        expect(page.locator("#nominar")).to_be_visible()
        page.keyboard.press("n")
        page.wait_for_url("**/nueva?*")
        page.go_back()
        page.wait_for_url("**/llamadas/*")
        page.keyboard.press("/")
        page.wait_for_url("**/llamadas#q")
        expect(page.locator("#q")).to_be_focused()
    tab.settle()
