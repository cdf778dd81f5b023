"""A conflict and a wait under htmx: what the page says takes the place of the form, and gets the focus."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, letter_of
from tests.e2e.test_the_24_steps import sign_in, submit
from tests.e2e.test_without_a_network import cut, let_in, mend

pytestmark = pytest.mark.e2e


def step_4(tab: Tab, contract: dict[str, Any], point: dict[str, Any]) -> Page:
    page = tab.page
    tab.goto(f"/nominacion/{contract['modality']}/clave-web")
    page.fill("[name=web_key]", contract["web_key"])
    submit(tab)
    page.wait_for_selector("a#nominar")
    tab.goto(f"/nominacion/{contract['modality']}/nueva?punto={point['id']}")
    submit(tab)
    page.wait_for_url("**/tipo")
    page.check("[name=kind][value=nominacion]")
    submit(tab)
    page.wait_for_url("**/fecha")
    page.fill("[name=gas_day]", "28/11/2026")
    submit(tab)
    page.wait_for_url("**/cantidad")
    return page


def test_an_old_tab_shows_both_values_and_too_many_codes_say_until_when(
    new_tab: NewTab, live_server: LiveServer
) -> None:
    tab = new_tab()
    tab.expect_status(409, 429)
    contract, point = letter_of(live_server.instance, Point.PAUSED)
    sign_in(tab, live_server)
    page = step_4(tab, contract, point)

    other = tab.context.new_page()
    other.goto(page.url)
    other.fill("[name=quantity]", "0")
    other.locator("main form button[type=submit]").first.click()
    other.wait_for_url("**/firma")

    page.fill("[name=quantity]", "0")
    submit(tab)
    expect(page.locator("h1")).to_have_text("Esto cambió mientras usted lo tenía abierto")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main .facts")).to_contain_text("Cantidad que usted envió")
    assert page.title().startswith("Esto cambió")
    tab.judge()

    page.get_by_role("link", name="Ver la versión vigente").click()
    page.wait_for_url("**/firma")
    _, another = letter_of(live_server.instance, Point.NOT_ARRIVED)
    key = another["numeric_key"]
    for _ in range(5):
        page.fill("[name=security_code]", key)
        with page.expect_response("**/firma"):
            submit(tab)
        # The answer takes the place of the form a moment after it came.
        expect(page.locator("form[data-sending]")).to_have_count(0)
    page.fill("[name=security_code]", key)
    submit(tab)
    expect(page.locator("h1")).to_have_text("Demasiados intentos")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("main")).to_contain_text("en pausa hasta el lunes 23 de noviembre de 2026 a las 09:01")
    tab.judge()


@pytest.mark.parametrize(("status", "said"), [(408, "no alcanzó a enviarlo"), (413, "demasiado grande")])
def test_what_did_not_arrive_whole_says_why_and_keeps_what_was_typed(
    new_tab: NewTab, live_server: LiveServer, status: int, said: str
) -> None:
    tab = new_tab()
    tab.expect_status(status)
    sign_in(tab, live_server)
    page = step_4(tab, *letter_of(live_server.instance, Point.NOT_ARRIVED))
    page.route("**/cantidad", lambda route: route.fulfill(status=status, body="<h1>No</h1>"))
    page.fill("[name=quantity]", "5.300")
    submit(tab)
    expect(page.get_by_text(said)).to_be_visible()
    assert page.input_value("[name=quantity]") == "5.300"
    expect(page.locator("form[data-sending]")).to_have_count(0)
    tab.judge()


def test_what_was_typed_without_a_network_stays_and_nothing_was_sent(new_tab: NewTab, live_server: LiveServer) -> None:
    tab = let_in(new_tab)
    sign_in(tab, live_server)
    page = step_4(tab, *letter_of(live_server.instance, Point.NOT_ARRIVED))
    page.fill("[name=quantity]", "0")
    cut(tab)
    submit(tab)
    expect(page.get_by_text("todavía NO está enviada. Se recibe hasta el viernes 27 de noviembre")).to_be_visible()
    assert page.input_value("[name=quantity]") == "0"
    mend(tab)
    submit(tab)
    page.wait_for_url("**/firma")
    expect(page.locator("main")).to_contain_text("0 m³")
