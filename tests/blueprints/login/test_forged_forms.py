"""Every form of accounts refuses what another site sends."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.models import AuditEvent, OutboxMessage, User
from tests.blueprints.login.visits import count, sign_in
from tests.browser import Browser


@pytest.mark.parametrize(
    "url",
    [
        "/registro",
        "/verificar/x",
        "/ingreso",
        "/salir",
        "/olvido",
        "/restablecer/x",
        "/cuenta/contrasena",
        "/cuenta/cerrar-sesiones",
        "/cuenta/seguir",
    ],
)
def test_a_form_without_its_token_or_from_another_site_is_refused(
    browser: Browser, session: Session, ana: User, url: str
):
    sign_in(browser)
    token = browser.open("/cuenta").form("/salir")["csrf_token"]
    before = [count(session, table) for table in (AuditEvent, OutboxMessage)]
    for data, headers in (
        ({}, {}),
        ({"csrf_token": "made up"}, {}),
        ({"csrf_token": token}, {"Origin": "https://trampa.example"}),
        ({"csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert browser.client.post(url, data=data, headers=headers).status_code == 400
    assert [count(session, table) for table in (AuditEvent, OutboxMessage)] == before
    assert browser.open("/cuenta").status == 200


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
        # Privacy settings and filters withhold the origin of a form that stood here.
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost"}, True),
        ({}, True),
        # An old browser that says nothing else: a frame of anybody has this origin too.
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://trampa.example"}, False),
        ({"Origin": "https://trampa.example"}, False),
        ({"Sec-Fetch-Site": "Same-Origin, none"}, False),
    ],
    ids=str,
)
def test_where_a_form_stood_is_read_from_what_the_browser_says_first(
    browser: Browser, headers: dict[str, str], taken: bool
):
    token = browser.open("/olvido").form("/olvido")["csrf_token"]
    answer = browser.client.post("/olvido", data={"csrf_token": token, "email": "x@cliente.example"}, headers=headers)
    assert answer.status_code == (303 if taken else 400)
