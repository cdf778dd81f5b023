"""The desk of claims on its pages, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from portal.domain.accounts import Role
from portal.models import Claim, ClaimMessage, OutboxMessage
from portal.services.store.transactions import transaction
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import Customer
from tests.factories import TODAY
from tests.services.claim_stage import measure

LIST = "/consola/reclamos-de-balance"


@pytest.fixture
def customer(portal: RunningPortal) -> Customer:
    """A customer with an open point, yesterday's figures and a claim about them."""
    arrived = portal.customer()
    arrived.use_keys()
    with portal.session() as session:
        measure(session, arrived.way)
    arrived.dispute("El medidor estuvo parado.")
    return arrived


def open_claim(browser: Browser, number: str = "RB-2026-000001") -> Page:
    return browser.open(f"{LIST}?estado=todos").click(number)


def answer(page: Page, text: str = "Lo estamos mirando.") -> Page:
    return page.form("form#respuesta").fill(text=text).submit("Enviar la respuesta")


def decide(page: Page, decision: str = "uphold", outcome: str = "Se corrige.", **given: Any) -> Page:
    """Decide as the form allows; ``given`` sends what it does not."""
    form = page.form("form#decision-form").fill(decision=decision).tamper(outcome=outcome)
    return form.tamper(**given).submit("Decidir el reclamo")


def test_the_list_shows_where_each_claim_stands(portal: RunningPortal, customer: Customer):
    page = portal.staff().open("/consola").click("Reclamos")
    assert page.url == LIST
    row = page.one("tr[data-claim=RB-2026-000001]").get_text(" ", strip=True)
    for words in (customer.way.point.name, "Abierto", "0 días hábiles", "vence el mar 15 dic", "11.800 m³", "200 m³"):
        assert words in row
    assert page.one("nav[aria-label='Estado de los reclamos'] [aria-current]").get_text() == "Pendientes (1)"
    page = page.click("Proceden (0)")
    assert "No hay reclamos aquí" in page.text
    assert "Todos (1)" in page.text


@pytest.mark.parametrize("query", ["estado=nada", "pagina=0", "pagina=-3", "pagina=x", "pagina=99999999999999999999"])
def test_a_filter_that_is_none_shows_what_is_pending(portal: RunningPortal, customer: Customer, query: str):
    assert portal.staff().open(f"{LIST}?{query}").one("tr[data-claim]")


def test_a_page_beyond_the_last_is_empty_and_leads_back(portal: RunningPortal, customer: Customer):
    page = portal.staff().open(f"{LIST}?pagina=2")
    assert "No hay reclamos aquí" in page.text
    assert page.click("← Anteriores").one("tr[data-claim]")


def test_answer_review_and_decision_follow_one_another(portal: RunningPortal, customer: Customer):
    browser = portal.staff(name="Olga Toro")
    page = answer(open_claim(browser))
    assert page.history[0][0] == 303
    assert "Llanogas: Olga Toro" in page.text
    page = page.form("form#revision").submit("Tomar en revisión")
    assert "En revisión" in page.text
    assert not page.select("form#revision")
    page = decide(page, outcome="Se corrige\ncon el acta.")
    assert page.one("[data-field=outcome]").get_text() == "Se corrige\ncon el acta."
    assert "por Olga Toro" in page.text
    assert not page.select("main form[method=post]")
    assert portal.count(OutboxMessage, kind="claim-decided") == 2


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
        ({"outcome": " "}, "Escriba el texto"),
        ({"outcome": "x" * 2001}, "tiene 2.001 caracteres"),
        ({"sent": None}, "Elija si el reclamo procede."),
        ({"sent": "open"}, "Elija si el reclamo procede."),
    ],
)
def test_a_decision_that_lacks_something_is_refused_and_kept(
    portal: RunningPortal, customer: Customer, given: dict[str, Any], words: str
):
    form = open_claim(portal.staff()).form("form#decision-form").fill(decision="uphold", outcome="Se corrige.")
    sent = {"decision": given["sent"]} if "sent" in given else given
    page = form.tamper(**sent).submit("Decidir el reclamo")
    assert page.status == 422
    assert words in page.one("#resumen-errores").get_text()
    assert page.title.startswith("Error:")
    assert portal.count(Claim, state="open") == 1


