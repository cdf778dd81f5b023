"""A customer's claims about days on their pages, without JavaScript."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from portal.domain.cases import CaseAction, Outcome
from portal.models import Case, CaseEntry
from portal.services.cases import pqr
from portal.services.cases.pqr import actions
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import TOMORROW, YESTERDAY, Customer
from tests.factories import TODAY
from tests.services.case_stage import PDF
from tests.services.claim_stage import measure, staff


@pytest.fixture
def ready(portal: RunningPortal) -> Customer:
    """A customer whose point is open, with figures for yesterday."""
    return open_all(portal, portal.customer())


def open_all(portal: RunningPortal, customer: Customer) -> Customer:
    customer.use_keys()
    with portal.session() as session:
        measure(session, customer.way)
    return customer


def address(customer: Customer, day=YESTERDAY) -> str:
    return f"/cuentas-de-balance/{customer.modality}/{customer.point}/dias/{day.isoformat()}/reclamo"


def decide(portal: RunningPortal, *, outcome: str = "No cambia:\nel acta\nes de otro día.", seen: int = 1) -> None:
    with portal.session() as session:
        actions.do(
            Act.at(session, staff(session), portal.clock.now),
            filing_number=session.scalars(select(Case.filing_number)).one(),
            action=CaseAction.ANSWER,
            outcome=Outcome.DISMISSED,
            text=outcome,
            seen=seen,
        )


def test_the_form_shows_the_figures_and_leads_to_the_numbered_claim(ready: Customer):
    page = ready.open(address(ready))
    assert page.h1 == "Reclamar por el domingo 22 de noviembre de 2026"
    assert [page.value(f"[data-field={name}]") for name in ("nominated", "consumed", "imbalance")] == [
        "12000",
        "11800",
        "200",
    ]
    assert "martes 15 de diciembre de 2026" in page.text
    page = page.form().fill(text="El medidor\n\nestuvo parado.").submit("Enviar el reclamo")
    assert page.history == [(303, address(ready))]
    assert page.one("#numero").get_text() == "PQR-2026-000001"
    assert "Recibimos su reclamo con el número PQR-2026-000001" in page.text
    assert page.one(".message-text").get_text() == "El medidor\n\nestuvo parado."
    assert "Radicado" in page.text


@pytest.mark.parametrize(("text", "words"), [("", "Escriba con qué"), ("x" * 2001, "tiene 2.001 caracteres")])
def test_a_text_that_is_refused_stays_on_the_page(ready: Customer, portal: RunningPortal, text: str, words: str):
    page = ready.open(address(ready)).form().tamper(text=text).submit("Enviar el reclamo")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert words in page.one("#resumen-errores").get_text()
    assert page.form()["text"].strip() == text
    assert portal.count(Case) == 0


def test_two_thousand_characters_of_a_browser_with_its_line_ends_fit(ready: Customer):
    text = "\n".join(["x" * 99] * 20)
    page = ready.open(address(ready)).form().tamper(text=text.replace("\n", "\r\n") + "y").submit("Enviar el reclamo")
    assert page.one(".message-text").get_text() == text + "y"


def test_a_day_with_an_open_claim_leads_to_it(ready: Customer, portal: RunningPortal):
    old_tab = ready.open(address(ready))
    number = ready.dispute().one("#numero").get_text()
    page = old_tab.form().fill(text="Otra vez.").submit("Enviar el reclamo")
    assert page.status == 422
    assert number in page.one("#resumen-errores").get_text()
    assert page.click(f"Ver el reclamo {number}").one("#numero").get_text() == number
    page = ready.open(address(ready))
    assert page.status == 200
    assert not page.select("main form[method=post]")
    assert portal.count(Case) == 1


def test_whoever_comes_second_keeps_what_was_written(ready: Customer, portal: RunningPortal):
    form = ready.open(address(ready)).form("form[method=post]:has([name=text])")
    ready.dispute()
    page = form.fill(text="El medidor marcó 5.320 y no 5.120.").submit()
    assert page.status == 422
    assert page.one("[data-field=typed]").get_text() == "El medidor marcó 5.320 y no 5.120."


def test_the_explanation_of_a_day_leads_to_the_claim(ready: Customer, portal: RunningPortal):
    page = ready.open(address(ready).removesuffix("/reclamo"))
    assert page.click("a[href$='/reclamo']").url == address(ready)
    page = ready.open(address(ready, TODAY).removesuffix("/reclamo"))
    assert not page.select("a[href$='/reclamo']")


@pytest.mark.parametrize("day", [TODAY, TOMORROW])
def test_a_day_that_is_not_over_is_refused_with_words(ready: Customer, portal: RunningPortal, day):
    page = ready.open(address(ready, day))
    assert page.status == 422
    assert "todavía no termina" in page.text
    assert not page.select("main form[method=post]")
    token = page.form("/salir")["csrf_token"]
    answer = ready.browser.client.post(address(ready, day), data={"text": "x", "csrf_token": token})
    assert answer.status_code == 422
    assert portal.count(Case) == 0


def test_a_day_without_service_is_refused_and_one_that_is_none_is_not_there(portal: RunningPortal):
    customer = portal.customer(starts_on=TODAY.plus(-5))
    customer.use_keys()
    assert customer.open(address(customer, TODAY.plus(-6))).status == 422
    for day in ("2026-02-30", "ayer", "2014-11-30", "2026-11-22T00:00", "99999-01-01"):
        url = address(customer).replace(YESTERDAY.isoformat(), day)
        assert customer.browser.client.get(url).status_code == 404


def test_the_list_and_the_thread_are_found_from_one_another(ready: Customer):
    page = ready.open(f"/cuentas-de-balance/{ready.modality}/{ready.point}/reclamos")
    assert "no tiene reclamos" in page.text
    thread = ready.dispute()
    page = thread.click("Reclamos")
    assert page.one("a[data-claim]")["data-claim"] == "PQR-2026-000001"
    assert page.click("a[data-claim]").url == thread.url
    assert thread.click("Ver la hoja del mes").one(f"tr[data-gas-day='{YESTERDAY.isoformat()}']")
    assert thread.click("¿Por qué estas cifras?").status == 200


def test_the_customer_adds_until_it_is_decided_and_then_reads_the_outcome(ready: Customer, portal: RunningPortal):
    page = ready.dispute()
    page = page.form().fill(text="Falta el acta.").submit("Agregar al reclamo")
    assert page.history[0][0] == 303
    assert [each.get_text() for each in page.select(".message-text")][1:] == ["Falta el acta."]
    assert "Agregado por el cliente" in page.text
    decide(portal, seen=2)
    late = page.form().fill(text="Esto llega tarde.").submit("Agregar al reclamo")
    assert late.status == 409
    assert "No procede" in late.text
    assert "Esto llega tarde." in late.text
    page = late.click("Ver la versión vigente")
    assert page.one("[data-field=outcome]").get_text() == "No cambia:\nel acta\nes de otro día."
    assert not page.select("main form[method=post]")
    assert portal.count(CaseEntry, kind="written") == 1
    page = page.click("abrir otro").form().fill(text="Hay un acta nueva.").submit("Enviar el reclamo")
    assert page.one("#numero").get_text() == "PQR-2026-000002"


def test_an_empty_addition_is_refused(ready: Customer, portal: RunningPortal):
    page = ready.dispute().form().fill(text="  ").submit("Agregar al reclamo")
    assert page.status == 422
    assert portal.count(CaseEntry) == 1


def test_markup_is_shown_as_it_was_typed(ready: Customer):
    page = ready.dispute("<b onclick='x()'>m³ & más</b>\n&lt;i&gt;")
    assert page.one(".message-text").get_text() == "<b onclick='x()'>m³ & más</b>\n&lt;i&gt;"
    assert not page.select(".message-text b")


def test_a_colleague_with_the_point_open_sees_the_claim_and_one_without_it_enters_the_key(
    ready: Customer, portal: RunningPortal
):
    thread = ready.dispute().url
    colleague = portal.colleague_of(ready)
    assert colleague.open(thread).url.endswith("/clave-web")
    colleague.use_keys(of_point=False)
    assert colleague.open(thread).url.endswith("/clave")
    colleague.open_point()
    assert colleague.open(thread).one("#numero").get_text() == "PQR-2026-000001"


def test_the_claims_of_another_company_are_not_there(ready: Customer, portal: RunningPortal):
    thread = ready.dispute().url
    stranger = open_all(portal, portal.customer())
    claim = thread.rsplit("/", 1)[1]
    own = f"/cuentas-de-balance/{stranger.modality}/{stranger.point}/reclamos"
    absent = stranger.browser.client.get("/nada").data
    token = stranger.open(own).form("/salir")["csrf_token"]
    for url in (thread, f"{own}/{claim}", address(ready), thread.rsplit("/", 1)[0]):
        answer = stranger.browser.client.get(url)
        assert (answer.status_code, answer.data) == (404, absent), url
    for url in (thread, f"{own}/{claim}", address(ready)):
        answer = stranger.browser.client.post(url, data={"text": "Hola.", "csrf_token": token})
        assert (answer.status_code, answer.data) == (404, absent), url
    assert "no tiene reclamos" in stranger.open(own).text
    assert portal.count(CaseEntry) == 1


def test_a_claim_of_another_point_of_the_same_company_is_not_under_this_one(ready: Customer, portal: RunningPortal):
    claim = ready.dispute().url.rsplit("/", 1)[1]
    with portal.session() as session, transaction(session):
        other = factories.delivery_point(session, contract=ready.way.contract).public_id
    url = f"/cuentas-de-balance/{ready.modality}/{other}/reclamos/{claim}"
    assert ready.open(url).url.endswith(f"/{other}/clave")


def selects(portal: RunningPortal, ask) -> int:
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        asked.append(statement)

    engine = portal.app.extensions["portal.engine"]
    event.listen(engine, "before_cursor_execute", note)
    page: Page = ask()
    event.remove(engine, "before_cursor_execute", note)
    assert page.status == 200
    return len([each for each in asked if each.startswith("SELECT")])


def test_the_pages_ask_few_questions_however_much_was_said(ready: Customer, portal: RunningPortal):
    thread = ready.dispute().url
    listed = thread.rsplit("/", 1)[0]
    ready.open(listed)
    few = {url: selects(portal, lambda url=url: ready.open(url)) for url in (thread, listed, address(ready))}
    assert few == {thread: 6, listed: 3, address(ready): 4}
    for n in range(8):
        ready.open(thread).form().fill(text=f"Mensaje {n}.").submit("Agregar al reclamo")
        ready.dispute(day=TODAY.plus(-2 - n).isoformat())
    assert {url: selects(portal, lambda url=url: ready.open(url)) for url in few} == few


def test_a_file_comes_with_the_claim_and_is_given_to_the_point_and_to_nobody_else(
    ready: Customer, portal: RunningPortal
):
    form = ready.open(address(ready)).form()
    page = form.fill(text="Va el acta.", files=[("acta.pdf", PDF)]).submit("Enviar el reclamo")
    page = page.form().fill(text="Y otra.", files=[("otra.pdf", PDF)]).submit("Agregar al reclamo")
    links = [str(link["href"]) for link in page.select(".case-files a")]
    assert [ready.browser.client.get(link).get_data() for link in links] == [PDF, PDF]
    stranger = open_all(portal, portal.customer())
    absent = stranger.browser.client.get("/nada").data
    own = links[0].replace(f"{ready.modality}/{ready.point}", f"{stranger.modality}/{stranger.point}")
    for link in (links[0], own):
        answer = stranger.browser.client.get(link)
        assert (answer.status_code, answer.data) == (404, absent)
    bad = ready.open(page.url).form().fill(text="Mal.", files=[("x.pdf", b"nada")]).submit("Agregar al reclamo")
    assert (bad.status, "«x.pdf» no es un PDF" in bad.text) == (422, True)


def test_a_claim_is_among_ones_own_cases_and_its_number_leads_to_it(ready: Customer, portal: RunningPortal):
    thread = ready.dispute().url
    page = ready.open("/pqr")
    row = page.one("#mias tbody tr").get_text(" ", strip=True)
    assert ready.way.point.name in row
    assert "domingo 22 de noviembre de 2026" in row
    assert page.click("PQR-2026-000001").url == thread
    # No code opens it, and another browser is asked for one as for any number.
    assert portal.browser().open("/pqr/radicado/PQR-2026-000001").url.startswith("/pqr/estado")


def test_a_case_about_the_point_stands_beside_its_claims_for_who_filed_it_only(ready: Customer, portal: RunningPortal):
    ready.petition(delivery_point=ready.point)
    ready.dispute()
    listed = f"/cuentas-de-balance/{ready.modality}/{ready.point}/reclamos"
    page = ready.open(listed)
    assert [row["data-claim"] for row in page.select("a[data-claim]")] == ["PQR-2026-000002", "PQR-2026-000001"]
    assert page.click("a[data-claim=PQR-2026-000001]").url == "/pqr/radicado/PQR-2026-000001"
    colleague = portal.colleague_of(ready)
    colleague.use_keys()
    assert [row["data-claim"] for row in colleague.open(listed).select("a[data-claim]")] == ["PQR-2026-000002"]


def test_a_claim_whose_term_passed_says_that_it_is_in_favour_of_the_customer(ready: Customer, portal: RunningPortal):
    thread = ready.dispute().url
    portal.clock.forward(days=23)
    with portal.session() as session:
        pqr.watch_due(Act.of_system(session, portal.clock.now))
    portal.sign_in(ready.browser, ready.way.actor.user_id)
    ready.use_keys()
    page = ready.open(thread)
    assert "Su reclamo se entiende resuelto a su favor" in page.text
    assert page.form().fill(text="¿Y entonces?").submit("Agregar al reclamo").status == 200
