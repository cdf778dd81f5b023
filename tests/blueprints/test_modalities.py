"""The choice of the modality (guide steps 8, 9, 15 and 16), on both ways."""

from __future__ import annotations

import pytest

from portal.domain.modalities import Modality
from tests.application import RunningPortal
from tests.customer import Customer


@pytest.mark.parametrize("way", ["cuentas-de-balance", "nominacion"])
def test_the_three_modalities_lead_to_the_web_key(customer: Customer, way: str):
    page = customer.open(f"/{way}")
    assert [link["data-modality"] for link in page.select("a[data-modality]")] == [
        modality.value for modality in Modality
    ]
    for modality in Modality:
        assert page.click(f"a[data-modality={modality.value}]").url == f"/{way}/{modality.value}/clave-web"


@pytest.mark.parametrize("way", ["cuentas-de-balance", "nominacion"])
def test_who_is_not_signed_in_signs_in_first(portal: RunningPortal, way: str):
    answer = portal.browser().client.get(f"/{way}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/ingreso?siguiente=/{way}")


def test_htmx_is_led_to_the_sign_in_by_a_header(portal: RunningPortal):
    answer = portal.browser().client.get("/nominacion", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/ingreso?siguiente=/nominacion")
    assert "Location" not in answer.headers


@pytest.mark.parametrize("minutes", [31, 8 * 60 + 1])
def test_a_session_ends_half_an_hour_after_the_last_request(portal: RunningPortal, customer: Customer, minutes: int):
    assert customer.open("/nominacion").status == 200
    portal.clock.forward(minutes=minutes)
    assert customer.browser.client.get("/nominacion").status_code == 303


def test_a_session_in_use_ends_after_eight_hours(portal: RunningPortal, customer: Customer):
    for _ in range(19):
        portal.clock.forward(minutes=25)
        assert customer.browser.client.get("/nominacion").status_code == 200
    portal.clock.forward(minutes=25)
    assert customer.browser.client.get("/nominacion").status_code == 303
