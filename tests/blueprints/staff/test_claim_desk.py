"""Claims about a day at the desk of cases, on its pages, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from portal.domain.accounts import Role
from portal.models import Case, CaseEntry, OutboxMessage
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import Customer
from tests.factories import TODAY
from tests.services.claim_stage import measure

LIST = "/consola/casos"
FORMER = "/consola/reclamos-de-balance"
NUMBER = "PQR-2026-000001"


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    """A customer with an open point, yesterday's figures and a claim about them."""
    arrived = portal.customer()
    arrived.use_keys()
    with portal.session() as session:
        measure(session, arrived.way)
    arrived.dispute("El medidor estuvo parado.")
    return arrived


def open_claim(browser: Browser, number: str = NUMBER) -> Page:
    return browser.open(f"{LIST}?estado=todos&sobre=dia").click(number)


def do(page: Page, action: str, text: str = "") -> Page:
    return page.form("form#caso").fill(action=action, text=text).submit("Registrar")


def answer(page: Page, text: str = "Lo estamos mirando.") -> Page:
    return do(page, "escribir", text)


def take(page: Page) -> Page:
    return do(page, "asignar")


def decide(page: Page, outcome: str = "upheld", text: str = "Se corrige.", **given: Any) -> Page:
    """Decide as the form allows; ``given`` sends what it does not."""
    form = page.form("form#caso").fill(action="responder", outcome=outcome).tamper(text=text)
    return form.tamper(**given).submit("Registrar")


def test_the_list_shows_where_each_claim_stands(portal: RunningPortal, customer: Customer):
    page = portal.staff().open("/consola").click("PQR")
    assert page.url == LIST
    row = page.one(f"tr[data-case={NUMBER}]").get_text(" ", strip=True)
    said = ("Radicado", "Día hábil 0", "vence el mar 15 dic", "Reclamo por el dom 22 nov")
    for words in (customer.way.point.name, *said):
        assert words in row
    assert page.one("nav[aria-label='Estado de los casos'] [aria-current]").get_text() == "Pendientes (1)"
    page = page.click("Respondidos (0)")
    assert "No hay casos aquí" in page.text
    assert "Todos (1)" in page.text


def test_claims_about_a_day_are_told_from_other_cases_and_by_their_outcome(portal: RunningPortal, customer: Customer):
    customer.petition()
    staff = portal.staff()

    def numbers(query: str) -> list[str]:
        page = staff.open(f"{LIST}?estado=todos&{query}")
        return [str(row["data-case"])[-1] for row in page.select("tr[data-case]")]

    assert numbers("sobre=dia") == ["1"]
    assert numbers("sobre=otros") == ["2"]
    assert numbers("sobre=proceden") == []
    decide(open_claim(staff))
    assert numbers("sobre=proceden") == ["1"]
    assert numbers("sobre=no-proceden") == []
    assert numbers("sobre=nada") == ["2", "1"]
    relation = staff.client.get(f"{LIST}.csv?estado=todos&sobre=dia").get_data(as_text=True)
    assert "22/11/2026" in relation
    assert customer.way.point.name in relation
    assert "Procede" in relation
    assert "PQR-2026-000002" not in relation


def test_the_former_addresses_lead_to_the_list_and_to_the_case(portal: RunningPortal, customer: Customer):
    staff = portal.staff()
    assert staff.open(FORMER).url == f"{LIST}?sobre=dia"
    assert staff.open(f"{FORMER}?estado=todos").url == f"{LIST}?sobre=dia&estado=todos"
    with portal.session() as session:
        public_id = session.scalars(select(Case.public_id)).one()
    assert staff.open(f"{FORMER}/{public_id}").url == f"{LIST}/{NUMBER}"
    assert staff.client.get(f"{FORMER}/nada").data == staff.client.get("/nada").data


def test_what_waits_of_claims_is_told_on_the_board_and_leads_to_them(portal: RunningPortal, customer: Customer):
    page = portal.staff().open("/consola").click("1 reclamo de un día por responder")
    assert page.url == f"{LIST}?estado=por-responder&sobre=dia"
    assert page.one(f"tr[data-case={NUMBER}]")


