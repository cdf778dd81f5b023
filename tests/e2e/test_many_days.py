"""Many days at once in a real browser: pasted from a sheet, put right, signed by one code; and the longest range."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.fixtures import NewTab
from tests.e2e.server import LiveServer
from tests.e2e.stage import Point, letter_of
from tests.e2e.test_one_tap import open_point
from tests.e2e.test_the_24_steps import sign_in

pytestmark = pytest.mark.e2e


def test_days_pasted_on_a_telephone_are_put_right_and_signed_together(new_tab: NewTab, live_server: LiveServer):
    tab = new_tab(width=360, height=800)
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.PASTED_DAYS)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto(f"/nominacion/{contract['modality']}/{point['id']}/varios-dias")
    page.get_by_text("Pegar desde Excel").click()
    tab.judge()
    tab.shot("varios-dias-360")
    page.fill("#pasted", "27/11/2026\t9.000\n28/11/2026\tnueve mil\n29/11/2026\t9.500")
    page.get_by_role("button", name="Revisar").click()
    wrong = page.locator("tr[data-gas-day='2026-11-28']")
    expect(wrong).to_have_attribute("data-state", "invalid")
    tab.judge()
    tab.shot("varios-dias-revisar-360")
    wrong.locator("input").fill("9.250")
    page.get_by_role("button", name="Continuar a la firma").click()
    unusual = page.locator("[name^=visto-]")
    if unusual.count():
        for tick in unusual.all():
            tick.check()
        page.get_by_role("button", name="Continuar a la firma").click()
    expect(page.locator("#security_code")).to_be_visible()
    tab.judge()
    tab.shot("varios-dias-firma-360")
    page.fill("#security_code", point["numeric_key"])
    page.keyboard.press("Enter")
    page.wait_for_selector(".receipt")
    days = [row.get_attribute("data-gas-day") for row in page.locator(".receipt-row[data-gas-day]").all()]
    assert days == ["2026-11-27", "2026-11-28", "2026-11-29"]
    tab.judge()
    tab.shot("varios-dias-comprobante-360")


def test_the_longest_range_is_one_list_that_can_be_sent_back(new_tab: NewTab, live_server: LiveServer):
    tab = new_tab()
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.LONGEST_RANGE)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto(f"/nominacion/{contract['modality']}/{point['id']}/varios-dias")
    page.fill("#rango-first, #first", "25/11/2026")
    page.fill("#rango-last, #last", "24/12/2026")
    page.fill("#rango-quantity, #quantity", "9.000")
    page.get_by_role("button", name="Ver los días").click()
    expect(page.locator("tr[data-gas-day]")).to_have_count(30)
    page.locator("tr[data-gas-day='2026-12-24'] input.control").fill("8.000")
    page.get_by_role("button", name="Actualizar la lista").click()
    expect(page.locator("tr[data-gas-day='2026-12-24'] input.control")).to_have_value(re.compile(r"8\.000"))
    tab.judge()


def test_seven_days_of_all_points_are_read_on_a_telephone_without_a_scroll_aside(
    new_tab: NewTab, live_server: LiveServer
):
    tab = new_tab(width=360, height=800)
    page = tab.page
    contract, point = letter_of(live_server.instance, Point.PASTED_DAYS)
    sign_in(tab, live_server)
    open_point(tab, contract, point)
    tab.goto(f"/nominacion/{contract['modality']}/todos")
    page.get_by_text("Pegar una tabla de Excel").click()
    days = [f"{number}/11/2026" for number in range(24, 31)]
    page.fill("#pasted", "\t".join(["Punto", *days]) + f"\n{point['id']}" + "\t9.000" * len(days))
    page.locator("form:has(#pasted)").get_by_role("button", name="Revisar").click()
    cells = page.locator(f"tr[data-delivery-point='{point['id']}'] td")
    expect(cells).to_have_count(len(days))
    for number, cell in zip(range(24, 31), cells.all(), strict=True):
        said = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert f" {number} de noviembre" in said
    aside = page.locator(".table-scroll").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    )
    assert aside == 0
    tab.judge()
    tab.shot("todos-los-puntos-360")
