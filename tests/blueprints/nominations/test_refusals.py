"""What the rules refuse, in words that say what would do instead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.quantities import Unit
from portal.models import Contract, DeliveryPoint, KeyAttempt, Nomination, NominationDraft
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import IN_WORDS, afternoon, refused
from tests.browser import Page
from tests.customer import RENOMINATION, TOMORROW, Customer
from tests.factories import NOW


def warned(page: Page, words: str) -> None:
    """The page asks again in one warning beside a tick, and nothing on it looks like an error."""
    assert page.status == 422
    assert page.title.startswith("Revise la cantidad:")
    assert words in page.one(".live-guard").get_text(" ", strip=True)
    assert page.text.count("supera el máximo") == 1
    assert "quedan" not in page.one(".facts").get_text()
    assert page.one("[name=confirm_unusual]")
    assert page.select("#resumen-errores, .field--error, [aria-invalid]") == []


def test_an_unusual_quantity_asks_for_a_tick_and_is_taken_with_it(portal: RunningPortal, customer: Customer):
    page = customer.choose_day().form().fill(quantity="20.001").submit()
    warned(page, "Revise la cantidad: supera el máximo diario del contrato (20.000 m³) en 1 m³.")
    assert page.form()["quantity"] == "20.001"
    assert page.form()["confirm_unusual"] == ""
    assert page.form().submit().status == 422, "without the tick it is asked for again"
    page = page.form().fill(confirm_unusual=True).submit()
    assert "Cantidad fuera de lo usual" in page.text
    assert "el 100,0 % del máximo" in page.text
    assert customer.sign(page).value("[data-field=quantity]") == "20001"


def test_a_tick_given_for_one_quantity_is_not_there_for_the_next(customer: Customer):
    page = customer.choose_day().form().fill(quantity="20.001").submit().form().fill(confirm_unusual=True).submit()
    back = page.click("Cambiar cantidad")
    assert back.form()["confirm_unusual"] == ""
    warned(back.form().fill(quantity="200.000").submit(), "supera el máximo diario")


def test_the_sum_that_exceeds_the_maximum_is_said_and_nothing_beside_it(portal: RunningPortal):
    customer = portal.customer()
    with portal.session() as session, transaction(session):
        other = factories.delivery_point(session, contract=session.merge(customer.way.contract), name="EDS Otra")
        factories.nomination(session, other, TOMORROW, "8000")
    customer.open_contract()
    page = customer.choose_day().form().fill(quantity="12.500").submit()
    limit = "supera el máximo diario del contrato (20.000 m³)"
    warned(page, f"Revise la cantidad: sumada a lo que pidieron los otros puntos {limit}.")
    signing = page.form().fill(confirm_unusual=True).submit()
    assert signing.text.count("supera el máximo") == 1
    assert "quedan" not in signing.one(".effects").get_text()
    back = signing.click("Cambiar cantidad")
    assert back.text.count("supera el máximo") == 1, "where it is changed it is told as it was"


def test_a_contract_that_admits_no_more_says_that_its_other_points_count(portal: RunningPortal):
    customer = portal.customer(maximum_blocks=True)
    customer.open_contract()
    page = customer.choose_day().form().fill(quantity="20.001").submit()
    refused(page, "supera su máximo diario (20.000 m³) y este contrato no admite más", "quantity")
    assert "sumada a lo que ya pidieron los otros puntos del contrato" in page.text


def test_a_renomination_before_the_close_points_to_the_kind_that_works(customer: Customer):
    customer.nominate()
    page = customer.choose_day(kind=RENOMINATION)
    refused(page, f"Para el {IN_WORDS} la re-nominación se recibe a partir del", "gas_day")
    assert "hasta esa hora una nominación nueva reemplaza la anterior" in page.text


def test_a_nomination_after_the_close_points_to_the_kind_that_works(portal: RunningPortal, customer: Customer):
    page = afternoon(portal, customer).choose_day()
    refused(page, "cerró el lunes 23 de noviembre de 2026 a las 12:00", "gas_day")
    assert "envíe una re-nominación: si el día no estaba nominado se recibe como tardía" in page.text


def test_a_renomination_below_what_has_flowed_says_how_much_and_until_when(portal: RunningPortal, customer: Customer):
    customer.nominate("12.000")
    late = afternoon(portal, customer, hours=25)  # Tuesday at ten, in effect at four in the afternoon
    page = late.choose_day(kind=RENOMINATION).form().fill(quantity="7.999").submit()
    refused(page, f"El cambio rige desde el {IN_WORDS} a las 16:00", "quantity")
    assert "el día ya habrá tomado 8.000 m³" in page.text


def test_what_has_flowed_is_a_share_of_what_was_asked_and_is_not_told_with_the_web_key_alone(
    portal: RunningPortal, customer: Customer
):
    customer.nominate("12.000")
    portal.clock.now = NOW + timedelta(hours=25)
    colleague = portal.colleague_of(customer)
    colleague.use_keys(of_point=False)
    page = colleague.choose_day(kind=RENOMINATION)
    assert "el total no puede ser menor que lo que el día ya habrá tomado a esa hora" in page.text
    draft = page.url
    low = page.form().fill(quantity="7.999").submit()
    refused(low, "hasta esa hora el día ya habrá tomado más que eso (cuánto, se ve con la clave numérica)", "quantity")
    helped = colleague.open(f"{draft}/ayuda?quantity=7999", htmx=True)
    # What could be signed before and is too low now.
    portal.clock.now = NOW + timedelta(hours=24)
    again = portal.colleague_of(customer)
    again.use_keys(of_point=False)
    to_sign = again.choose_day(kind=RENOMINATION).form().fill(quantity="7.999").submit()
    assert to_sign.url.endswith("/firma")
    portal.clock.now = NOW + timedelta(hours=24, minutes=20)
    closed = again.open(to_sign.url)
    assert "Esta solicitud ya no se puede firmar así" in closed.text
    for shown in (page, low, helped, closed):
        assert "8.000" not in shown.text, shown.url


def test_a_fifth_renomination_is_refused(portal: RunningPortal, customer: Customer):
    customer.nominate("12.000")
    late = afternoon(portal, customer)
    for quantity in ("9.000", "9.100", "9.200", "9.300"):
        late.nominate(quantity, kind=RENOMINATION)
    refused(late.choose_day(kind=RENOMINATION), f"El {IN_WORDS} ya tiene 4 re-nominaciones, el máximo.", "gas_day")


def test_an_ended_contract_is_refused_at_the_first_step(portal: RunningPortal):
    customer = portal.customer(ends_on=TOMORROW)
    customer.open_contract()
    name = customer.way.point.name
    refused(customer.choose_point(), f"El contrato de {name} no está activo para ese día", "delivery_point")


def test_a_day_after_the_end_of_the_contract_is_refused(portal: RunningPortal):
    customer = portal.customer(ends_on=TOMORROW.plus(2))
    customer.open_contract()
    page = customer.choose_day(TOMORROW.plus(2).isoformat())
    refused(page, "no está activo para ese día", "gas_day")


def test_a_day_outside_of_the_point_is_neither_offered_nor_taken(portal: RunningPortal, customer: Customer):
    first, last = TOMORROW.plus(2), TOMORROW.plus(4)
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        point.starts_on, point.ends_on = first, last
    offered = [str(button["value"]) for button in customer.choose_kind().select("button[name=pick]")]
    assert offered == [first.isoformat(), first.plus(1).isoformat()]
    for day in (TOMORROW, last):
        refused(customer.choose_day(day.isoformat()), "no está activo para ese día", "gas_day")


def test_an_account_of_another_domain_may_look_but_not_nominate_yet(portal: RunningPortal, customer: Customer):
    stranger = portal.colleague_of(customer, email="otra@vecina.example")
    stranger.open_contract()
    refused(stranger.choose_point(), "todavía no puede nominar", "delivery_point")
    assert portal.count(NominationDraft) == 0


@pytest.mark.parametrize("step", ["quantity", "signature"])
def test_a_day_that_closed_meanwhile_leads_back_to_choosing_another(
    portal: RunningPortal, customer: Customer, step: str
):
    page = customer.choose_day() if step == "quantity" else customer.review()
    late = afternoon(portal, customer)
    closed = late.open(page.url)
    assert closed.h1 == "Esta solicitud ya no se puede firmar así"
    assert "cerró el lunes 23 de noviembre de 2026 a las 12:00" in closed.text
    assert closed.click("Elegir otro día").url.endswith("/fecha")


def test_a_signature_that_arrives_after_the_close_is_refused_and_costs_no_attempt(
    portal: RunningPortal, customer: Customer
):
    page = customer.review()
    portal.clock.forward(hours=2, minutes=59)
    portal.sign_in(customer.browser, customer.way.actor.user_id)
    customer.open_contract()
    page = customer.open(page.url)
    portal.clock.forward(minutes=1, microseconds=1)
    answer = customer.sign(page)
    assert answer.status == 422
    assert "cerró el lunes 23 de noviembre de 2026 a las 12:00" in answer.text
    assert portal.count(Nomination) == 0
    assert portal.count(KeyAttempt, outcome="wrong") == 0


def test_a_quantity_that_became_too_much_meanwhile_can_be_changed(portal: RunningPortal):
    customer = portal.customer(maximum_blocks=True)
    customer.open_contract()
    page = customer.review("12.500")
    with portal.session() as session, transaction(session):
        contract = session.get_one(Contract, customer.way.contract.id)
        contract.maximum_micro = 10_000 * 10**6
    answer = customer.sign(page)
    assert answer.status == 422
    assert "supera su máximo diario (10.000 m³)" in answer.text
    assert answer.click("Cambiar la cantidad").url.endswith("/cantidad")


def test_a_contract_in_the_other_unit_bounds_the_quantity_in_the_unit_of_the_point(portal: RunningPortal):
    customer = portal.customer(unit=Unit.M3, maximum_micro=10_000 * 10**6)
    with portal.session() as session, transaction(session):
        point = session.get_one(DeliveryPoint, customer.way.point.id)
        point.unit = Unit.MBTU
    customer.open_contract()
    page = customer.choose_day()
    assert "Máximo diario del contrato 399,06 MBTU (10.000 m³)" in page.text
    page = page.form().fill(quantity="399,06").submit()
    warned(page, "supera el máximo diario del contrato (399,06 MBTU)")
    page = page.form().fill(quantity="399,05").submit()
    assert "el 100,0 % del máximo" in page.text
    assert customer.sign(page).value("[data-field=unit]") == "MBTU"