@pytest.mark.parametrize(
    "query", ["estado=nada", "despues=0", "despues=-3", "despues=x", "despues=0.9999999999999999999.1"]
)
def test_a_filter_that_is_none_shows_what_is_pending(portal: RunningPortal, customer: Customer, query: str):
    assert portal.staff().open(f"{LIST}?{query}").one("tr[data-case]")


def test_a_page_beyond_the_last_is_empty_and_leads_back(portal: RunningPortal, customer: Customer):
    page = portal.staff().open(f"{LIST}?despues=1.999999999.9")
    assert "No hay casos aquí" in page.text
    assert page.click("← Al principio").one("tr[data-case]")


def test_answer_review_and_decision_follow_one_another(portal: RunningPortal, customer: Customer):
    browser = portal.staff(name="Olga Toro")
    page = answer(open_claim(browser))
    assert page.history[0][0] == 303
    assert "Mensaje al cliente Olga Toro" in page.one("[data-entry=told]").get_text(" ", strip=True)
    page = take(page)
    assert "En trámite" in page.text
    assert not page.select("#caso input[value=asignar]")
    page = decide(page, text="Se corrige\ncon el acta.")
    assert page.one("[data-field=outcome]").get_text() == "Se corrige\ncon el acta."
    assert "por Olga Toro" in page.text
    offered = [str(each["value"]) for each in page.select("#caso input[name=action]")]
    assert offered == ["nota", "trasladar", "cerrar", "reabrir"]
    assert not page.select("#caso input[name=outcome]")
    assert portal.count(OutboxMessage, kind="case-changed") == 4


def test_the_claim_shows_the_versions_of_its_day(portal: RunningPortal, customer: Customer):
    page = open_claim(portal.staff())
    assert page.value("[data-field=consumed]") == "11800"
    assert "certificado" in page.one("#mediciones").get_text()
    assert "Nominada, versión 1" in page.one("#autorizadas").get_text()


def test_the_customer_never_reads_who_answered_by_name(portal: RunningPortal, customer: Customer):
    answer(open_claim(portal.staff(name="Olga Toro")))
    page = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/reclamos").click("a[data-claim]")
    assert "Lo estamos mirando." in page.text
    assert "Olga" not in page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " "}, "Escriba aquí el texto."),
        ({"text": "x" * 10_001}, "tiene 10.001 caracteres"),
        ({"sent": None}, "Elija si el reclamo procede."),
        ({"sent": "open"}, "Elija si el reclamo procede."),
    ],
)
def test_a_decision_that_lacks_something_is_refused_and_kept(
    portal: RunningPortal, customer: Customer, given: dict[str, Any], words: str
):
    form = open_claim(portal.staff()).form("form#caso").fill(action="responder", outcome="upheld", text="Se corrige.")
    sent = {"outcome": given["sent"]} if "sent" in given else given
    page = form.tamper(**sent).submit("Registrar")
    assert page.status == 422
    assert words in page.one("#resumen-errores").get_text()
    assert page.title.startswith("Error:")
    assert portal.count(Case, state="filed") == 1


@pytest.mark.parametrize("seen", ["", "x", "0", "-1", "9" * 40, None])
def test_a_decision_that_does_not_say_what_was_seen_is_refused(portal: RunningPortal, customer: Customer, seen):
    assert decide(open_claim(portal.staff()), seen=seen).status in (409, 422)
    assert portal.count(Case, state="filed") == 1


def test_an_empty_answer_is_refused(portal: RunningPortal, customer: Customer):
    page = answer(open_claim(portal.staff()), " \n ")
    assert page.status == 422
    assert "Escriba aquí el texto." in page.text
    assert portal.count(CaseEntry) == 1


def test_who_is_second_reads_what_the_first_decided(portal: RunningPortal, customer: Customer):
    first, second = portal.staff(name="Olga Toro"), portal.staff(name="Iván Rey")
    old = open_claim(second)
    decide(open_claim(first), "dismissed", "El acta es de otro día.")
    page = decide(old, "upheld", "Se corrige todo.")
    assert page.status == 409
    for words in ("No procede", "Olga Toro", "El acta es de otro día.", "Se corrige todo."):
        assert words in page.text
    assert page.click("Ver la versión vigente").one("[data-field=outcome]").get_text() == "El acta es de otro día."
    assert answer(old, "Ya casi.").status == 409
    assert take(old).status == 409
    assert portal.count(Case, outcome="dismissed") == 1
    assert portal.count(CaseEntry, kind="answered") == 1
    assert portal.count(CaseEntry, kind="told") == 0


