"""One tap: from the start page or the nomination page to the page to sign, and what stands in its way."""

from __future__ import annotations

import pytest

from portal.models import Nomination, NominationDraft
from portal.services import ledger
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import draft_in, refused
from tests.browser import Page
from tests.customer import TOMORROW, YESTERDAY, Customer
from tests.factories import TODAY
from tests.services.ledger_rows import counted


def lived(portal: RunningPortal, customer: Customer) -> None:
    """Yesterday 5,800 were nominated, a week before tomorrow 7,100; Tuesdays take 7,000."""
    with portal.session() as session, transaction(session):
        point = customer.way.point
        factories.nomination(session, point, YESTERDAY, "5800")
        factories.nomination(session, point, TOMORROW.plus(-7), "7100")
        for weeks in range(1, 6):
            factories.reading(session, point, TOMORROW.plus(-7 * weeks), "7000")
        for on in {YESTERDAY, *[TOMORROW.plus(-7 * weeks) for weeks in range(1, 6)]}:
            ledger.rewrite_day(session, delivery_point=point, gas_day=on)


def proved(portal: RunningPortal, customer: Customer) -> Customer:
    """The customer in a later session: contract open, the numeric key given right in an earlier one."""
    customer.open_point()
    later = portal.holder_of(customer.way)
    later.open_contract()
    return later


def buttons(page: Page) -> dict[str, str]:
    """What each offer sends, with its figure."""
    return {str(tag["value"]): str(tag["data-value"]) for tag in page.select("button[name=basis]")}


@pytest.mark.parametrize("start", ["/inicio", "/nominacion/gnv-suministro"])
def test_one_tap_leads_to_the_page_to_sign_and_the_code_to_the_receipt(portal_on_each: RunningPortal, start: str):
    customer = portal_on_each.customer()
    customer.open_contract()
    lived(portal_on_each, customer)
    customer = proved(portal_on_each, customer)
    page = customer.open(start)
    assert buttons(page) == {"ayer": "5800", "semana-pasada": "7100", "sugerida": "7000"}
    assert "Como ayer, domingo 5.800 m³" in page.text
    assert "Como el martes pasado 7.100 m³" in page.text
    assert page.one("button[value=sugerida] small").text == "habría acertado 2 de 2 días, error medio 0,0 %"
    assert page.select("button[value=ayer] small") == [], "no day before was nominated: nothing to judge"
    page = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida").submit(
        page.one("button[value=semana-pasada]")
    )
    assert page.history[0][0] == 303
    assert page.h1 == "Revise lo que va a firmar"
    assert "siete mil cien m³" in page.text
    receipt = customer.sign(page)
    assert receipt.value("[data-field=quantity]") == "7100"
    assert receipt.value("[data-field=gas_day]") == TOMORROW.isoformat()
    assert buttons(customer.open(start)) == {}, "the day is nominated"


