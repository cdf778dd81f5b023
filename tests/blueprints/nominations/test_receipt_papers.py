"""The receipt as a file, its code and QR, the public page that checks it, and the chain of a month."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer

URL = "/verificar/comprobante"
GENUINE, UNKNOWN = "El comprobante es auténtico", "No podemos decir que este comprobante sea auténtico"


@pytest.fixture
def receipt(customer: Customer) -> Page:
    return customer.nominate("12.500")


def printed(receipt: Page) -> dict[str, str]:
    """What the paper says of itself; radicado and code as the QR code carries them."""
    asked = parse_qs(urlsplit(str(receipt.one(".receipt-proof a:has(img)")["href"])).query)
    return {
        "radicado": asked["radicado"][0],
        "codigo": asked["codigo"][0],
        "dia": receipt.value("[data-field=gas_day]"),
        "cantidad": "12.500",
    }


def ask(portal: RunningPortal, **typed: str) -> Page:
    return portal.browser().open(URL).form(URL).fill(**typed).submit("Verificar")


def test_the_code_on_the_page_is_the_one_the_qr_code_carries(receipt: Page):
    paper = printed(receipt)
    assert receipt.one(".receipt-proof .code").get_text(strip=True) == paper["codigo"]
    assert receipt.value("#radicado") == paper["radicado"]


def test_anybody_can_check_a_receipt_and_learns_nothing_else(portal: RunningPortal, receipt: Page):
    answer = ask(portal, **printed(receipt))
    assert (answer.status, answer.h1) == (200, GENUINE)
    assert "12.500" not in answer.text
    assert "EDS" not in answer.one("main").get_text()


@pytest.mark.parametrize("change", [{"cantidad": "22.500"}, {"dia": "25/11/2026"}, {"radicado": "N-2026-999999"}])
def test_papers_that_are_not_ours_are_all_answered_alike(portal: RunningPortal, receipt: Page, change: dict[str, str]):
    answer = ask(portal, **{**printed(receipt), **change})
    other = ask(portal, **{**printed(receipt), "codigo": "0000-0000-0000"})
    assert answer.h1 == other.h1 == UNKNOWN
    assert answer.one("main").decode() == other.one("main").decode()


def test_what_cannot_be_on_a_receipt_is_said_beside_its_field(portal: RunningPortal):
    page = ask(portal, radicado="123", codigo="ABC", dia="ayer", cantidad="mucho")
    assert page.status == 422
    for field in ("radicado", "codigo", "dia", "cantidad"):
        assert page.one(f"#{field}-error")
    empty = ask(portal)
    assert empty.status == 422


def test_the_receipt_is_a_pdf_that_says_its_number(receipt: Page, customer: Customer):
    file = customer.browser.client.get(f"{receipt.url}/comprobante.pdf")
    assert (file.status_code, file.mimetype) == (200, "application/pdf")
    assert file.data.startswith(b"%PDF-")
    assert receipt.value("#radicado") in file.headers["Content-Disposition"]


def test_the_pdf_of_somebody_else_is_not_there(portal: RunningPortal, receipt: Page):
    stranger = portal.customer()
    stranger.open_contract()
    assert stranger.browser.client.get(f"{receipt.url}/comprobante.pdf").status_code == 404


def test_the_chain_of_a_month_shows_every_receipt_and_that_it_is_whole(customer: Customer, receipt: Page):
    customer.nominate("9.000")
    customer.open_point()
    page = customer.open(receipt.url).click("cadena de comprobantes")
    assert "Cadena íntegra" in page.text
    assert len(page.select("tbody tr")) == 2
    assert receipt.value("#radicado") in page.text


def test_the_chain_asks_for_the_numeric_key_of_the_point(customer: Customer, receipt: Page):
    page = customer.open(receipt.url).click("cadena de comprobantes")
    assert page.url.split("?")[0].endswith("/clave")
