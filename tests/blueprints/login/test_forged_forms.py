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