def test_a_message_that_came_meanwhile_is_read_before_the_decision(portal: RunningPortal, customer: Customer):
    old = open_claim(portal.staff())
    mine = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/reclamos").click("a[data-claim]")
    mine.form().fill(text="Encontramos el acta.").submit("Agregar al reclamo")
    page = decide(old)
    assert page.status == 409
    assert "Encontramos el acta." in page.text
    page = decide(page.click("Ver la versión vigente"))
    assert portal.count(Case, outcome="upheld") == 1


@pytest.mark.parametrize("action", [None, "", "borrar", "responder\n", "agregar", "vencer"])
def test_an_action_that_is_none_does_nothing(portal: RunningPortal, customer: Customer, action):
    page = open_claim(portal.staff())
    assert page.form("form#caso").tamper(action=action, text="x").submit().status == 422
    assert portal.count(CaseEntry) == 1


def test_an_auditor_reads_and_does_nothing(portal: RunningPortal, customer: Customer):
    auditor = portal.staff(Role.AUDITOR)
    page = open_claim(auditor)
    assert not page.select("main form[method=post]")
    token = page.form("/salir")["csrf_token"]
    data = {"action": "escribir", "text": "Hola.", "csrf_token": token}
    assert auditor.client.post(page.url, data=data).status_code == 403
    assert portal.count(CaseEntry) == 1


def test_a_role_without_the_function_gets_403_and_no_link(portal: RunningPortal, customer: Customer):
    browser = portal.staff(Role.ADMIN)
    page = browser.open("/consola")
    assert LIST not in page.source
    for address in (LIST, FORMER, f"{LIST}/{NUMBER}", f"{FORMER}/x"):
        assert browser.open(address).status == 403


def test_an_agent_reads_what_was_said_and_no_figure_of_the_day(portal: RunningPortal, customer: Customer):
    page = open_claim(portal.staff(Role.AGENT))
    assert "El medidor estuvo parado." in page.text
    assert "11.800" not in page.text
    assert not page.select("[data-field=consumed], #mediciones, #autorizadas, main form[method=post]")


def test_a_claim_that_is_not_there_is_the_404_of_every_page(portal: RunningPortal, customer: Customer):
    browser = portal.staff()
    absent = browser.client.get("/nada").data
    token = browser.open(LIST).form("/salir")["csrf_token"]
    assert browser.client.get(f"{LIST}/nada").data == absent
    for action in ("asignar", "escribir", "responder"):
        data = {"action": action, "text": "x", "seen": "1", "outcome": "upheld", "csrf_token": token}
        answered = browser.client.post(f"{LIST}/nada", data=data)
        assert (answered.status_code, answered.data) == (404, absent)


def test_the_list_asks_the_same_few_questions_for_one_and_for_many(portal: RunningPortal, customer: Customer):
    browser = portal.staff()
    browser.open(LIST)

    def selects(url: str) -> int:
        asked: list[str] = []
        engine = portal.app.extensions["portal.engine"]

        def note(_connection, _cursor, statement, *_rest) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        assert browser.open(url).status == 200
        event.remove(engine, "before_cursor_execute", note)
        return len([each for each in asked if each.startswith("SELECT")])

    claim = open_claim(browser).url
    few = (selects(LIST), selects(claim))
    assert few == (3, 10)
    for n in range(2, 10):
        customer.dispute(day=TODAY.plus(-n).isoformat())
    with portal.session() as session, transaction(session):
        first = session.scalars(select(Case).order_by(Case.id)).first()
        for n in range(9):
            entry = {"author_id": first.account_id, "text": str(n), "written_at": portal.clock.now}
            session.add(CaseEntry(case_id=first.id, kind="written", **entry))
    assert (selects(LIST), selects(claim)) == few
