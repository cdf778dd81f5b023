"""The receipt as a file, its code and QR, the public page that checks it, and the chain of a month."""

from __future__ import annotations

import io
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader

from portal.domain.calendar import day_words
from portal.models import Authorisation
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, Customer

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


@pytest.mark.parametrize("quantity", ["12.500 m³", "12500 M3", "12 500", "12.500,00"])
def test_a_quantity_is_taken_as_it_is_printed_with_its_unit_or_without(
    portal: RunningPortal, receipt: Page, quantity: str
):
    assert ask(portal, **{**printed(receipt), "cantidad": quantity}).h1 == GENUINE


def test_a_day_is_taken_as_it_is_printed(portal: RunningPortal, receipt: Page):
    day = day_words(date.fromisoformat(printed(receipt)["dia"]))
    assert ask(portal, **{**printed(receipt), "dia": day}).h1 == GENUINE
    assert "Revise la fecha" in ask(portal, **{**printed(receipt), "dia": f"lunes {day.split(' ', 1)[1]}"}).text


@pytest.mark.parametrize("quantity", ["12.5", "12500.0", "12.500 kg", "12.50.0"])
def test_a_quantity_in_no_printed_form_is_asked_for_again_and_not_judged(
    portal: RunningPortal, receipt: Page, quantity: str
):
    page = ask(portal, **{**printed(receipt), "cantidad": quantity})
    assert page.status == 422
    assert page.one("#cantidad")["value"] == quantity
    assert "como está impresa" in page.one("#cantidad-error").get_text()


@pytest.mark.parametrize(
    "change",
    [{"cantidad": "12.500 MBTU"}, {"cantidad": "22.500"}, {"dia": "25/11/2026"}, {"radicado": "N-2026-999999"}],
)
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


def text_of_pdf(customer: Customer, receipt: Page) -> str:
    """The words of a receipt's PDF on one line."""
    body = customer.browser.client.get(f"{receipt.url}/comprobante.pdf").data
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())


def test_a_receipt_in_force_shows_its_quantity_with_unit_on_page_and_paper(customer: Customer, receipt: Page):
    assert receipt.one("[data-field=quantity]").get_text() == "12.500 m³"
    assert receipt.one(".receipt-sign")["data-standing"] == "in-force"
    said = text_of_pdf(customer, receipt)
    assert "12.500 m³" in said
    assert "Al lunes 23 de noviembre de 2026 a las 09:00: Es la solicitud en firme para ese día." in said


def test_a_replaced_receipt_says_by_what_on_page_and_paper(customer: Customer, receipt: Page):
    later = customer.nominate("9.000")
    page, number = customer.open(receipt.url), later.value("#radicado")
    assert page.one(".receipt-sign")["data-standing"] == "replaced"
    said = (
        "Rige la versión 2 de ese día: 9.000 m³, recibida el lunes 23 de noviembre de 2026 a las 09:00"
        f" (radicado {number})."
    )
    for text in (page.text, text_of_pdf(customer, receipt)):
        assert "Ya no rige: la reemplazó otra versión" in text
        assert said in text
    assert customer.open(later.url).one(".receipt-sign")["data-standing"] == "in-force"


def test_a_cancelled_receipt_says_so_on_paper_too(customer: Customer, receipt: Page):
    customer.sign(customer.open(receipt.url).click("anular"))
    assert customer.open(receipt.url).one(".receipt-sign")["data-standing"] == "cancelled"
    assert "Ya no rige: la nominación se anuló" in text_of_pdf(customer, receipt)


def test_the_receipt_speaks_of_the_authorised_quantity_as_it_stands(
    portal: RunningPortal, customer: Customer, receipt: Page
):
    assert "La cantidad autorizada se publica allí cuando" in receipt.text
    with portal.session() as session, transaction(session):
        point = session.merge(customer.way.point)
        factories.authorisation(session, point, TOMORROW, "12500", revision=1)
        ledger.rewrite_day(session, delivery_point=point, gas_day=TOMORROW)
    assert portal.count(Authorisation) == 1
    assert "La cantidad autorizada está publicada allí." in customer.open(receipt.url).text
