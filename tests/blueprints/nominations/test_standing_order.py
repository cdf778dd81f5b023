"""Page of a standing order, without JavaScript: reviewed, signed, shown as what it is everywhere, ended in one tap."""

from __future__ import annotations

from portal.domain.accounts import Role
from portal.domain.keys import KeyKind
from portal.models import StandingOrder
from portal.services.keys.letters import blocks
from portal.services.nominations import day_closes
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import afternoon, refused
from tests.browser import Page
from tests.customer import TOMORROW, Customer


def page_of(customer: Customer) -> Page:
    """The page, from the point's row on."""
    return customer.open(f"/nominacion/{customer.modality}").click(f"Orden permanente de {customer.way.point.name}")


def reviewed(customer: Customer, every_day: str = "9.000", **given: str) -> Page:
    return page_of(customer).form("#orden").fill(every_day=every_day, **given).submit("Revisar la orden")


def signed(customer: Customer, **given: str) -> Page:
    page = reviewed(customer, **given)
    return page.form().fill(security_code=customer.way.numeric_key).submit("Firmar la orden permanente")


def close(portal: RunningPortal, customer: Customer) -> Customer:
    """The same person after the close was applied."""
    back = afternoon(portal, customer)
    with portal.session() as session:
        day_closes.apply(Act.of_system(session, portal.clock.now), gas_day=TOMORROW, modality=customer.way.modality)
    return back


def test_an_order_is_reviewed_signed_and_shown_with_its_next_days(customer: Customer):
    page = page_of(customer)
    assert "Este punto no tiene una orden permanente." in page.text
    document = reviewed(customer, sundays="4.000", last_day="30/11/2026")
    assert document.h1 == "Revise lo que va a firmar"
    days = [(each["data-gas-day"], each["data-value"]) for each in document.select("li[data-gas-day]")]
    assert days[0] == ("2026-11-24", "9000")
    assert ("2026-11-29", "4000") in days
    assert len(days) == 7
    done = document.form().fill(security_code=customer.way.numeric_key).submit("Firmar la orden permanente")
    assert done.status == 200
    assert done.value("[data-field=every_day]") == "9000"
    assert "lunes 30 de noviembre de 2026" in done.text
    assert (
        "Si no nomina, se nominará por su orden permanente: 9.000 m³."
        in customer.open(f"/nominacion/{customer.modality}").text
    )


def test_the_quantities_can_be_changed_before_the_signature(customer: Customer):
    document = reviewed(customer, sundays="4.000")
    back = document.form().submit("Cambiar las cantidades")
    form = back.form("#orden")
    assert back.status == 200
    assert form["every_day"] == "9.000"
    assert form["sundays"] == "4.000"


def test_a_bad_field_says_what_to_write_and_keeps_the_rest(portal: RunningPortal, customer: Customer):
    page = reviewed(customer, every_day="mucho", sundays="4.000", last_day="31/02/2027")
    assert page.status == 422
    assert "Eso no es una cantidad." in page.one("#every_day-error").get_text(" ", strip=True)
    assert "Ese día no existe en el calendario." in page.one("#last_day-error").get_text(" ", strip=True)
    assert page.form("#orden")["sundays"] == "4.000"
    page = reviewed(customer, last_day="20/11/2026")
    refused(page, "La orden terminaría antes de empezar: su primer día sería el martes 24 de noviembre", "last_day")
    assert portal.count(StandingOrder) == 0


def test_an_unusual_quantity_asks_for_a_tick(customer: Customer):
    page = reviewed(customer, every_day="25.000")
    refused(page, "supera el máximo diario del contrato", "every_day")
    form = page.form("#orden").fill(confirm_unusual=True)
    document = form.submit("Revisar la orden")
    assert "Usted marcó que son correctas." in document.text
    done = document.form().fill(security_code=customer.way.numeric_key).submit("Firmar la orden permanente")
    assert done.value("[data-field=every_day]") == "25000"


