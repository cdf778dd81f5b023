"""A petition without JavaScript and without an account: filed, answered late, recognised, read with its code."""

from __future__ import annotations

import re

from sqlalchemy import select

from portal.domain.accounts import Role
from portal.models import OutboxMessage
from portal.services.cases import pqr
from portal.services.mail import delivery
from portal.services.store.acts import Act
from tests.application import RunningPortal
from tests.services.case_stage import JPEG, PDF


def test_a_neighbour_claims_the_term_passes_and_the_distributor_recognises_it(portal_on_each: RunningPortal):
    portal = portal_on_each
    neighbour = portal.browser()
    page = neighbour.open("/").click("PQR").click("Presentar una PQR")
    page = page.form("#pqr").fill(kind="reclamo", text="La factura es de otra casa.").submit("Radicar")
    assert page.status == 422
    answers = {"name": "Rosa Peña", "document": "1.121.900.300", "email": "rosa@vecina.example", "consent": True}
    files = [("factura.pdf", PDF), ("fachada.jpg", JPEG)]
    page = page.form("#pqr").fill(**answers, electronic_notice=True, files=files).submit("Radicar")
    number, due = page.value("#radicado"), page.value("[data-field=due_on]")
    assert due == "2026-12-15"

    sent: list[str] = []

    def work() -> None:
        """Let the worker do its round: terms, then the mail."""
        with portal.session() as session:
            pqr.watch_due(Act.of_system(session, portal.clock.now))
            while (
                delivery.send_next(session, carry=lambda mail: sent.append(mail.body), clock=portal.clock) is not None
            ):
                pass

    supervisor = portal.staff(Role.SUPERVISOR, name="Sara Gil", email="sara@llanogas.example")
    assert number in supervisor.open("/consola").click("PQR").text
    work()
    code = re.search(r"este código: (\S+)", sent[0])
    assert code
    portal.clock.forward(days=14)
    work()
    assert "día hábil 10" in sent[-1]
    portal.clock.forward(days=9)
    work()
    assert [f"El término del radicado {number}" in body for body in sent].count(True) == 1
    supervisor = portal.staff(Role.SUPERVISOR, name="Sara Gil")
    page = supervisor.open("/consola/casos?estado=vencidos").click(number)
    given = {"action": "responder", "text": "Se retira el cobro."}
    page = page.form("#caso").fill(**given, files=[("nota.pdf", PDF)]).submit("Registrar")
    assert "Respondido" in page.text
    work()
    assert "reconoce sus efectos" in sent[-1]

    other = portal.browser()
    page = other.open("/pqr").click("Ver cómo va la mía")
    page = page.form("#consulta").fill(filing_number=number, code=code[1]).submit("Consultar")
    assert page.value("[data-field=state]") == "answered"
    assert "Se retira el cobro." in page.text
    files = [str(link["href"]) for link in page.select(".case-files a")]
    assert [other.client.get(link).get_data() for link in files] == [PDF, JPEG, PDF]
    with portal.session() as session:
        kinds = session.scalars(
            select(OutboxMessage.kind)
            .where(OutboxMessage.recipient == "rosa@vecina.example")
            .order_by(OutboxMessage.id)
        )
        assert list(kinds) == ["case-filed", "case-changed", "case-changed"]
