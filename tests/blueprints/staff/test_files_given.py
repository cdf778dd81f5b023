"""Files that the consoles give: authorised quantities, gaps, audit; every row of the list, and no formula runs."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from portal.domain.accounts import Role
from portal.models import DeliveryPoint
from portal.services import ledger
from portal.services.store.acts import Act
from portal.services.store.transactions import transaction
from portal.services.trace import audit
from tests import factories
from tests.application import RunningPortal
from tests.browser import Page
from tests.factories import TODAY

YESTERDAY = TODAY.plus(-1)


@pytest.fixture
def points(portal: RunningPortal) -> dict[str, DeliveryPoint]:
    """Three points of a contract, served for fifty days, one of them named like a formula."""
    with portal.session() as session, transaction(session):
        contract = factories.contract(session, starts_on=TODAY.plus(-50))
        found = {
            "cut": factories.delivery_point(session, contract=contract, name="=Peligro", carrier_code="T-1"),
            "changed": factories.delivery_point(session, contract=contract, name="EDS Dos", carrier_code="T-2"),
            "silent": factories.delivery_point(session, contract=contract, name="EDS Tres", carrier_code="T-3"),
        }
        for point in (found["cut"], found["changed"]):
            factories.nomination(session, point, TODAY, "5000")
            factories.authorisation(session, point, TODAY, "4500", revision=1, cut_reason="CCD")
        factories.nomination(session, found["changed"], TODAY, "6000", revision=2)
        for point in found.values():
            ledger.rebuild_point(session, delivery_point=point)
    return found


def rows_of(answer: Page) -> list[dict[str, str]]:
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))


def same_in_excel(answer: Page, rows: list[dict[str, str]]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    assert [cell.value for cell in sheet[1]] == list(rows[0])
    assert sheet.max_row == len(rows) + 1
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_authorised_quantities_are_a_file_of_every_point(portal: RunningPortal, points: dict[str, DeliveryPoint]):
    operator = portal.staff(Role.OPERATOR)
    page = operator.open(f"/consola/libro/{TODAY.isoformat()}")
    rows = {row["codigo_transportador"]: row for row in rows_of(page.click("Autorizadas en CSV"))}
    cut = rows["T-1"]
    assert (cut["punto_consumo"], cut["nominada"], cut["autorizada"], cut["motivo_recorte"]) == (
        "'=Peligro",
        "5000",
        "4500",
        "CCD",
    )
    assert cut["publicada"] == "2026-11-23 09:00:00"
    # What was authorised answers the version before.
    assert (rows["T-2"]["nominada"], rows["T-2"]["autorizada"], rows["T-2"]["motivo_recorte"]) == ("6000", "", "")
    assert (rows["T-3"]["nominada"], rows["T-3"]["version"]) == ("", "")
    same_in_excel(page.click("Autorizadas en Excel"), list(rows.values()))
    assert portal.staff(Role.AGENT).open(f"/consola/libro/{TODAY.isoformat()}/autorizadas.csv").status == 403


def test_gaps_are_a_file_of_every_page(portal: RunningPortal, points: dict[str, DeliveryPoint]):
    operator = portal.staff(Role.OPERATOR)
    page = operator.open("/consola/mediciones/huecos")
    assert len(page.select("#huecos tbody tr")) == 40
    rows = rows_of(page.click("Descargar CSV"))
    mine = [row for row in rows if row["codigo_transportador"].startswith("T-")]
    assert len(mine) == 3 * 50
    assert (mine[0]["fecha_gas"], mine[0]["estimado_m3"]) == (TODAY.plus(-50).isoformat(), "")
    assert "'=Peligro" in {row["punto_consumo"] for row in mine}
    same_in_excel(page.click("Descargar Excel"), rows)
    fitting = rows_of(operator.open("/consola/mediciones/huecos?q=EDS+Dos").click("Descargar CSV"))
    assert {row["punto_consumo"] for row in fitting} == {"EDS Dos"}
    for role in (Role.AGENT, Role.ADMIN, Role.AUDITOR):
        assert portal.staff(role).open("/consola/mediciones/huecos.csv").status == 403


def test_the_audit_is_a_file_of_every_page_that_fits(
    portal: RunningPortal, points: dict[str, DeliveryPoint], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.blueprints.staff.audit.event_tables.BLOCK", 25)
    auditor = portal.staff(Role.AUDITOR)
    with portal.session() as session, transaction(session):
        for number in range(60):
            audit.record(
                Act.of_system(session, portal.clock.now),
                event="day:closed",
                subject=f"=dia-{number}",
                details={"number": number},
            )
    page = auditor.open("/consola/auditoria").form("/consola/auditoria").fill(hecho="day:closed").submit()
    assert len(page.select("#hechos > li")) == 50
    rows = rows_of(page.click("Descargar CSV"))
    assert len(rows) == 60
    assert (rows[0]["sobre_id"], rows[0]["hecho_codigo"]) == ("'=dia-59", "day:closed")
    assert rows[0]["cuando"].startswith("2026-11-23 09:")
    same_in_excel(page.click("Descargar Excel"), rows)
    wrong = auditor.open("/consola/auditoria/auditoria.csv?desde=31/02/2026")
    assert wrong.status == 422
    assert "No reconocemos esa fecha" in wrong.text
    assert portal.staff(Role.OPERATOR).open("/consola/auditoria/auditoria.xlsx").status == 403