def test_a_wrong_code_signs_nothing_and_keeps_the_document(portal: RunningPortal, customer: Customer):
    page = reviewed(customer).form().fill(security_code=customer.wrong_code).submit("Firmar la orden permanente")
    refused(page, "Código incorrecto", "security_code")
    assert page.h1 == "Revise lo que va a firmar"
    assert customer.wrong_code not in page.source
    assert portal.count(StandingOrder) == 0


def test_another_content_than_the_one_shown_is_answered_with_409(portal: RunningPortal, customer: Customer):
    form = reviewed(customer).form().fill(security_code=customer.way.numeric_key).tamper(every_day="90")
    answer = form.submit("Firmar la orden permanente")
    assert answer.status == 409
    assert "Cada día que usted envió" in answer.text
    assert answer.click("Ver la versión vigente").h1 == "Orden permanente"
    assert portal.count(StandingOrder) == 0


def test_receipt_history_sheet_and_day_book_say_that_the_order_nominated(portal: RunningPortal, customer: Customer):
    signed(customer)
    back = close(portal, customer)
    board = back.open(f"/nominacion/{back.modality}")
    assert "Nominada por su orden permanente." in board.text
    back.open_point()
    history = back.open(f"/nominacion/{back.modality}/historial?mes=11&anio=2026")
    assert "al cierre, por su orden permanente" in history.text
    receipt = history.click("N-2026-000001")
    assert "Por su orden permanente" in receipt.text
    assert receipt.value("[data-field=channel]") == "standing-order"
    assert "El aviso está por salir por correo a quien firmó la orden permanente" in receipt.text
    sheet = back.open(f"/cuentas-de-balance/{back.modality}/{back.point}?mes=11&anio=2026")
    assert "por su orden permanente" in sheet.text
    reasons = back.open(f"/cuentas-de-balance/{back.modality}/{back.point}/dias/{TOMORROW.isoformat()}")
    assert "vale lo de su orden permanente" in reasons.text
    book = portal.staff(Role.OPERATOR).open(f"/consola/libro/{TOMORROW.isoformat()}")
    assert "orden permanente v1" in book.text
    trail = portal.staff(Role.AUDITOR).open("/consola/auditoria")
    assert "Nominación por orden permanente" in trail.text


def test_an_order_is_ended_in_one_tap(portal: RunningPortal, customer: Customer):
    page = signed(customer)
    ended = page.form("#fin").submit("Terminar la orden")
    assert "Este punto no tiene una orden permanente." in ended.text
    assert portal.count(StandingOrder) == 2


def test_without_the_numeric_key_no_figure_of_the_order_is_shown_and_it_cannot_be_ended(
    portal: RunningPortal, customer: Customer
):
    signed(customer)
    stranger = portal.colleague_of(customer)
    stranger.use_keys(of_point=False)
    page = stranger.open(f"/nominacion/{stranger.modality}/{stranger.point}/orden-permanente")
    assert "con la clave numérica del punto" in page.text
    assert "9.000" not in page.source
    asked = page.form("#fin").submit("Terminar la orden")
    assert asked.url.partition("?")[0].endswith("/clave")
    assert portal.count(StandingOrder) == 1
    assert "9.000" not in stranger.open(f"/nominacion/{stranger.modality}").source


def test_the_page_of_a_cancellation_says_that_the_order_is_left_to_order(customer: Customer):
    signed(customer)
    receipt = customer.nominate("12.500")
    page = receipt.click("anular")
    assert "Si al cierre no hay otra, se nominará por su orden permanente: 9.000 m³." in page.text


def test_somebody_elses_point_is_not_there(portal: RunningPortal, customer: Customer):
    stranger = portal.customer()
    stranger.open_contract()
    for way in ("", "/firma", "/fin"):
        path = f"/nominacion/{customer.modality}/{customer.point}/orden-permanente{way}"
        assert stranger.open(path).status in (404, 405)


def test_an_account_that_may_only_look_signs_nothing(portal: RunningPortal, customer: Customer):
    other = portal.colleague_of(customer, email="otra@otrodominio.example")
    other.use_keys(of_point=False)
    page = other.open(f"/nominacion/{other.modality}/{other.point}/orden-permanente")
    answer = page.form("#orden").fill(every_day="9.000").submit("Revisar la orden")
    assert answer.status == 422
    assert "todavía no puede nominar" in answer.text


