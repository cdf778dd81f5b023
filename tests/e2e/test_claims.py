"""A claim in a real browser, at the width of a telephone: the customer's pages and the desk, by keyboard as well."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from portal.domain.accounts import Role
from tests.e2e.chromium import Tab
from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import NINE, Point, account_of, letter_of

pytestmark = pytest.mark.e2e


def sign_in(tab: Tab, person: dict[str, Any]) -> None:
    tab.page.fill("#email", person["email"])
    tab.page.fill("#password", person["password"])
    tab.page.keyboard.press("Enter")


def test_a_claim_goes_from_the_customer_to_the_desk_and_back(new_tab: NewTab, live_server: LiveServer):
    operator = account_of(live_server.instance, Role.OPERATOR)
    contract, point = letter_of(live_server.instance, Point.CLAIM)
    base = f"/cuentas-de-balance/{contract['modality']}"
    tab = new_tab(width=360, height=800)
    tab.goto(f"{base}/clave-web")
    sign_in(tab, account_of(live_server.instance, Role.CUSTOMER))
    tab.page.fill("#web_key", contract["web_key"])
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(f"**{base}")
    tab.goto(f"{base}/{point['id']}/clave")
    tab.page.fill("#numeric_key", point["numeric_key"])
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url(f"**{base}/{point['id']}")

    tab.goto(f"{base}/{point['id']}/dias/2026-11-20/reclamo")
    tab.judge()
    tab.page.fill("#text", "Ese día el molino estuvo parado.\n\nAdjuntamos el acta.")
    # Past the field of files, to the button.
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    number = tab.page.text_content("#numero") or ""
    assert number.startswith("PQR-2026-")
    tab.judge()
    thread = tab.page.url

    desk = new_tab(width=360, height=800)
    desk.goto("/consola/casos?sobre=dia")
    sign_in(desk, operator)
    desk.page.wait_for_selector("#totp")
    desk.judge()
    desk.page.fill("#totp", pyotp.TOTP(operator["totp_secret"]).at(NINE))
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#casos")
    desk.judge()
    desk.page.click(f"text={number}")
    desk.page.wait_for_selector("#hacer")
    desk.judge()
    desk.page.check("input[value=asignar]")
    desk.page.click("#caso button")
    desk.page.wait_for_selector("text=El caso quedó a su cargo.")
    desk.page.check("input[value=responder]")
    desk.page.check("input[value=upheld]")
    desk.page.fill("#text", "Se corrige con el acta.")
    desk.page.click("#caso button")
    desk.page.wait_for_selector("[data-field=outcome]")
    desk.judge()

    tab.page.goto(thread)
    assert tab.page.text_content("[data-field=outcome]") == "Se corrige con el acta."
    tab.judge()
