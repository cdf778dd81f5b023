"""Old tabs, doubled signatures, and two people on one day."""

from __future__ import annotations

import pytest

from portal.models import KeyAttempt, Nomination
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import draft_in
from tests.customer import Customer


def test_an_old_tab_is_told_what_the_draft_holds_now_and_led_to_the_open_step(
    portal: RunningPortal, customer: Customer
):
    old = customer.choose_day()
    old.form().fill(quantity="9.000").submit()
    page = old.form().fill(quantity="11.000").submit()
    assert (page.status, page.h1) == (409, "Esto cambió mientras usted lo tenía abierto")
    assert "Cantidad que usted envió 11.000" in page.text
    assert "Cantidad guardada, sin firmar 9.000 m³" in page.text
    assert page.click("Ver la versión vigente").url.endswith("/firma")
    assert draft_in(portal, old).quantity_micro == 9_000 * 10**6


def test_an_old_tab_of_an_early_step_is_led_to_the_first_open_one(customer: Customer):
    old = customer.choose_point()
    old.form().fill(kind="nominacion").submit()
    page = old.form().fill(kind="renominacion").submit()
    assert page.status == 409
    assert "Solicitud que usted envió Re-nominación" in page.text
    assert "Solicitud guardada Nominación" in page.text
    assert page.click("Ver la versión vigente").url.endswith("/fecha")


def test_an_answer_to_a_draft_that_is_already_signed_is_no_answer_at_all(portal: RunningPortal, customer: Customer):
    page = customer.review("12.500")
    old = page.click("Cambiar cantidad")
    receipt = customer.sign(page)
    answer = old.form().fill(quantity="15.000").submit()
    assert answer.status == 409, "the receipt of 12.500 would read as if 15.000 had been received"
    assert "Lo que acaba de enviar no se registró" in answer.text
    assert "Cantidad que usted envió 15.000" in answer.text
    assert "Cantidad en ese radicado 12.500 m³" in answer.text
    assert answer.click("Ver la versión vigente").url == receipt.url
    assert portal.count(Nomination) == 1


def test_the_same_signature_sent_twice_leads_to_the_same_receipt(portal_on_each: RunningPortal):
    customer = portal_on_each.customer()
    customer.open_contract()
    page = customer.review()
    receipts = {customer.sign(page).url for _ in range(3)}
    assert len(receipts) == 1
    assert portal_on_each.count(Nomination) == 1
    assert page.form().submit().url in receipts, "even without the code: it is signed already"


def test_another_document_under_a_signed_draft_is_a_conflict(portal: RunningPortal, customer: Customer):
    page = customer.review()
    receipt = customer.sign(page)
    form = page.form().tamper(shown="0" * 64).fill(security_code=customer.way.numeric_key)
    answer = form.submit()
    assert answer.status == 409
    assert answer.click("Ver la versión vigente").url == receipt.url
    assert portal.count(Nomination) == 1


def test_what_was_not_shown_cannot_be_signed(portal: RunningPortal, customer: Customer, subtests: pytest.Subtests):
    for shown in ["", "0" * 64, "x" * 64, "x" * 65, "á", None]:
        with subtests.test(shown=shown):
            page = customer.review()
            form = page.form().fill(security_code=customer.way.numeric_key).tamper(shown=shown)
            assert form.submit().status in (409, 422)
            assert portal.count(Nomination) == 0


def test_two_people_on_one_day_see_both_values_and_the_second_reviews_again(portal_on_each: RunningPortal):
    portal = portal_on_each
    first = portal.customer()
    first.open_contract()
    second = portal.colleague_of(first)
    second.open_contract()
    page = second.review("9.000")
    assert "Es la primera de ese día" in page.text
    first.nominate("11.000")

    conflict = second.sign(page)
    assert conflict.status == 409
    assert "Cantidad guardada, sin firmar 9.000 m³" in conflict.text
    assert "En firme para ese día 11.000 m³, versión 1" in conflict.text
    assert "Lo que acaba de enviar no se registró" in conflict.text
    assert portal.count(Nomination) == 1
    assert portal.count(KeyAttempt, outcome="wrong") == 0

    again = conflict.click("Ver la versión vigente")
    assert "Reemplaza la versión 1 de ese día: 11.000 m³" in again.text
    assert "Versión 2 de ese día" in second.sign(again).text


def test_the_quantity_in_force_is_not_told_to_who_has_not_given_the_code(portal: RunningPortal, customer: Customer):
    second = portal.colleague_of(customer)
    second.open_contract()
    old = second.choose_day()
    old.form().fill(quantity="9.000").submit()
    customer.nominate("11.000")
    page = old.form().fill(quantity="8.000").submit()
    assert page.status == 409
    assert "11.000" not in page.text
