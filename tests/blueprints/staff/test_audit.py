"""The audit on its pages, and an account opened to look at."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from portal.domain.accounts import Role
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.application import RunningPortal
from tests.browser import Browser
from tests.customer import Customer
from tests.factories import TODAY


@pytest.fixture
def auditor(portal: RunningPortal) -> Browser:
    return portal.staff(Role.AUDITOR, name="Aura Díaz")


def test_what_happened_is_read_filtered_and_proved(customer: Customer, auditor: Browser):
    customer.use_keys(of_point=False)
    customer.nominate("9.000")
    page = auditor.open("/consola/auditoria")
    assert "Nominación firmada" in page.one("#hechos").get_text()
    form = page.form("/consola/auditoria")
    found = form.fill(hecho="nomination:signed", desde=TODAY.date.strftime("%d/%m/%Y")).submit()
    events = found.select("#hechos > li")
    assert [event["data-event"] for event in events] == ["nomination:signed"]
    assert "Cantidad: 9.000" in events[0].get_text()
    none = form.fill(desde="31/02/2026").submit()
    assert none.status == 422
    assert none.one("#desde")["value"] == "31/02/2026"
    whole = auditor.open("/consola/auditoria").click("Comprobar la cadena")
    assert "La cadena está completa" in whole.text


def test_the_evidence_is_one_file_with_record_receipt_and_chain(customer: Customer, auditor: Browser):
    customer.use_keys(of_point=False)
    number = customer.nominate("9.000").one("#radicado").get_text()
    page = auditor.open("/consola/auditoria?hecho=nomination:signed")
    answer = page.form("#hechos form").submit()
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        names = sorted(archive.namelist())
        record = json.loads(archive.read("evidencia.json"))
        paper = archive.read(next(name for name in names if name.endswith(".pdf")))
    assert names == ["cadena.json", f"comprobante-{record['nomination']['filing_number']}.pdf", "evidencia.json"]
    assert record["nomination"]["filing_number"] in number
    assert paper.startswith(b"%PDF")


def test_an_account_is_opened_with_a_reason_that_its_customer_reads(
    portal: RunningPortal, customer: Customer, auditor: Browser
):
    with portal.session() as session, transaction(session):
        factories.reading(session, customer.way.point, TODAY.plus(-1), "5320")
        ledger.rewrite_day(session, delivery_point=customer.way.point, gas_day=TODAY.plus(-1))
    page = auditor.open("/consola/cuentas-de-balance").form("/consola/cuentas-de-balance").fill(q="sabana").submit()
    page = page.click(customer.way.point.name)
    assert "5.320" not in page.text
    silent = page.form(page.url).submit()
    assert silent.status == 422
    assert "el cliente lo lee" in silent.one("#reason-error").get_text()
    shown = silent.form(page.url).fill(reason="Reclamo RB-2026-000001").submit()
    day = shown.one(f"tr[data-gas-day='{TODAY.plus(-1).isoformat()}']")
    assert "5.320" in day.get_text()
    assert auditor.open(f"{page.url}?mes=13&anio=2026").status == 422
    customer.use_keys(of_point=False)
    mine = customer.open("/cuenta").click("¿Quién de Llanogas vio mi cuenta?")
    row = mine.one("#vistas tbody tr").get_text(" ")
    for words in ("Aura Díaz", "auditor", customer.way.point.name, "Reclamo RB-2026-000001"):
        assert words in row
    portal.clock.forward(minutes=14)
    auditor.open("/consola")
    portal.clock.forward(minutes=2)
    assert "5.320" not in auditor.open(page.url).text


def test_nobody_else_sees_it(portal: RunningPortal, customer: Customer):
    assert portal.staff(Role.OPERATOR).open("/consola/auditoria").status == 403
    assert portal.staff(Role.ADMIN).open(f"/consola/cuentas-de-balance/{customer.point}").status == 403
    assert customer.browser.open("/consola/auditoria").status == 404


def test_the_audit_is_searched_by_what_people_know_and_read_by_name(
    portal: RunningPortal, customer: Customer, auditor: Browser
):
    customer.use_keys(of_point=False)
    number = customer.nominate("9.000").one("#radicado").get_text(strip=True)
    point = customer.way.point
    with portal.session() as session, transaction(session):
        for event, details in (
            ("month:closed", {"delivery_point": point.public_id, "month": "2026-10"}),
            ("month:closed", {"delivery_point": "another", "month": "2026-10"}),
        ):
            audit.record(
                Act.at(session, customer.way.actor, portal.clock.now), event=event, subject="CB-1", details=details
            )
    page = auditor.open("/consola/auditoria")
    form = page.form("/consola/auditoria")
    for text in (point.name, point.carrier_code, point.public_id):
        found = form.fill(sobre=text).submit()
        events = [each["data-event"] for each in found.select("#hechos > li")]
        assert events.count("month:closed") == 1
        assert "nomination:signed" in events
        shown = found.one("#hechos").get_text(" ")
        assert point.name in shown
        assert point.public_id not in shown
        assert "octubre de 2026" in shown
    company = form.fill(sobre=page.select("#empresa option")[1].get_text(strip=True)).submit()
    assert company.select("#hechos > [data-event='nomination:signed']")
    filed = form.fill(sobre=number).submit()
    assert {each["data-event"] for each in filed.select("#hechos > li")} == {"nomination:signed"}
    assert filed.select("#hechos form")
    mine = form.fill(sobre=customer.way.actor.email).submit()
    assert mine.select("#hechos > li")
    table = auditor.open(f"/consola/auditoria?formato=csv&sobre={number}")
    assert table.headers["Content-Type"].startswith("text/csv")
    lines = table.body.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Nominación firmada" in lines[1]
    assert number in lines[1]
    assert point.public_id not in lines[1]
