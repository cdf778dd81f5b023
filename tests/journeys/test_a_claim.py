"""From "no estoy de acuerdo" to the outcome: customer, operator with a second factor, customer again."""

from __future__ import annotations

import pyotp
from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import OutboxMessage
from portal.services.people import accounts
from portal.services.store.acts import Act, Actor
from tests.application import RunningPortal
from tests.services.claim_stage import measure

EMAIL, PASSWORD = "olga@llanogas.example", "un canto de vaquería al alba"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_customer_claims_staff_answers_and_decides_and_the_customer_reads_the_outcome(
    portal_on_each: RunningPortal,
):
    portal = portal_on_each
    customer = portal.customer()
    with portal.session() as session:
        measure(session, customer.way)
        accounts.create(
            Act.at(session, Actor.system(), portal.clock.now),
            email=EMAIL,
            name="Olga Toro",
            role=Role.OPERATOR,
            password=PASSWORD,
            totp_secret=SECRET,
        )
    customer.open_contract("cuentas-de-balance")
    customer.open_point()
    thread = customer.dispute("El medidor estuvo parado\nde 8 a 11.")
    number = thread.one("#numero").get_text()

    browser = portal.browser()
    page = browser.open("/consola/casos?sobre=dia")
    assert page.url.startswith("/ingreso?siguiente=/consola/casos")
    page = page.form("/ingreso").fill(email=EMAIL, password=PASSWORD).submit("Ingresar")
    code = pyotp.TOTP(SECRET).at(portal.clock.now)
    page = page.form("/ingreso/segundo-factor").fill(totp=code).submit("Entrar a la consola")
    assert page.url == "/consola/casos?sobre=dia"
    page = page.click(number)
    assert "El medidor estuvo parado" in page.text
    page = page.form("form#caso").fill(action="asignar").submit("Registrar")
    page = page.form("form#caso").fill(action="escribir", text="¿Tiene el acta?").submit("Registrar")

    page = customer.open(thread.url)
    assert "En trámite" in page.text
    assert "¿Tiene el acta?" in page.text
    page.form().fill(text="Sí: acta 14.").submit("Agregar al reclamo")

    portal.clock.forward(minutes=10)
    page = browser.open("/consola/casos").click(number)
    assert "Sí: acta 14." in page.text
    answer = {"action": "responder", "outcome": "upheld", "text": "Se corrige con el acta 14."}
    assert "Procede" in page.form("form#caso").fill(**answer).submit("Registrar").text

    page = customer.open(thread.url)
    assert page.one("[data-field=outcome]").get_text() == "Se corrige con el acta 14."
    sheet = customer.open(f"/cuentas-de-balance/{customer.modality}/{customer.point}")
    assert f"Reclamo {number}: procede. Se corrige con el acta 14." in sheet.text
    with portal.session() as session:
        told = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.recipient == customer.way.actor.email))
        assert [kind for kind in told if kind.startswith("case")] == [
            "case-filed",
            "case-changed",
            "case-changed",
        ]
