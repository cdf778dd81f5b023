"""The guide: read and searched without JavaScript, true to the timetable and the distributor, and printed."""

from __future__ import annotations

import gzip
import io
from datetime import time

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from portal.domain.timetable import RequestKind
from portal.models import DistributorRow, TimetableRow
from portal.services.store import distributors
from portal.services.store.transactions import transaction
from portal.words import guide_steps
from tests.application import RunningPortal

PAGES = ["/guia", "/guia/que-hago-si", "/guia/glosario"]
FIRST_PAGE_BYTES, LATER_PAGE_BYTES = 60_000, 15_000


def test_a_customer_without_the_letter_finds_the_answer(portal: RunningPortal):
    page = portal.browser().open("/guia")
    assert len(page.select("ol.guide-steps > li")) == 24
    page = page.form("/guia").fill(q="Perdí la CARTA").submit("Buscar")
    assert page.url.startswith("/guia?q=")
    assert page.select("h3")[0].get_text() == "Perdí la carta con las claves"
    assert page.one("#q")["value"] == "Perdí la CARTA"
    page = page.click("Perdí la carta con las claves")
    assert page.url == "/guia/que-hago-si"
    assert "(608) 681 9130" in page.one("#si-perdi-la-carta").get_text()


def test_the_search_marks_what_it_found_whatever_its_accents(portal: RunningPortal):
    page = portal.browser().open("/guia?q=renominacion")
    marked = {mark.get_text() for mark in page.select("mark")}
    assert {"re-nominación", "Re-nominación"} <= marked
    assert all("re-nominación" in article.get_text().lower() for article in page.select("article"))


def test_a_search_without_result_says_what_to_try(portal: RunningPortal):
    page = portal.browser().open("/guia?q=hidrógeno")
    assert "Nada con «hidrógeno» en la guía" in page.text
    assert "PBX (608) 681 9130" in page.text
    assert page.click("Busque también en avisos y documentos").url == "/buscar?q=hidr%C3%B3geno"
    assert page.click("recorte").select("mark")


def test_htmx_gets_the_results_alone_and_the_steps_again_for_an_empty_search(portal: RunningPortal):
    browser = portal.browser()
    found = browser.open("/guia?q=recorte", htmx=True)
    assert found.is_fragment
    assert found.select("mark")
    assert "resultados con «recorte»" in found.one("[data-say]").get_text()
    again = browser.open("/guia?q=", htmx=True)
    assert again.is_fragment
    assert len(again.select("ol.guide-steps > li")) == 24


@pytest.mark.parametrize("typed", ["%F0%9F%94%A5", "(", "[a-", "*", "x" * 3000, "%3Cb%3E", "-", "%20"])
def test_whatever_is_searched_for_is_answered(portal: RunningPortal, typed: str):
    assert portal.browser().open(f"/guia?q={typed}").status == 200


def test_the_guide_says_the_close_that_the_timetable_has(portal: RunningPortal):
    with portal.session() as session, transaction(session):
        rows = update(TimetableRow).where(TimetableRow.kind == RequestKind.NOMINATION)
        session.execute(rows.values(closes_time=time(10, 30)))
    browser = portal.browser()
    assert "hasta las 10:30 del día anterior" in browser.open("/guia").one("#paso-20").get_text()
    assert "las 12:00" not in browser.open("/guia/que-hago-si").text


def test_the_guide_is_that_of_its_distributor(portal: RunningPortal):
    with portal.session() as session:
        with transaction(session):
            session.execute(update(DistributorRow).values(name="Gas Páramo", telephone="(601) 555 0101", website=""))
        distributors.forget(session)
    browser = portal.browser()
    step = browser.open("/guia").one("#paso-1")
    assert "La página de Gas Páramo: el sitio de la empresa." in step.get_text()
    assert not step.select("a")
    assert "(601) 555 0101" in browser.open("/guia/que-hago-si").text
    assert "Gas Páramo" in text_of_pdf(portal)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_of_the_guide_is_light_when_it_is_sent(portal: RunningPortal, url: str):
    page = portal.browser().open(url)
    client = portal.app.test_client()
    sent = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert sent.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.data).count(b"<html") == 1
    assert len(sent.data) <= LATER_PAGE_BYTES
    loaded = page.select("script[src], link[rel=stylesheet], link[rel=icon], img[src]:not([loading=lazy])")
    addresses = {str(tag.get("src") or tag.get("href")) for tag in loaded}
    answers = [client.get(address, headers={"Accept-Encoding": "gzip"}) for address in addresses]
    assert len(sent.data) + sum(len(answer.data) for answer in answers) <= FIRST_PAGE_BYTES


def text_of_pdf(portal: RunningPortal) -> str:
    answer = portal.app.test_client().get("/guia.pdf")
    assert answer.content_type == "application/pdf"
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())


def test_the_paper_has_every_step_answer_and_term_and_says_of_which_day(portal: RunningPortal):
    text = text_of_pdf(portal)
    for step in guide_steps.STEPS:
        assert f"{step.number}. {step.title}" in text
    for words in ("Perdí la carta con las claves", "Desbalance", "hasta las 12:00 del día anterior", "Vigente el"):
        assert words in text


def test_who_has_the_paper_of_today_gets_304(portal: RunningPortal):
    client = portal.app.test_client()
    first = client.get("/guia.pdf")
    again = client.get("/guia.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    portal.clock.forward(days=1)
    assert client.get("/guia.pdf", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
