"""The wizard under htmx: fragments, headers that lead on, statuses that do not swap."""

from __future__ import annotations

import pytest

from tests.application import RunningPortal
from tests.customer import Customer


def test_every_step_answers_htmx_with_a_fragment_or_a_header_that_leads_on(customer: Customer):
    page = customer.open("/nominacion/gnv-suministro/nueva")
    answers = [
        {"delivery_point": customer.point},
        {"kind": "nominacion"},
        {"gas_day": "24/11/2026"},
        {"quantity": "12.500"},
        {"security_code": customer.way.numeric_key},
    ]
    for answer in answers:
        name = next(iter(answer))
        bad = page.form().tamper(**{name: ""}).submit(htmx=True)
        assert (bad.status, bad.is_fragment) == (422, True), name
        assert "HX-Request" in bad.headers["Vary"]
        assert bad.one("#paso #resumen-errores")
        before = page.url
        page = page.form().fill(**answer).submit("Continuar" if name == "gas_day" else None, htmx=True)
        assert page.history == [(200, before)], "HX-Redirect, with 200"
    assert page.one("#radicado")


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_or_restored_page_is_whole(customer: Customer, header: str):
    page = customer.browser.open("/nominacion/gnv-suministro/nueva", headers={"HX-Request": "true", header: "true"})
    assert "<html" in page.source


def test_a_conflict_and_a_wait_reach_htmx_with_their_status(portal: RunningPortal, customer: Customer):
    old = customer.choose_day()
    old.form().fill(quantity="9.000").submit()
    assert old.form().fill(quantity="11.000").submit(htmx=True).status == 409
    page = customer.review()
    for _ in range(5):
        customer.sign(page, customer.wrong_code, htmx=True)
    assert customer.sign(page, htmx=True).status == 429
