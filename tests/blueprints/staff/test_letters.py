"""Keys and letters on their pages: the second person, the paper that exists once, what is never shown."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.domain.keys import LetterState
from portal.models import AttemptCounter, AuditEvent, KeyLetter, OutboxMessage
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser, Page
from tests.customer import Customer


@pytest.fixture
def operator(portal: RunningPortal) -> Browser:
    return portal.staff(Role.OPERATOR, name="Olga Toro")


@pytest.fixture
def supervisor(portal: RunningPortal) -> Browser:
    return portal.staff(Role.SUPERVISOR, name="Saúl Vega")


def act(page: Page, what: str, **fields: str) -> Page:
    return page.form(f"form:has(input[name=accion][value={what}])").fill(**fields).submit()


def asked(browser: Browser, customer: Customer) -> Page:
    page = browser.open("/consola/claves/puntos").form("/consola/claves/puntos").fill(q="sabana").submit()
    page = page.click(customer.way.point.name)
    return act(page, "carta", reason="Carta perdida")


def test_a_letter_is_asked_for_approved_printed_once_and_dispatched(
    portal: RunningPortal, customer: Customer, operator: Browser, supervisor: Browser
):
    page = asked(operator, customer)
    assert "La decide otra persona" in page.text
    page = act(supervisor.open(page.url), "aprobar")
    assert "Se imprime una sola vez" in page.text
    paper = page.form(f"{page.url}/imprimir").submit()
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.headers["Cache-Control"] == "no-store"
    assert "attachment" in paper.headers["Content-Disposition"]
    assert paper.body.startswith(b"%PDF")
    again = page.form(f"{page.url}/imprimir").submit()
    assert again.status == 410
    assert "ya se imprimió" in again.h1
    waiting = operator.open("/consola/claves?estado=sin-despachar")
    assert customer.way.point.name in waiting.one("#cartas").get_text()
    page = operator.open(page.url)
    assert act(page, "despachar", carrier="Servientrega").status == 422
    done = act(page, "despachar", carrier="Servientrega", tracking_number="98765")
    assert "Servientrega, guía 98765" in done.text
    assert "Carta despachada" in done.one("#historial").get_text()


def test_ones_own_request_is_decided_by_somebody_else(portal: RunningPortal, customer: Customer, supervisor: Browser):
    page = asked(supervisor, customer)
    assert not page.select("input[value=aprobar]")
    other = portal.staff(Role.SUPERVISOR)
    crafted = other.open(page.url).form("form:has(input[value=aprobar])")
    answer = supervisor.client.post(
        page.url, data={"csrf_token": page.form("/salir")["csrf_token"], "accion": "aprobar"}
    )
    assert answer.status_code == 403
    assert "la aprueba o la rechaza otra persona" in answer.get_data(as_text=True)
    assert portal.count(KeyLetter, state="requested") == 1
    assert crafted.submit().status == 200


def test_an_operator_prints_nothing(portal: RunningPortal, customer: Customer, operator: Browser, supervisor: Browser):
    page = act(supervisor.open(asked(operator, customer).url), "aprobar")
    token = operator.open(page.url).form("/salir")["csrf_token"]
    assert operator.client.post(f"{page.url}/imprimir", data={"csrf_token": token}).status_code == 403
    assert portal.count(KeyLetter, state="approved") == 1


def test_a_letter_is_refused_in_words_and_what_was_typed_stays(customer: Customer, operator: Browser):
    page = operator.open(f"/consola/claves/puntos/{customer.point}")
    form = page.form("form:has(input[value=carta])").fill(numeric=False, reason="Porque sí")
    refused = form.submit()
    assert refused.status == 422
    assert "Marque al menos una clave" in refused.one("#resumen-errores").get_text()
    assert "Porque sí" in refused.one("#reason").get_text()


def test_a_company_gets_its_letters_as_one_batch(
    portal: RunningPortal, customer: Customer, operator: Browser, supervisor: Browser
):
    page = operator.open("/consola/claves/lotes")
    company = str(page.select("#company option")[1]["value"])
    page = page.form("form:has(#company)").fill(company=company, reason="Cambio anual").submit()
    assert page.h1 == "Lote de 1 carta"
    page = supervisor.open(page.url).form(page.url).submit()
    assert "1 carta quedó aprobada." in page.text
    paper = page.form(f"{page.url}/imprimir").submit()
    assert paper.body.startswith(b"%PDF")
    assert page.form(f"{page.url}/imprimir").submit().status == 410


def test_a_revoked_key_closes_what_is_open_with_the_next_click(customer: Customer, operator: Browser):
    customer.use_keys(of_point=False)
    sheet = customer.open_point()
    page = operator.open(f"/consola/claves/puntos/{customer.point}")
    form = page.form("form:has(button[value=anular-numerica])").fill(reason="Robo")
    done = form.submit("Anular la clave numérica")
    assert "quedó anulada" in done.text
    assert customer.open(sheet.url).url.endswith("/clave")


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.ADMIN])
def test_other_roles_get_403_and_a_customer_no_page(portal: RunningPortal, customer: Customer, role: Role):
    assert portal.staff(role).open("/consola/claves").status == 403
    assert customer.browser.open("/consola/claves").status == 404


def test_a_blocked_account_tries_again_once_it_was_said_how_it_was_recognised(portal: RunningPortal):
    customer = portal.customer()
    customer.use_keys(of_point=False)
    address = f"/cuentas-de-balance/{customer.modality}/{customer.point}/clave"
    for _ in range(10):
        customer.open(address).form().fill(numeric_key=customer.wrong_code).submit()
        portal.clock.forward(minutes=33)
        # Nobody leaves the portal for half an hour and is still signed in.
        customer.browser = portal.signed_in(customer.way.actor.user_id or 0)
        customer.use_keys(of_point=False)
    supervisor = portal.staff(Role.SUPERVISOR)
    page = supervisor.open(f"/consola/claves/puntos/{customer.point}")
    assert "10 incorrectas seguidas, bloqueada" in page.text
    refused = act(page, "desbloquear")
    assert (refused.status, refused.one("#desbloquear")["aria-invalid"]) == (422, "true")
    assert not refused.select("#anular[aria-invalid]")
    act(refused, "desbloquear", reason="Devolvimos la llamada al número registrado")
    assert "Cuentas con claves incorrectas" not in supervisor.open(page.url).text
    assert customer.open_point().status == 200


def test_who_asked_for_a_letter_prints_it_neither_alone_nor_in_a_batch(
    portal: RunningPortal, customer: Customer, supervisor: Browser
):
    another = portal.staff(Role.SUPERVISOR, email="otra@llanogas.com")
    page = asked(supervisor, customer)
    act(another.open(page.url), "aprobar")
    approved = supervisor.open(page.url)
    assert "La imprime otra persona" in approved.text
    assert approved.select("form[data-download]") == []
    csrf = approved.select("input[name=csrf_token]")[0]["value"]
    refused = supervisor.client.post(f"{page.url}/imprimir", data={"csrf_token": csrf})
    assert (refused.status_code, portal.count(KeyLetter, state="approved")) == (403, 1)
    assert "otra persona, que también la imprime" in refused.get_data(as_text=True)
    assert another.open(page.url).form(f"{page.url}/imprimir").submit().status == 200


def test_an_account_blocked_in_web_keys_is_listed_let_in_after_a_check_and_told(portal: RunningPortal):
    customer = portal.customer()
    user_id = customer.way.actor.user_id or 0
    for _ in range(10):
        customer.open("/nominacion/industrial/clave-web").form().fill(web_key="7777-7777-7777").submit()
        portal.clock.forward(minutes=33)
        customer.browser = portal.signed_in(user_id)
    stopped = customer.open("/nominacion/industrial/clave-web").form().fill(web_key=customer.way.web_key).submit()
    assert (stopped.status, "solo Llanogas la puede desbloquear" in stopped.text) == (429, True)
    looked = portal.staff(Role.OPERATOR).open("/consola/claves/bloqueos")
    email = customer.way.actor.email
    assert f"{email} : 10 claves web incorrectas seguidas en Industrial." in looked.text
    assert "Bloqueada hasta que un supervisor la levante o llegue una carta nueva." in looked.text
    assert not looked.select("form[action='/consola/claves/bloqueos']")
    supervisor = portal.staff(Role.SUPERVISOR)
    assert supervisor.open("/consola/claves").select("a[href='/consola/claves/bloqueos']")
    page = supervisor.open("/consola/claves/bloqueos")
    refused = page.form("form[action='/consola/claves/bloqueos']").submit()
    assert (refused.status, "Escriba la razón" in refused.text) == (422, True)
    done = refused.form("form[action='/consola/claves/bloqueos']").fill(reason="Devolvimos la llamada").submit()
    assert "Nadie está en pausa" in done.text
    with portal.session() as session:
        mail = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "key-block-lifted")).one()
        event = session.scalars(select(AuditEvent).where(AuditEvent.event == "key-block:lifted")).one()
    assert mail.recipient == email
    assert json.loads(event.details)["check"] == "Devolvimos la llamada"
    opened = customer.open("/nominacion/industrial/clave-web").form().fill(web_key=customer.way.web_key).submit()
    assert opened.url == "/nominacion/gnv-suministro"


@pytest.mark.parametrize(
    ("scope", "subject", "count", "words"),
    [
        ("account", "{user}", 20, "{email} : 20 claves incorrectas en un día. En pausa hasta el"),
        ("point-day", "{point}:1", 20, "20 claves incorrectas en un día de cuentas que no lo habían abierto"),
        ("point-version", "{point}:1", 100, "100 claves incorrectas con la clave vigente de cuentas"),
        ("address", "10.0.0.9/32", 60, "Dirección 10.0.0.9/32 : 60 claves incorrectas en una hora. En pausa hasta el"),
    ],
)
def test_a_supervisor_lifts_any_block(
    portal: RunningPortal, customer: Customer, scope: str, subject: str, count: int, words: str
):
    now, way = portal.clock.now, customer.way
    names = {"user": way.actor.user_id, "point": way.point.id, "email": way.actor.email}
    with portal.session() as session, transaction(session):
        session.add(
            AttemptCounter(
                scope=scope,
                subject=subject.format(**names),
                count=count,
                window_started_at=now,
                last_at=now,
                blocked_until=now + timedelta(days=1) if scope == "account" else None,
            )
        )
    page = portal.staff(Role.SUPERVISOR).open("/consola/claves/bloqueos")
    assert words.format(**names) in page.text
    done = page.form("form[action='/consola/claves/bloqueos']").fill(reason="Confirmado").submit()
    assert "Nadie está en pausa" in done.text


def printed_letters(portal: RunningPortal, operator: Browser, supervisor: Browser) -> Page:
    """The batch of a company with three points, printed, as the operator sees it."""
    with portal.session() as session, transaction(session):
        owner = factories.contract(session)
        for name in ("Uno", "Dos", "Tres"):
            factories.delivery_point(session, contract=owner, name=f"EDS {name}")
        company = owner.company.public_id
    page = operator.open("/consola/claves/lotes").form("form:has(#company)").fill(company=company, reason="Cambio")
    page = page.submit()
    supervisor.open(page.url).form(page.url).submit().form(f"{page.url}/imprimir").submit()
    return operator.open(page.url)


def test_ticked_letters_are_dispatched_together_all_or_none(
    portal: RunningPortal, operator: Browser, supervisor: Browser
):
    page = printed_letters(portal, operator, supervisor).click("Despachar las 3 impresas")
    boxes = [str(box["value"]) for box in page.select("#cartas input[type=checkbox]")]
    assert len(boxes) == 3
    form = page.form("form#despachar")
    assert "Marque las cartas" in form.submit().one("#resumen-errores").get_text()
    form = page.form("form#despachar").tamper(carta=boxes[:2]).fill(carrier="Servientrega")
    refused = form.submit()
    assert refused.status == 422
    assert "número de guía" in refused.one("#resumen-errores").get_text()
    assert len(refused.select("#cartas input[checked]")) == 2
    assert portal.count(KeyLetter, state=LetterState.DISPATCHED) == 0
    done = form.fill(tracking_number="98765").submit()
    assert "despacho de 2 cartas" in done.text
    assert portal.count(KeyLetter, state=LetterState.DISPATCHED, tracking_number="98765") == 2
    stale = page.form("form#despachar").tamper(carta=boxes).fill(carrier="Otra", tracking_number="1").submit()
    assert stale.status == 422
    assert "no se registró ninguna" in stale.text
    assert portal.count(KeyLetter, state=LetterState.DISPATCHED) == 2
