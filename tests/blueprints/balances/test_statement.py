"""The statement of a month: one page, both units, what was closed, and a code that proves it."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pypdf
import pytest

from portal.domain.gas_day import Month
from portal.domain.modalities import Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.readings import AdjustmentReason, ReadingState
from portal.services.ledger import closings
from portal.services.store.acts import Act, Actor
from portal.services.store.transactions import transaction
from tests import factories
from tests.application import RunningPortal
from tests.services.ledger.test_closings import people
from tests.services.ledger_rows import day

from .conftest import Sheet, opened_by

OCTOBER = Month(2026, 10)


def whole_month(sheet: Sheet, *, asked: str = "5000", taken: str = "4900") -> None:
    sheet.fill({each.isoformat(): (asked, taken) for each in OCTOBER.days()})


def pdf(sheet: Sheet, query: str = "?mes=10&anio=2026") -> pypdf.PdfReader:
    answer = sheet.bytes_of("estado.pdf", query)
    assert answer.headers["Content-Type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.get_data()))


def text_of(found: pypdf.PdfReader) -> str:
    assert len(found.pages) == 1
    return re.sub(r"\s+", " ", found.pages[0].extract_text())


def code_of(found: pypdf.PdfReader) -> dict[str, str]:
    """What the QR code carries, which is also a link."""
    links = [note.get_object()["/A"]["/URI"] for note in found.pages[0]["/Annots"]]
    [address] = [link for link in links if "codigo=" in link]
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def october(portal: RunningPortal) -> Sheet:
    """A point measured on each day of October, 100 m³ a favor a day."""
    sheet = opened_by(portal, starts_on=day("2026-10-01"))
    whole_month(sheet)
    return sheet


def test_a_statement_can_be_asked_for_at_any_fraction_of_a_second(october: Sheet) -> None:
    october.portal.clock.forward(microseconds=123_456)
    assert len(pdf(october).pages) == 1


def close(sheet: Sheet) -> str:
    with sheet.portal.session() as session:
        return closings.close_month(
            Act.at(session, Actor.system(), sheet.portal.clock.now),
            delivery_point_id=sheet.customer.way.point.id,
            month=OCTOBER,
        ).statement_number


def correct(sheet: Sheet, on: str, volume: str) -> None:
    with sheet.portal.session() as session:
        operator, supervisor = people(session)
        asked = closings.request(
            Act.at(session, operator, sheet.portal.clock.now),
            delivery_point_id=sheet.customer.way.point.id,
            gas_day=day(on),
            volume=Quantity.of(volume, Unit.M3),
            reason="Cambio de medidor",
        ).public_id
        closings.decide(Act.at(session, supervisor, sheet.portal.clock.now), public_id=asked, approve=True)


def test_it_says_who_when_and_how_much_on_one_letter_page(october: Sheet) -> None:
    found = pdf(october)
    said, point = text_of(found), october.customer.way.point
    assert [round(float(side)) for side in found.pages[0].mediabox[2:]] == [612, 792]
    assert found.metadata is not None
    assert found.metadata.title == "Estado de la cuenta de balance, octubre de 2026"
    for words in (
        "Octubre de 2026",
        "Mes abierto, sin estado numerado",
        "Cifras al 23 de noviembre de 2026",
        f"{point.name}, Villavicencio (código {point.carrier_code})",
        "de suministro de GNV",
        "Puerta ",
        "Saldo inicial 0 m³ 0,00 MBTU",
        "Saldo final 3.100 m³ a favor",
        "jue 1 5.000 199,53 – – 4.900 195,54 C 100 3,99 a favor",
        "sáb 31 5.000",
        "Tolerancia del contrato: 5 %; 0 días de 31 con medición quedaron fuera.",
        "Por Llanogas S.A. E.S.P. BIC",
        "Código de verificación",
        f"{point.public_id}-2026-10",
    ):
        assert words in said, (words, said)
    assert "Comercializador" not in said
    assert "Ajustes del mes Día" not in said


def test_everybody_can_read_it_also_years_from_now(october: Sheet) -> None:
    found = pdf(october)
    root = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("es")
    claims = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part>?=?\"?1", claims)
    assert re.search(r"pdfaid:part>?=?\"?2", claims)
    fonts = found.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        [inner] = font.get_object()["/DescendantFonts"]
        assert any(key.startswith("/FontFile") for key in inner.get_object()["/FontDescriptor"])


def test_a_statement_of_third_party_gas_names_who_sells_it(portal: RunningPortal) -> None:
    sheet = opened_by(
        portal, modality=Modality.GNV_ATR, starts_on=day("2026-10-01"), supplier_name="Gas «Ñ» & #Hijos S.A."
    )
    # What people wrote is text to the typesetter, whatever it looks like.
    assert "Comercializador Gas «Ñ» & #Hijos S.A." in text_of(pdf(sheet))


def test_it_says_what_is_missing_estimated_cut_or_adjusted(october: Sheet) -> None:
    point = october.customer.way.point
    with october.portal.session() as session, transaction(session):
        factories.adjustment(
            session, point, day("2026-10-31"), "-1200", reason=AdjustmentReason.NETTING, note='#panic("x") *Acta* 7'
        )
        october.write(session, day("2026-10-31"), None, None)
        for each, given in (("2026-11-01", {"state": ReadingState.ESTIMATED}), ("2026-11-02", {})):
            october.write(session, day(each), "5000", "5600", **given)
    said = text_of(pdf(october))
    assert 'Ajustes del mes Día Clase Motivo m³ MBTU sáb 31 Cruce #panic("x") *Acta* 7 1.200 47,89 en contra' in said
    assert "Saldo final 1.900 m³ a favor" in said
    november = text_of(pdf(october, "?mes=11&anio=2026"))
    assert "Incompleto: falta la medición de 20 días (3 a 22); los acumulados no los cuentan." in november
    assert "Todavía puede cambiar: 1 día con medición provisional o estimada." in november
    assert "12,00 fuera" in november


def test_a_closed_month_bears_its_number_and_its_version(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-10-01"), restates_closed_months=True)
    whole_month(sheet)
    number = close(sheet)
    said = text_of(pdf(sheet))
    assert f"Estado de cuenta N.º {number} Mes cerrado el 23 de noviembre de 2026" in said
    correct(sheet, "2026-10-07", "5000")
    again = text_of(pdf(sheet))
    assert "Estado de cuenta N.º CB-2026-000002, versión 2" in again
    assert "Motivo de la versión 2: Corrección del miércoles 7 de octubre de 2026: de 4.900 a 5.000 m³." in again
    assert "Saldo final 3.000 m³ a favor" in again
    assert "Atención" not in again


def test_a_month_closed_before_any_number_says_so(portal: RunningPortal) -> None:
    sheet = opened_by(portal, starts_on=day("2026-09-30"))
    whole_month(sheet)
    close(sheet)
    assert "Mes cerrado, anterior a los estados numerados" in text_of(pdf(sheet, "?mes=9&anio=2026"))


def test_an_account_that_left_its_statement_behind_is_not_passed_over(october: Sheet) -> None:
    number = close(october)
    with october.portal.session() as session, transaction(session):
        # Past the service, which would refuse it.
        october.write(session, day("2026-10-07"), None, "5000", version=2)
    assert f"la cuenta ya no dice lo que se cerró en el estado {number}" in text_of(pdf(october))


def test_one_page_holds_long_names_and_many_adjustments(portal: RunningPortal) -> None:
    sheet = opened_by(portal, modality=Modality.GNV_ATR, starts_on=day("2026-10-01"), supplier_name="S" * 120)
    whole_month(sheet, asked="19999", taken="12345")
    point = sheet.customer.way.point
    with portal.session() as session, transaction(session):
        row = session.merge(point)
        row.name = "Estación de servicio " + "muy larga " * 9
        row.contract.company.name = "Compañía " + "W" * 110
        for each in OCTOBER.days():
            factories.adjustment(session, point, each, "-1000", note="Acta del comité operativo. " * 18)
        sheet.write(session, day("2026-10-31"), None, None)
    found = pdf(sheet)
    said = text_of(found)
    assert "Y 23 más, que están en el archivo de Excel; los totales los cuentan todos." in said
    assert "Código de verificación" in said


def test_its_code_is_the_same_until_a_figure_changes(october: Sheet) -> None:
    first = code_of(pdf(october))
    october.portal.clock.forward(days=0, minutes=5)
    assert code_of(pdf(october)) == first
    october.fill({"2026-10-07": (None, "5000")}, version=2)
    assert code_of(pdf(october))["codigo"] != first["codigo"]
    assert first["referencia"] == f"{october.customer.way.point.public_id}-2026-10"


def test_another_company_finds_nothing_under_its_address(october: Sheet) -> None:
    stranger = opened_by(october.portal)
    client = stranger.customer.browser.client
    for name in ("estado.pdf", "anio.csv", "anio.xlsx", "historia.csv", "historia.xlsx"):
        answer = client.get(f"{october.url}/{name}")
        assert (answer.status_code, answer.data) == (404, client.get("/nada").data)


def test_a_month_outside_of_the_account_is_refused_in_words(october: Sheet) -> None:
    page = october.open("/estado.pdf?mes=9&anio=2026")
    assert page.status == 422
    assert "elija" in page.text


def test_it_reads_the_same_data_whatever_was_typeset_before(october: Sheet) -> None:
    def of(query: str) -> Any:
        return october.bytes_of("estado.pdf", query).get_data()

    first = of("?mes=10&anio=2026")
    of("?mes=11&anio=2026")
    assert of("?mes=10&anio=2026") == first