def test_the_end_of_a_point_ends_its_order(portal: RunningPortal, customer: Customer):
    signed(customer)
    with portal.session() as session, transaction(session):
        point = session.merge(customer.way.point)
        point.ends_on = factories.TODAY.plus(1)
    with portal.session() as session:
        portal.clock.forward(hours=4)
        act = Act.of_system(session, portal.clock.now)
        assert day_closes.apply(act, gas_day=TOMORROW, modality=customer.way.modality) == 0


def test_the_console_says_before_the_close_that_an_order_will_nominate(portal: RunningPortal, customer: Customer):
    name, public_id = customer.way.point.name, customer.way.point.public_id
    operator = portal.staff(Role.OPERATOR)
    book = f"/consola/libro/{TOMORROW.isoformat()}"
    assert "punto sin nominar para mañana" in operator.open("/consola").text
    assert name in operator.open("/llamadas").one("#faltan").get_text()
    signed(customer)
    page = operator.open(book)
    assert "Orden permanente: 9.000 m³, al cierre" in page.one(f"#faltan tr[data-point={public_id}]").get_text()
    assert "falta 1; por orden permanente, al cierre: 1" in page.text
    assert "Al día: " in operator.open("/consola").text
    assert "1 punto sin nominar" not in operator.open("/consola").text
    assert not operator.open("/llamadas").select("#faltan")


def test_the_start_page_leads_to_the_orders_and_counts_what_they_nominate(portal: RunningPortal, customer: Customer):
    start = customer.open("/inicio")
    assert "Falta una nominación" in start.text
    assert "Ver o terminar la orden permanente" not in start.text
    orders = start.click("a[href*=ordenes-permanentes]")
    row = orders.one(f"tr[data-delivery-point={customer.way.point.public_id}]")
    assert "Sin orden" in row.get_text()
    signed(customer)
    start = customer.open("/inicio")
    assert "no falta ninguna nominación: 1 punto por orden permanente, al cierre." in start.text
    assert "Por su orden permanente – cierra en" in start.text
    assert start.click(f"Ver o terminar la orden permanente de {customer.way.point.name}").h1 == "Orden permanente"
    back = close(portal, customer)
    after = back.open("/inicio")
    assert "Nominada por su orden permanente." in after.text
    assert "Ver o terminar la orden permanente" in after.text
    public_id = customer.way.point.public_id
    listed = back.open(f"/nominacion/{customer.modality}/ordenes-permanentes")
    assert "En firme" in listed.one(f"tr[data-delivery-point={public_id}]").get_text()
    assert back.open(f"/nominacion/{customer.modality}/ordenes-permanentes?contrato=otro").status == 404


def test_an_order_that_is_void_is_told_where_the_customer_looks_until_somebody_nominates(
    portal: RunningPortal, customer: Customer
) -> None:
    signed(customer)
    pages = ("/inicio", f"/nominacion/{customer.modality}")
    assert not any(customer.open(page).select("[data-lapse]") for page in pages)
    with portal.session() as session, transaction(session):
        point = session.merge(customer.way.point)
        supervisor = factories.user(session, role=Role.SUPERVISOR)
        actor = factories.signed_in(session, supervisor, now=portal.clock.now)
        public_id = point.public_id
    with portal.session() as session:
        act = Act.at(session, actor, portal.clock.now)
        blocks.revoke(act, point=public_id, kind=KeyKind.NUMERIC, reason="perdida")
    for page in pages:
        told = customer.open(page).one("[data-lapse]")
        assert told.get_text().startswith(
            "Su orden permanente ya no nomina porque la clave numérica con que se firmó fue anulada."
        )
        assert told.select_one("a")["href"].endswith(f"/{public_id}/orden-permanente")
    start = customer.open("/inicio")
    assert "Falta una nominación" in start.text
    assert "Ver o terminar la orden permanente" not in start.text
