"""Steps out of order lead to the open one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.models import Nomination
from tests.application import RunningPortal
from tests.browser import Page
from tests.customer import Customer


@pytest.mark.parametrize(
    ("reach", "open_step"),
    [
        (Customer.choose_point, "tipo"),
        (Customer.choose_kind, "fecha"),
        (Customer.choose_day, "cantidad"),
        (Customer.review, "firma"),
    ],
    ids=["point", "kind", "day", "quantity"],
)
def test_a_step_taken_too_early_leads_to_the_open_one(
    portal: RunningPortal, customer: Customer, reach: Callable[[Customer], Page], open_step: str
):
    page = reach(customer)
    draft = page.url.rsplit("/", 1)[0]
    steps = ["tipo", "fecha", "cantidad", "firma"]
    token = page.form()["csrf_token"]
    for step in steps[steps.index(open_step) + 1 :]:
        assert customer.open(f"{draft}/{step}").url == f"{draft}/{open_step}"
        answer = customer.browser.client.post(
            f"{draft}/{step}", data={"csrf_token": token, "gas_day": "24/11/2026", "quantity": "7"}
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{draft}/{open_step}")
    assert portal.count(Nomination) == 0


def test_an_answer_that_carries_no_version_is_taken_as_of_now(customer: Customer):
    page = customer.choose_point().form().tamper(version=None, kind="nominacion").submit()
    page = page.form().tamper(version=None, gas_day="24/11/2026").submit("Continuar")
    page = page.form().tamper(version="", quantity="12.500").submit()
    assert customer.sign(page).one("#radicado")


def test_a_signed_draft_leads_to_its_receipt(customer: Customer):
    review = customer.review()
    receipt = customer.sign(review)
    for step in ("tipo", "fecha", "cantidad", "firma"):
        assert customer.open(review.url.replace("firma", step)).url == receipt.url


def test_without_the_web_key_every_page_leads_there(portal: RunningPortal):
    stranger = portal.customer()
    for url in ("", "/nueva", "/historial"):
        assert stranger.open(f"/nominacion/gnv-suministro{url}").url == "/nominacion/gnv-suministro/clave-web"
