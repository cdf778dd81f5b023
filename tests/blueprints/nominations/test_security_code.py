"""The security code signs; a wrong one is refused in the words of the guide (step 22)."""

from __future__ import annotations

import pytest

from portal.models import KeyAttempt, Nomination
from tests.application import RunningPortal
from tests.blueprints.nominations.pages import refused
from tests.customer import Customer


def test_a_wrong_code_is_refused_in_the_guides_words_and_writes_nothing(portal: RunningPortal, customer: Customer):
    page = customer.review()
    answer = customer.sign(page, customer.wrong_code)
    refused(answer, "Código incorrecto. Revise la clave numérica de su carta: son 9 cifras.", "security_code")
    assert "Le quedan 9 intentos antes de bloquearse." in answer.text
    assert answer.form()["security_code"] == "", "a signature is typed anew"
    assert "12.500 m³" in answer.text
    assert portal.count(Nomination) == 0
    assert customer.sign(answer).one("#radicado")


def test_what_cannot_be_a_code_costs_no_attempt(portal: RunningPortal, customer: Customer, subtests: pytest.Subtests):
    for typed, words in [
        ("", "Escriba el código de seguridad: es la clave numérica de su carta."),
        ("1234", "Código incorrecto: la clave numérica tiene 9 cifras"),
        ("abc def ghi", "Código incorrecto: la clave numérica tiene 9 cifras"),
        ("x" * 64, "Código incorrecto: la clave numérica tiene 9 cifras"),
    ]:
        with subtests.test(typed=typed, words=words):
            page = customer.review().form().fill(security_code=typed).submit()
            refused(page, words, "security_code")
            assert portal.count(KeyAttempt, outcome="wrong") == 0


def test_the_code_of_another_point_signs_nothing(portal: RunningPortal, customer: Customer):
    other = portal.customer()
    page = customer.sign(customer.review(), other.way.numeric_key)
    assert "Código incorrecto. Revise" in page.text
    assert portal.count(Nomination) == 0


def test_after_five_wrong_codes_the_right_one_waits_and_the_draft_stays(portal: RunningPortal, customer: Customer):
    page = customer.review()
    for _ in range(5):
        answer = customer.sign(page, customer.wrong_code)
    assert "Le quedan 5 intentos; podrá usar el siguiente el lunes 23 de noviembre de 2026 a las 09:01." in answer.text
    answer = customer.sign(page)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    assert "en pausa hasta el lunes 23 de noviembre de 2026 a las 09:01" in answer.text
    assert portal.count(Nomination) == 0
    portal.clock.forward(minutes=1)
    assert customer.sign(page).one("#radicado")