@pytest.mark.parametrize("seen", ["", "x", "0", "-1", "9" * 40, None])
def test_a_decision_that_does_not_say_what_was_seen_is_refused(portal: RunningPortal, customer: Customer, seen):
    assert decide(open_claim(portal.staff()), seen=seen).status == 422
    assert portal.count(Claim, state="open") == 1


def test_an_empty_answer_is_refused(portal: RunningPortal, customer: Customer):
    page = answer(open_claim(portal.staff()), " \n ")
    assert page.status == 422
    assert "El cliente lo lee" in page.text or "el cliente lo lee" in page.text
    assert portal.count(ClaimMessage) == 1


def test_who_is_second_reads_what_the_first_decided(portal: RunningPortal, customer: Customer):
    first, second = portal.staff(name="Olga Toro"), portal.staff(name="Iván Rey")
    old = open_claim(second)
    decide(open_claim(first), "dismiss", "El acta es de otro día.")
    page = decide(old, "uphold", "Se corrige todo.")
    assert page.status == 409
    for words in ("No procede", "Olga Toro", "El acta es de otro día.", "Se corrige todo."):
        assert words in page.text
    assert page.click("Ver la versión vigente").one("[data-field=outcome]").get_text() == "El acta es de otro día."
    assert answer(old, "Ya casi.").status == 409
    assert old.form("form#revision").submit("Tomar en revisión").status == 409
    assert portal.count(Claim, state="dismissed") == 1
    assert portal.count(ClaimMessage) == 1


def test_a_message_that_came_meanwhile_is_read_before_the_decision(portal: RunningPortal, customer: Customer):
    old = open_claim(portal.staff())
    mine = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}/reclamos").click("a[data-claim]")
    mine.form().fill(text="Encontramos el acta.").submit("Agregar al reclamo")
    page = decide(old)
    assert page.status == 409
    assert "Encontramos el acta." in page.text
    page = decide(page.click("Ver la versión vigente"))
    assert portal.count(Claim, state="upheld") == 1


@pytest.mark.parametrize("action", [None, "", "borrar", "decision\n"])
def test_an_action_that_is_none_does_nothing(portal: RunningPortal, customer: Customer, action):
    page = open_claim(portal.staff())
    assert page.form("form#respuesta").tamper(accion=action, text="x").submit().status == 400
    assert portal.count(ClaimMessage) == 1


def test_an_auditor_reads_and_does_nothing(portal: RunningPortal, customer: Customer):
    auditor = portal.staff(Role.AUDITOR)
    page = open_claim(auditor)
    assert not page.select("main form[method=post]")
    token = page.form("/salir")["csrf_token"]
    data = {"accion": "respuesta", "text": "Hola.", "csrf_token": token}
    assert auditor.client.post(page.url, data=data).status_code == 403
    assert portal.count(ClaimMessage) == 1


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_a_role_without_the_function_gets_403_and_no_link(portal: RunningPortal, customer: Customer, role: Role):
    browser = portal.staff(role)
    page = browser.open("/consola")
    assert LIST not in page.source
    assert browser.open(LIST).status == 403
    with portal.session() as session:
        claim = session.scalars(select(Claim.public_id)).one()
    assert browser.open(f"{LIST}/{claim}").status == 403


def test_a_claim_that_is_not_there_is_the_404_of_every_page(portal: RunningPortal, customer: Customer):
    browser = portal.staff()
    absent = browser.client.get("/nada").data
    token = browser.open(LIST).form("/salir")["csrf_token"]
    assert browser.client.get(f"{LIST}/nada").data == absent
    for action in ("revision", "respuesta", "decision"):
        data = {"accion": action, "text": "x", "outcome": "x", "seen": "1", "decision": "uphold", "csrf_token": token}
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
    assert (selects(LIST), selects(claim)) == (3, 7)
    for n in range(2, 10):
        customer.dispute(day=TODAY.plus(-n).isoformat())
    with portal.session() as session, transaction(session):
        first = session.scalars(select(Claim).order_by(Claim.id)).first()
        for n in range(9):
            session.add(
                ClaimMessage(
                    claim_id=first.id,
                    author_id=first.opened_by_id,
                    by_staff=False,
                    text=str(n),
                    written_at=portal.clock.now,
                )
            )
    assert (selects(LIST), selects(claim)) == (3, 7)
