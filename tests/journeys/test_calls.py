"""A call from ring to receipt: found, verified by the code of the customer's page, nominated for, and protested."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from portal.domain.accounts import Role
from portal.models import AuditEvent, Call, Company, Nomination, OutboxMessage
from portal.services.store.transactions import transaction
from portal.services.trace import receipts
from tests.agent import agent_of, call_code, method_form
from tests.application import RunningPortal
from tests.customer import TOMORROW


def test_an_agent_nominates_for_a_verified_caller_with_their_own_code(portal_on_each: RunningPortal):
    portal = portal_on_each
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal, name="Yuly Garavito")

    page = agent.take_call(customer)
    assert page.h1 == customer.way.point.name
    assert not page.select("#verificada")
    page = agent.verify(page, call_code(customer))
    assert "Puede actuar por este punto hasta las 09:15" in page.text
    assert page.one("#verificada")
    assert "Actuando en nombre de Marta Rincón" in page.text

    page = agent.review(page)
    assert "Actuando en nombre de Marta Rincón" in page.text
    assert not page.select("[name=security_code]"), "an agent never types a key of the customer"
    page = agent.sign(page)
    assert page.one("#radicado").get_text() == "N-2026-000001"
    everybody = "todos los contactos de la empresa, con el enlace «No fui yo»"
    assert f"Este comprobante está por salir por correo a {everybody}." in page.text
    assert "Marta Rincón" in page.text
    assert "código que se muestra en el portal" in page.text
    with portal.session() as session:
        nomination = session.query(Nomination).one()
        assert (nomination.channel, nomination.signed_by_id) == ("call", agent.user_id)
        assert nomination.call is not None
        assert nomination.call.caller == "Marta Rincón"
        event = session.query(AuditEvent).filter_by(event="nomination:signed").one()
        assert '"caller":"Marta Rincón"' in event.details
        assert '"method":"codigo"' in event.details
        mails = session.query(OutboxMessage).filter_by(kind="receipt").all()
    assert mails
    assert all("No fui yo" in mail.body for mail in mails)

    seen = customer.open(f"/nominacion/{customer.modality}/historial")
    assert "por teléfono" in seen.text
    assert "la pidió Marta Rincón" in seen.text
    assert "Llamada de Marta Rincón" in customer.open("/cuenta/quien-vio").text


def test_a_contact_who_did_not_ask_stops_the_agent_and_a_supervisor_is_told(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    portal.staff(Role.SUPERVISOR, email="supervision@llanogas.example")
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    agent.sign(agent.review(page))
    with portal.session() as session:
        body = session.query(OutboxMessage).filter_by(kind="receipt").first().body
    address = next(line for line in body.splitlines() if line.startswith("No fui yo: ")).removeprefix("No fui yo: ")
    guest = portal.browser()
    page = guest.open(address.removeprefix("http://localhost"))
    page = page.form().submit("Nadie de mi empresa la pidió")
    assert "un supervisor la revisa" in page.text
    assert re.search(r"con el radicado [A-Z]+-2026-000001", page.text)
    stopped = agent.open(call).text
    assert "Se detuvo el permiso" in stopped
    assert "queja, radicado; se responde hasta el" in stopped
    assert portal.count(OutboxMessage, kind="call-protest", recipient="supervision@llanogas.example") == 1
    refused = agent.open(f"/nominacion/{customer.modality}/nueva")
    assert refused.status == 403
    assert "Verifique primero a quien llama" in refused.text


def test_an_agent_withdraws_for_the_caller_too(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.sign(agent.review(agent.verify(agent.take_call(customer), call_code(customer))))
    receipt = page.url
    portal.clock.forward(seconds=60)
    page = agent.sign(agent.open(f"{receipt}/anular"))
    assert "Anulamos su nominación" in page.text
    with portal.session() as session:
        assert [each.channel for each in session.query(Nomination).order_by(Nomination.id)] == ["call", "call"]


def test_each_code_of_the_agent_signs_once(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    code = agent.code
    agent.sign(agent.review(page), code)
    page = agent.sign(agent.review(agent.open(call), quantity="11.000"), code)
    assert page.status == 422
    assert "Código incorrecto" in page.text
    portal.clock.forward(seconds=60)
    assert agent.sign(page).one("#radicado").get_text() == "N-2026-000002"


def test_the_right_to_act_ends_after_a_quarter_of_an_hour(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.review(agent.verify(agent.take_call(customer), call_code(customer)))
    portal.clock.forward(minutes=14, seconds=59)
    agent.open("/llamadas")
    portal.clock.forward(seconds=1)
    refused = agent.sign(page)
    assert refused.status == 403
    assert portal.count(Nomination) == 0


def test_a_call_that_nobody_verified_opens_no_nomination(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal)
    agent.take_call(customer)
    assert agent.open(f"/nominacion/{customer.modality}/nueva").status == 403


def test_a_grant_is_for_its_point_and_its_agent_alone(portal: RunningPortal):
    customer, other = portal.customer(), portal.customer()
    customer.open_contract()
    customer.open_point()
    agent, colleague = agent_of(portal), agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    theirs = agent.open(f"/nominacion/{other.modality}/nueva?punto={other.point}")
    assert other.way.point.name not in theirs.text
    assert colleague.open(f"/nominacion/{customer.modality}/nueva").status == 403
    assert colleague.open(page.url).status == 404


def test_a_code_is_good_once_for_ten_minutes_and_five_tries(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.take_call(customer)
    code = call_code(customer)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        answer = agent.verify(page, wrong)
        assert answer.status == 422
        assert "Código incorrecto" in answer.text
    paused = agent.verify(page, code)
    assert paused.status == 429
    assert "Mientras tanto verifique devolviendo la llamada" in paused.text
    portal.clock.forward(minutes=31)
    agent = agent_of(portal)
    page = agent.take_call(customer)
    assert agent.verify(page, code).status == 422, "it ended after ten minutes"
    customer = portal.holder_of(customer.way)
    code = call_code(customer)
    assert agent.verify(page, code).select("#verificada")
    again = agent.take_call(customer)
    assert agent.verify(again, code).status == 422, "it was used"


def test_a_code_of_an_account_without_the_points_key_verifies_nobody(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    page = customer.open("/cuenta/codigo-de-llamada")
    assert "Todavía no sirve para ningún punto" in page.text
    agent = agent_of(portal)
    assert agent.verify(agent.take_call(customer), call_code(customer)).status == 422


def test_a_code_may_be_mailed_to_a_registered_address_and_to_no_other(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal)
    page = agent.take_call(customer)
    form = method_form(page, "correo")
    page = form.submit("Enviar el código")
    assert "Enviamos el código a" in page.text
    with portal.session() as session:
        mail = session.query(OutboxMessage).filter_by(kind="call-code").one()
        call = session.query(Call).one()
        assert mail.sealed is not None
        from portal.services.mail import outbox

        said = outbox.read_words(session, mail)
    assert call.verified_at is None
    code = next(line for line in said.splitlines() if line.isdigit())
    assert code not in mail.body
    assert agent.verify(page, code).select("#verificada")


def test_a_call_back_waits_for_a_supervisors_word(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal)
    supervisor = portal.staff(Role.SUPERVISOR)
    page = agent.take_call(customer)
    page = method_form(page, "devolucion").submit("Pedir la palabra de un supervisor")
    assert "Espera a un supervisor" in page.text
    call = page.url
    seen = supervisor.open(call)
    assert not seen.select("#nominar")
    seen.click("Aprobar")
    assert "devolución de la llamada" in agent.open(call).one("#verificada").get_text()
    assert agent.open(f"/nominacion/{customer.modality}/nueva").status == 200


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN])
def test_nobody_else_of_the_consoles_nominates(portal: RunningPortal, role: Role):
    customer = portal.customer()
    assert portal.staff(role).open(f"/nominacion/{customer.modality}/nueva").status == 404


def test_who_is_missing_is_called_from_the_book_with_one_click_and_the_book_says_so(portal: RunningPortal):
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        company = session.get_one(Company, customer.way.contract.company_id)
        company.contact_name, company.contact_phone = "Rosa Parada", "608 555 0101"
    operator = portal.staff(Role.OPERATOR, name="Sandra Otálora")
    book = operator.open(f"/consola/libro/{TOMORROW.isoformat()}")
    row = book.one(f"#faltan tr[data-point={customer.point}]")
    assert "sin llamar" in row.get_text()
    page = book.form(f"#faltan tr[data-point={customer.point}] form").submit()
    assert "Rosa Parada" in page.text
    page = page.form("form:has([name=note])").fill(outcome="no-answer", note="Buzón").submit("Terminar")
    assert page.url == f"/consola/libro/{TOMORROW.isoformat()}"
    assert "Sandra Otálora: no contesta" in page.one(f"#faltan tr[data-point={customer.point}]").get_text()


def test_an_agent_calls_who_is_missing_from_the_desk(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal)
    page = agent.open("/llamadas")
    assert "Faltan por nominar el martes 24 de noviembre de 2026: 1" in page.text
    page = page.form(f"#faltan tr[data-point={customer.point}] form").submit()
    page = page.form("form#no-contesta").submit()
    assert page.url.startswith("/llamadas")
    assert "no contesta" in page.one(f"#faltan tr[data-point={customer.point}]").get_text()


def test_a_caller_who_lost_the_keys_gets_a_letter_that_a_supervisor_approves(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    supervisor = portal.staff(Role.SUPERVISOR, email="supervision@llanogas.example")
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    form = page.form(f"{call}/claves")
    page = form.fill(keys="both", reason="Se mojó la carta").submit("Pedir la carta")
    assert "un supervisor la aprueba" in page.text
    assert "Pedida, por aprobar" in page.text
    page = page.form(f"{call}/claves").fill(keys="both", reason="Otra vez").submit("Pedir la carta")
    assert page.status == 422
    assert "Ya hay una carta en camino" in page.text
    page.form(f"{call}/claves").submit("Pedir que levanten el bloqueo")
    assert portal.count(OutboxMessage, kind="call-unlock", recipient="supervision@llanogas.example") == 1
    assert customer.way.point.name in supervisor.open("/consola/claves").text


def test_a_call_is_looked_at_again_by_a_supervisor_after_a_protest(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    supervisor = portal.staff(Role.SUPERVISOR)
    agent = agent_of(portal, name="Yuly Garavito")
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    receipt = agent.sign(agent.review(page)).url.rsplit("/", 1)[1]
    agent.open(call).form(f"{call}/terminar").fill(outcome="attended").submit("Terminar")
    with portal.session() as session:
        nomination = session.query(Nomination).one()
        code = receipts.seal(portal.vault, nomination=nomination)
    portal.browser().open(f"/no-fui-yo/{receipt}/{code}").form().submit()
    desk = supervisor.open("/llamadas")
    assert "Yuly Garavito fuera de lo usual" in desk.one("#agentes").get_text(" ", strip=True)
    page = supervisor.open(call).form(f"{call}/revision").submit()
    assert "Ninguna llamada de los últimos 7 días está por revisar" in page.text


def test_of_two_agents_who_ask_for_one_day_the_second_is_told(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    one, other = agent_of(portal), agent_of(portal)
    first = one.review(one.verify(one.take_call(customer), call_code(customer)))
    second = other.review(other.verify(other.take_call(customer), call_code(customer)), quantity="11.000")
    assert one.sign(first).one("#radicado")
    assert other.sign(second).status == 409
    assert portal.count(Nomination) == 1


def test_who_calls_is_found_by_a_contact_a_telephone_a_radicado_and_whatever_order_of_words(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    number = customer.nominate().one("#radicado").get_text()
    with portal.session() as session, transaction(session):
        company = session.get_one(Company, customer.way.contract.company_id)
        company.contact_name, company.contact_phone = "Ángela Peñuela", "+57 (608) 555-0101"
        name, nit = company.name, company.nit
    agent = agent_of(portal)
    backwards = " ".join(reversed(name.lower().split()))
    for said in (number, "penuela angela", "6085550101", "608 555 0101", backwards, nit.replace("-", "")):
        found = agent.open(f"/llamadas?q={quote(said)}")
        assert found.select(f"a[data-delivery-point={customer.point}]"), said
    assert "Ningún punto coincide" in agent.open("/llamadas?q=nadie-asi").text


def test_a_call_goes_on_in_another_browser_and_its_grant_does_not(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    again = replace(agent, browser=portal.signed_in(agent.user_id))
    page = again.open(call)
    assert not page.select("#nominar")
    assert again.open(f"/nominacion/{customer.modality}/nueva").status == 403
    assert again.verify(page, call_code(customer)).select("#nominar")
    assert agent.open(f"/nominacion/{customer.modality}/nueva").status == 403
    page = again.open(call).form(f"{call}/terminar").fill(outcome="attended").submit("Terminar")
    assert "atendida" in page.text


def test_a_verified_call_is_not_noted_as_unanswered_and_figures_are_shown_while_it_is_open(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.verify(agent.take_call(customer), call_code(customer))
    call = page.url
    assert page.select("[data-field=total_to_date]")
    page = page.form(f"{call}/terminar").fill(outcome="no-answer").submit("Terminar")
    assert page.status == 422
    assert "Termínela como atendida" in page.text
    page.form(f"{call}/terminar").fill(outcome="attended").submit("Terminar")
    assert not agent.open(call).select("[data-field=total_to_date]")
    assert not portal.staff(Role.SUPERVISOR).open(call).select("[data-field=total_to_date]")


def test_who_answers_a_call_of_ours_says_their_name_before_anything_is_asked_for_them(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal)
    page = agent.open("/llamadas").form(f"#faltan tr[data-point={customer.point}] form").submit()
    nameless = method_form(page, "codigo").fill(code=call_code(customer)).submit("Verificar")
    assert nameless.status == 422
    assert "Escriba quién llama" in nameless.text
    page = method_form(nameless, "codigo").fill(code=call_code(customer), caller="Rosa Parada").submit("Verificar")
    assert "Actuando en nombre de Rosa Parada" in page.text


def test_a_supervisor_sees_first_who_waits_for_their_word(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal, name="Yuly Garavito")
    method_form(agent.take_call(customer), "devolucion").submit("Pedir la palabra de un supervisor")
    waiting = portal.staff(Role.SUPERVISOR).open("/llamadas").one("#esperan").get_text()
    assert "Yuly Garavito le devuelve la llamada" in waiting


def test_what_a_caller_complains_of_is_filed_with_its_point(portal: RunningPortal):
    customer = portal.customer()
    agent = agent_of(portal)
    call = agent.take_call(customer)
    page = call.click("a#radicar")
    form = page.form("form#pqr")
    assert (form["name"], form["telephone"], form["channel"]) == ("Marta Rincón", "310 555 0143", "telephone")
    page = form.fill(kind="queja", document="40.123.456", text="Nadie contesta en la oficina.", consent=True).submit(
        "Radicar"
    )
    assert "Quedó con el radicado" in page.text
    assert "queja, radicado" in agent.open(call.url).text


def test_the_page_of_the_code_says_who_used_it_and_until_when(portal: RunningPortal):
    customer = portal.customer()
    customer.open_contract()
    customer.open_point()
    agent = agent_of(portal, name="Sandra Otálora")
    code = call_code(customer)
    assert not customer.open("/cuenta/codigo-de-llamada").select("#usado")
    agent.verify(agent.take_call(customer), code)
    used = customer.open("/cuenta/codigo-de-llamada").one("#usado").get_text()
    assert "Sandra Otálora" in used
    assert customer.way.point.name in used
    assert "Puede nominar por usted hasta las" in used
    portal.clock.forward(seconds=16 * 60)
    assert "Ya no actúa por usted" in customer.open("/cuenta/codigo-de-llamada").one("#usado").get_text()


def test_two_agents_with_one_point_read_of_one_another(portal: RunningPortal):
    customer = portal.customer()
    first, second = agent_of(portal, name="Sandra Otálora"), agent_of(portal, name="Jairo Mora")
    page = first.take_call(customer)
    assert not page.select("[data-at-once]")
    other = second.take_call(customer, caller="Rosa Parada")
    assert "Sandra Otálora también atiende este punto" in other.one("[data-at-once]").get_text()
    assert "Jairo Mora también atiende este punto" in first.open(page.url).one("[data-at-once]").get_text()
    other.form("form:has([name=note])").submit("Terminar")
    assert not first.open(page.url).select("[data-at-once]")
