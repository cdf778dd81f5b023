"""The numeric key (guide step 12): it opens one point, is refused in the guide's words, and cannot be guessed."""

from __future__ import annotations

import pytest

from portal.models import AttemptCounter, Grant, KeyAttempt
from portal.services import keys
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer


@pytest.fixture
def customer(customer: Customer) -> Customer:
    """A customer whose contract is open."""
    customer.use_keys(of_point=False)
    return customer


def page_of(customer: Customer) -> str:
    return f"/cuentas-de-balance/gnv-suministro/{customer.point}/clave"


def enter(customer: Customer, typed: str, *, htmx: bool = False) -> Page:
    return customer.open(page_of(customer)).form().fill(numeric_key=typed).submit(htmx=htmx)


def test_the_numeric_key_opens_the_sheet_of_its_point(portal_on_each: RunningPortal):
    customer = portal_on_each.customer()
    customer.open_contract("cuentas-de-balance")
    page = customer.open(page_of(customer))
    assert page.h1 == f"Clave numérica de {customer.way.point.name}"
    code = customer.way.numeric_key
    page = page.form().fill(numeric_key=f"{code[:3]} {code[3:6]} {code[6:]}").submit("Ver la cuenta de balance")
    assert page.url == f"/cuentas-de-balance/gnv-suministro/{customer.point}"
    assert "Abierta" in customer.open("/cuentas-de-balance/gnv-suministro").text
    assert "Esta cuenta ya está abierta" in customer.open(page_of(customer)).text


def test_a_wrong_key_is_refused_in_the_guides_words_with_the_attempts_left(customer: Customer):
    page = enter(customer, customer.wrong_code)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "Código incorrecto. Revise la clave numérica de su carta: son 9 cifras." in page.text
    assert "Le quedan 9 intentos antes de bloquearse." in page.text


def test_what_cannot_be_a_numeric_key_is_told_at_once_and_costs_no_attempt(
    portal: RunningPortal, customer: Customer, subtests: pytest.Subtests
):
    for typed in ["", " ", "1234", "12345678", "1234567890", "abcdefghi", "１２３４５６７８９", "x" * 64]:
        with subtests.test(typed=typed):
            before = portal.count(KeyAttempt)
            page = enter(customer, typed)
            assert page.status == 422
            assert ("Código incorrecto" if typed.strip() else "Escriba la clave numérica de su carta.") in page.text
            assert portal.count(KeyAttempt) == before


def test_a_wrong_check_digit_is_a_slip_of_the_finger_and_costs_no_attempt(portal: RunningPortal, customer: Customer):
    code = customer.way.numeric_key
    slip = code[:-1] + str((int(code[-1]) + 1) % 10)
    page = enter(customer, slip)
    assert page.status == 422
    assert "Código incorrecto: hay un error de digitación" in page.text
    assert page.form()["numeric_key"] == slip
    assert portal.count(AttemptCounter, scope="pair", count=1) == 0


def test_the_key_of_another_point_of_the_contract_is_wrong(portal: RunningPortal, customer: Customer):
    with portal.session() as session:
        with transaction(session):
            second = factories.delivery_point(session, contract=customer.way.contract)
        other = keys.issue(Act.at(session, Actor.system(), portal.clock.now), delivery_point=second)
    assert "Código incorrecto. Revise" in enter(customer, other).text


def test_the_fifth_wrong_key_brings_a_wait_and_says_until_when(portal: RunningPortal, customer: Customer):
    for _ in range(4):
        enter(customer, customer.wrong_code)
    page = enter(customer, customer.wrong_code)
    assert "Le quedan 5 intentos; podrá usar el siguiente el lunes 23 de noviembre de 2026 a las 09:01." in page.text
    page = enter(customer, customer.way.numeric_key)
    assert (page.status, page.headers["Retry-After"]) == (429, "60")
    assert portal.count(Grant) == 1, "only the contract is open"
    portal.clock.forward(minutes=1)
    assert enter(customer, customer.way.numeric_key).status == 200


def test_a_right_key_forgets_the_wrong_ones_before_it(customer: Customer):
    for _ in range(3):
        enter(customer, customer.wrong_code)
    enter(customer, customer.way.numeric_key)
    assert "Le quedan 9 intentos" in enter(customer, customer.wrong_code).text


def test_without_the_web_key_the_way_leads_there_first_whatever_the_point(portal: RunningPortal):
    stranger = portal.customer()
    owner = portal.customer()
    for point in (stranger.point, owner.point, "nada"):
        page = stranger.open(f"/cuentas-de-balance/gnv-suministro/{point}/clave")
        assert page.url == "/cuentas-de-balance/gnv-suministro/clave-web"


def test_htmx_gets_the_fragment_of_a_refusal_and_is_led_on_by_a_header(customer: Customer):
    refused = enter(customer, customer.wrong_code, htmx=True)
    assert (refused.status, refused.is_fragment) == (422, True)
    answer = enter(customer, customer.way.numeric_key, htmx=True)
    assert answer.history == [(200, page_of(customer))]


def test_the_token_in_the_cookie_changes_at_each_unlock(portal: RunningPortal):
    customer = portal.customer()

    def token() -> str:
        with customer.browser.client.session_transaction() as cookie:
            return str(cookie["_user_id"])

    tokens = [token()]
    customer.open_contract()
    tokens.append(token())
    customer.open_point()
    tokens.append(token())
    assert len(set(tokens)) == 3
