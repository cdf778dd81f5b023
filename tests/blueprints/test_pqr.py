"""PQR on the web: filed by anybody without an account, followed by number and code, hostile input answered in words."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from portal.models import Case, CaseFile, OutboxMessage
from portal.services.mail import outbox
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.services.case_stage import JPEG, PDF, PNG

ANSWERS = {
    "kind": "queja",
    "name": "Rosa Peña",
    "document": "1.121.900.300",
    "email": "rosa@vecina.example",
    "telephone": "310 555 0100",
    "delivery_point": "Medidor 4471",
    "text": "Llevo dos semanas esperando la visita.",
    "consent": True,
    "electronic_notice": True,
}


def fill(browser: Browser, **given) -> Page:
    return browser.open("/pqr/nueva").form("#pqr").fill(**ANSWERS | given).submit("Radicar")


def text_of_mail(portal: RunningPortal) -> str:
    with portal.session() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "case-filed")).one()
        return outbox.read_words(session, mail)


def prove(browser: Browser, number: str, code: str) -> Page:
    return browser.open("/pqr/estado").form("#consulta").fill(filing_number=number, code=code).submit("Consultar")


def test_anybody_files_without_an_account_and_gets_number_day_and_code(portal: RunningPortal, browser: Browser):
    page = fill(browser)
    assert page.history[0] == (303, "/pqr/nueva")
    assert page.value("#radicado") == "PQR-2026-000001"
    assert page.value("[data-field=due_on]") == "2026-12-15"
    assert page.value("[data-field=state]") == "filed"
    assert page.one("#codigo").get_text() in text_of_mail(portal)
    assert "Medidor 4471" in page.text
    assert browser.open(page.url).value("#radicado") == "PQR-2026-000001"


def test_number_and_code_of_the_mail_open_the_case_in_another_browser(portal: RunningPortal, browser: Browser):
    number = fill(browser).value("#radicado")
    code = re.search(r"este código: (\S+)", text_of_mail(portal))
    assert code
    other = portal.browser()
    assert other.open(f"/pqr/radicado/{number}").url == f"/pqr/estado?radicado={number}"
    assert other.page is not None
    assert other.page.form("#consulta")["filing_number"] == number
    page = prove(other, number, code[1].lower().replace("-", " "))
    assert (page.status, page.value("[data-field=state]")) == (200, "filed")


def test_a_wrong_code_answers_exactly_as_a_number_that_is_none(portal: RunningPortal, browser: Browser):
    number = fill(browser).value("#radicado")
    other = portal.browser()
    wrong = prove(other, number, "AAAA-AAAA")
    absent = prove(other, "PQR-2026-000777", "AAAA-AAAA")
    assert (wrong.status, absent.status) == (422, 422)
    alike = [
        re.sub(r'name="csrf_token"[^>]*>|value="PQR-[^"]*"', "", page.source.replace(number, "PQR-2026-000777"))
        for page in (wrong, absent)
    ]
    assert alike[0] == alike[1]


def test_codes_are_not_guessed_without_end(portal: RunningPortal, browser: Browser):
    number = fill(browser).value("#radicado")
    code = str(browser.open(f"/pqr/radicado/{number}").one("#codigo").get_text())
    other = portal.browser()
    form = other.open("/pqr/estado").form("#consulta")
    tried = [form.fill(filing_number=number, code="AAAA-AAAA").submit().status for _ in range(21)]
    assert tried == [422] * 20 + [429]
    assert form.fill(filing_number=number, code=code).submit().status == 429, "the right code is refused as well"


def test_every_mistake_shows_at_once_and_what_was_typed_stays(browser: Browser):
    form = browser.open("/pqr/nueva").form("#pqr")
    page = form.fill(
        name="Rosa", document="x", email="rosa@", telephone="1", about_on="el lunes", text="Hola."
    ).submit()
    assert page.status == 422
    fields = {str(link["href"]) for link in page.select("#resumen-errores a")}
    assert fields == {"#kind-0", "#document", "#email", "#telephone", "#about_on", "#consent"}
    again = page.form("#pqr")
    assert (again["name"], again["document"], again["email"], again["text"]) == ("Rosa", "x", "rosa@", "Hola.")
    assert page.title.startswith("Error:")


def test_a_customer_finds_name_and_address_filled_in_and_chooses_an_own_point(portal: RunningPortal):
    customer, other = portal.customer(), portal.customer()
    for each in (customer, other):
        each.open_contract()
    form = customer.open("/pqr/nueva").form("#pqr")
    assert (form["name"], form["email"]) == (customer.way.actor.name, customer.way.actor.email)
    answers = {"kind": "peticion", "document": "900123456-7", "text": "Pido copia.", "consent": True}
    page = form.fill(**answers, delivery_point=customer.point).submit()
    assert customer.way.point.name in page.text
    assert page.value("#radicado") in customer.open("/pqr").text
    refused = customer.open("/pqr/nueva").form("#pqr").fill(**answers).tamper(delivery_point=other.point).submit()
    assert refused.status == 422
    assert "Elija uno de sus puntos de entrega" in refused.text
    assert other.way.point.name not in refused.text


def test_files_go_along_and_come_back_as_attachments_to_who_may_read_them(portal: RunningPortal, browser: Browser):
    page = fill(browser, files=[("acta.pdf", PDF), ("foto.jpg", JPEG), ("plano.png", PNG)])
    links = [str(link["href"]) for link in page.select(".case-files a")]
    assert len(links) == 3
    for link, content, kind in zip(
        links, (PDF, JPEG, PNG), ("application/pdf", "image/jpeg", "image/png"), strict=True
    ):
        answer = browser.client.get(link)
        assert (answer.status_code, answer.get_data(), answer.mimetype) == (200, content, kind)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert portal.browser().client.get(link).status_code == 404
        assert portal.customer().browser.client.get(link).status_code == 404


def test_the_constancia_is_a_paper_for_who_filed_it_alone(portal: RunningPortal, browser: Browser):
    page = fill(browser, text='Una línea.\n\n#import "x" $ \\ <etiqueta>\n' + "Texto largo. " * 500)
    link = str(next(tag["href"] for tag in page.select("a") if str(tag["href"]).endswith("constancia.pdf")))
    answer = browser.client.get(link)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "filename=constancia-PQR-2026-000001.pdf" in answer.headers["Content-Disposition"]
    assert portal.browser().client.get(link).status_code == 404


def test_the_constancia_says_that_the_code_was_sent_only_when_it_was(portal: RunningPortal):
    pages = [fill(portal.browser(), text=f"Petición {n}") for n in range(11)]
    assert "también se lo enviamos a rosa@vecina.example" in pages[9].text
    assert "se lo enviamos" not in pages[10].text
    assert "No enviamos más correos a rosa@vecina.example en esa hora: guarde el código." in pages[10].text


def test_the_constancia_is_made_whatever_was_written(browser: Browser):
    given = {"text": "Muy mal 😡\n\uf0b7 你好 ﷽", "name": "Rosa ✅ Peña", "files": [("acta 😡.pdf", PDF)]}
    page = fill(browser, **given)
    answer = browser.client.get(f"/pqr/radicado/{page.value('#radicado')}/constancia.pdf")
    assert answer.status_code == 200
    said = " ".join(PdfReader(io.BytesIO(answer.get_data())).pages[0].extract_text().split())
    assert "Rosa □ Peña" in said
    assert said.count("salen como □; el texto completo está en la página del radicado.") == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "á" * 100_000}, "caben 10.000"),
        ({"files": [("a.pdf", b"%PDF-1.7 no es")]}, "«a.pdf» no es un PDF, un JPEG o un PNG completo"),
        ({"files": [("virus.pdf", b"MZ" + bytes(3000))]}, "«virus.pdf» no es"),
        ({"files": [("a.pdf", PDF)] * 4}, "Adjuntó 4 archivos y caben 3"),
        ({"files": [("a.pdf", PDF)] * 200}, "Adjuntó 200 archivos y caben 3"),
    ],
)
def test_hostile_input_is_answered_in_words_and_files_nothing(portal: RunningPortal, given: dict, words: str):
    page = fill(portal.browser(), **given)
    assert page.status == 422
    assert words in page.text
    assert portal.count(Case) == portal.count(CaseFile) == 0


def test_bodies_beyond_every_limit_are_refused_before_they_are_read(portal: RunningPortal, browser: Browser):
    token = browser.open("/pqr/nueva").form("#pqr")["csrf_token"]
    headers = {"Sec-Fetch-Site": "same-origin"}
    parts = {"csrf_token": token, "text": ["x"] * 1000}
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        answer = browser.client.post("/pqr/nueva", data=parts, content_type=kind, headers=headers)
        assert answer.status_code == 413
    longer = {"CONTENT_LENGTH": str(17 * 1024 * 1024)}
    kind = "multipart/form-data; boundary=grenze"
    answer = browser.client.post(
        "/pqr/nueva", data=b"--grenze", content_type=kind, headers=headers, environ_overrides=longer
    )
    assert answer.status_code == 413


def test_a_form_beyond_the_limit_gives_the_text_back_under_the_names_of_its_own_fields(browser: Browser):
    form = browser.open("/pqr/nueva").form("#pqr").fill(**ANSWERS)
    sent = [form.fill(text="").submit("Radicar").status for _ in range(20)]
    told = "La factura de octubre cobra un volumen que el medidor no muestra. " * 20
    page = form.fill(text=told).submit("Radicar")
    assert (set(sent), page.status) == ({422}, 429)
    assert told.strip() in [each.get_text().strip() for each in page.select("[data-field=typed]")]
    labels = [each.get_text() for each in page.select(".kept-text strong")]
    assert {"Nombre o razón social:", "¿Qué pasó y qué pide?"} <= set(labels), labels


def test_a_form_that_is_sent_twice_is_one_case(portal: RunningPortal, browser: Browser):
    form = browser.open("/pqr/nueva").form("#pqr").fill(**ANSWERS)
    assert form.submit("Radicar").value("#radicado") == form.submit("Radicar").value("#radicado")
    assert portal.count(Case) == 1


def test_a_claim_about_an_old_invoice_and_a_late_appeal_are_received_with_a_warning(browser: Browser):
    old = fill(browser, kind="reclamo", about_on="22/06/2026")
    assert "La factura tiene más de cinco meses" in old.text
    late = fill(browser, kind="recurso", about_on="12/11/2026")
    assert "Llegó después de los cinco días" in late.text
    assert "cinco meses" not in fill(browser, kind="reclamo", about_on="23/06/2026").one("main").get_text()


def test_the_page_explains_and_leads_to_the_form_and_to_the_state(browser: Browser):
    page = browser.open("/").click("PQR")
    assert page.url == "/pqr"
    assert "15 días hábiles" in page.text
    assert "72 horas" in page.text
    assert page.click("Presentar una PQR").url == "/pqr/nueva"
    assert page.click("Ver cómo va la mía").url == "/pqr/estado"


def test_the_case_of_somebody_else_is_as_one_that_is_not_there(portal: RunningPortal, browser: Browser):
    page = fill(browser, files=[("acta.pdf", PDF)])
    number, link = page.value("#radicado"), str(page.one(".case-files a")["href"])
    other, absent = portal.customer().browser, "PQR-2026-000777"
    for address in (link, f"/pqr/radicado/{number}/constancia.pdf"):
        theirs, none = other.client.get(address), other.client.get(address.replace(number, absent))
        assert (theirs.status_code, theirs.get_data()) == (404, none.get_data())
    asked = [other.client.get(f"/pqr/radicado/{each}") for each in (number, absent)]
    assert [answer.status_code for answer in asked] == [303, 303]
    assert asked[0].headers["Location"].replace(number, absent) == asked[1].headers["Location"]


def test_signing_out_forgets_what_a_browser_had_proved(portal: RunningPortal, browser: Browser):
    page = fill(browser)
    number, code = page.value("#radicado"), page.one("#codigo").get_text()
    shared = portal.customer().browser
    assert prove(shared, number, code).value("#radicado") == number
    shared.open("/cuenta").form("/salir").submit()
    assert shared.open(f"/pqr/radicado/{number}").url == f"/pqr/estado?radicado={number}"


def keep_draft(browser: Browser, **fields: Any):
    """Press the second button of the form, which goes to an address of its own."""
    page = browser.open("/pqr/nueva")
    button = page.one("#pqr button[formaction]")
    form = page.form("#pqr").fill(**fields)
    form.action = str(button["formaction"])
    return form.submit("Guardar borrador")


def test_a_draft_without_an_account_stays_in_this_browser_until_it_is_filed(portal: RunningPortal, browser: Browser):
    page = keep_draft(browser, kind="queja", name="Rosa Díaz", document="40123456", text="Huele a gas.", consent=True)
    assert page.url == "/pqr/nueva"
    assert "el borrador que guardó" in page.one("#borrador").get_text()
    form = browser.open("/pqr/nueva").form("#pqr")
    assert (form["kind"], form["name"], form["text"]) == ("queja", "Rosa Díaz", "Huele a gas.")
    assert form["document"] == ""
    assert not browser.page.one("[name=consent]").has_attr("checked")
    form.fill(document="40123456", email="rosa@correo.example", consent=True).submit()
    assert not browser.open("/pqr/nueva").select("#borrador")
    assert portal.count(Case) == 1


def test_a_draft_is_judged_by_nobody_and_read_by_nobody_else(portal: RunningPortal, browser: Browser):
    keep_draft(browser, text="Huele a gas.", email="rosa@")
    cookie = browser.client.get_cookie("portal-pqr-draft", path="/pqr")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.max_age is None
    assert not portal.browser().open("/pqr/nueva").select("#borrador")
    customer = portal.customer()
    customer.browser.client.set_cookie("portal-pqr-draft", cookie.value, path="/pqr")
    assert not customer.open("/pqr/nueva").select("#borrador")
    portal.clock.forward(hours=12)
    assert not browser.open("/pqr/nueva").select("#borrador")


def test_a_draft_is_dropped_by_its_button(browser: Browser):
    page = keep_draft(browser, text="Huele a gas.")
    page = page.form("/pqr/borrador/borrar").submit()
    assert not page.select("#borrador")
    assert page.form("#pqr")["text"] == ""


def test_a_draft_that_is_too_long_to_keep_stays_in_the_form(browser: Browser):
    text = "".join(chr(0x4E00 + number * 7 % 20000) for number in range(5000))
    page = keep_draft(browser, text=text)
    assert page.status == 422
    assert "más de lo que un borrador guarda" in page.text
    assert page.form("#pqr")["text"] == text


@pytest.mark.parametrize("value", ["", "x", "AAAA", "é" * 10])
def test_a_cookie_that_is_no_draft_is_passed_over(browser: Browser, value: str):
    browser.client.set_cookie("portal-pqr-draft", value, path="/pqr")
    page = browser.open("/pqr/nueva")
    assert page.status == 200
    assert not page.select("#borrador")


def test_an_empty_form_is_no_draft(browser: Browser):
    page = keep_draft(browser)
    assert page.status == 422
    assert "Escriba algo antes de guardar" in page.text
    assert not browser.open("/pqr/nueva").select("#borrador")