def test_without_the_numeric_key_nothing_is_offered_and_a_forged_tap_leads_to_the_key(
    portal: RunningPortal, customer: Customer
):
    lived(portal, customer)
    for url in ("/inicio", "/nominacion/gnv-suministro"):
        page = customer.open(url)
        assert buttons(page) == {}
        assert "5.800" not in page.source
    token = page.form("/salir")["csrf_token"]
    answer = customer.browser.client.post(
        f"/nominacion/gnv-suministro/{customer.point}/rapida",
        data={"csrf_token": token, "gas_day": TOMORROW.isoformat(), "basis": "ayer"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/cuentas-de-balance/gnv-suministro/{customer.point}/clave",
    )
    assert portal.count(NominationDraft) == 0


def test_a_tap_of_before_the_close_that_comes_after_it_is_refused(portal: RunningPortal, customer: Customer):
    lived(portal, customer)
    customer = proved(portal, customer)
    page = customer.open("/nominacion/gnv-suministro")
    portal.clock.forward(minutes=25)
    customer.open("/nominacion/gnv-suministro")
    portal.clock.now = TODAY.start.replace(hour=17, microsecond=1)
    portal.sign_in(customer.browser, customer.way.actor.user_id or 0)
    customer.open_contract()
    token = customer.open("/nominacion/gnv-suministro").form("/salir")["csrf_token"]
    form = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida").tamper(csrf_token=token)
    answer = form.submit(page.one("button[value=ayer]"))
    refused(answer, "La nominación para el martes 24 de noviembre de 2026 cerró", None)
    assert answer.click("Nominar paso a paso").url.endswith(f"/nueva?punto={customer.point}")
    assert "el miércoles 25 de noviembre de 2026" in customer.open("/nominacion/gnv-suministro").text
    assert buttons(customer.open("/inicio")) == {}, "the start page is about tomorrow"
    assert portal.count(NominationDraft) == 0


def test_a_second_tap_on_a_day_that_was_nominated_meanwhile_is_refused(portal: RunningPortal, customer: Customer):
    lived(portal, customer)
    customer = proved(portal, customer)
    page = customer.open("/inicio")
    customer.nominate("7.000")
    form = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida")
    answer = form.submit(page.one("button[value=ayer]"))
    refused(answer, "Para el martes 24 de noviembre de 2026 ya no se puede nominar con un toque", None)
    assert portal.count(Nomination, gas_day=TOMORROW) == 1


def test_a_quantity_that_asks_for_a_tick_leads_to_the_quantity_with_its_reason(
    portal: RunningPortal, customer: Customer
):
    lived(portal, customer)
    with portal.session() as session, transaction(session):
        point = customer.way.point
        factories.nomination(session, point, YESTERDAY, "20001", revision=2)
        ledger.rewrite_day(session, delivery_point=point, gas_day=YESTERDAY)
    customer = proved(portal, customer)
    page = customer.open("/inicio")
    page = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida").submit(page.one("button[value=ayer]"))
    assert page.url.endswith("/cantidad")
    assert page.form()["quantity"] == "20001"
    assert "supera el máximo diario del contrato (20.000 m³)" in page.text
    page = page.form().fill(confirm_unusual=True).submit()
    assert page.h1 == "Revise lo que va a firmar"
    assert draft_in(portal, page).confirmed_unusual


def test_what_no_button_sends_is_refused(portal: RunningPortal, customer: Customer, subtests: pytest.Subtests):
    lived(portal, customer)
    customer = proved(portal, customer)
    page = customer.open("/inicio")
    for sent in ({"basis": "anteayer"}, {"gas_day": "mañana"}, {"gas_day": ""}, {"basis": None, "gas_day": None}):
        with subtests.test(sent=sent):
            form = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida").tamper(**{"basis": "ayer", **sent})
            button = page.one("button[value=ayer]")
            del button["name"]
            answer = form.submit(button)
            assert answer.status == 422
            assert answer.one("#resumen-errores")
    assert portal.count(NominationDraft) == 0


def test_a_get_as_after_a_lost_session_leads_to_the_points(customer: Customer):
    page = customer.open(f"/nominacion/gnv-suministro/{customer.point}/rapida")
    assert page.url == "/nominacion/gnv-suministro"
    assert customer.open("/nominacion/gnv-suministro/otro/rapida").status == 404


def test_an_account_that_may_only_look_is_told_so(portal: RunningPortal, customer: Customer):
    lived(portal, customer)
    stranger = portal.colleague_of(customer, email="otra@vecina.example")
    stranger.open_contract()
    stranger = proved(portal, stranger)
    page = stranger.open("/inicio")
    form = page.form(f"/nominacion/gnv-suministro/{customer.point}/rapida")
    refused(form.submit(page.one("button[value=ayer]")), "todavía no puede nominar", None)


def test_the_number_of_questions_does_not_grow_with_the_points(portal: RunningPortal, customer: Customer):
    lived(portal, customer)
    customer = proved(portal, customer)
    engine = portal.app.extensions["portal.engine"]
    customer.open("/nominacion/gnv-suministro")
    with counted(engine) as few:
        customer.open("/nominacion/gnv-suministro")
    with portal.session() as session, transaction(session):
        for _ in range(5):
            factories.delivery_point(session, contract=session.merge(customer.way.contract))
    with counted(engine) as many:
        page = customer.open("/nominacion/gnv-suministro")
    assert len(page.select(".point")) == 6
    assert len(many) == len(few) <= 20
